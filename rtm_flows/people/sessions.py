"""Sessions: runs of a person's events without a longer pause than the gap.

In: rows of a pass, what each adds to the session's sums, and the state columns. Out: the session
of each row, and the sessions that these rows close. It knows no clock but the rows' own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table, concat
from rtm_flows.people.rows import Bools, Ints, Rows
from rtm_flows.people.state import Field, People


def fields(sums: int) -> list[Field]:
    """Return the state columns of sessions with `sums` running sums."""
    return [
        Field("last", "i8", (), -1),
        Field("open", "?", (), 0),
        Field("session", "i8", (), 0),
        Field("session_start", "i8", (), -1),
        Field("session_sums", "i8", (sums,), 0),
    ]


class Sessions(NamedTuple):
    """The session of every row of a pass, this row included."""

    opens: Bools
    """The row is the first of its session."""
    session: Ints
    """Running number of the session within the person, from 1."""
    start: Ints
    """Clock of the session's first event."""
    gap: Ints
    """Milliseconds since the previous event of the session; 0 at its first."""
    sums: Ints
    """Running sums of the session, one column a sum."""
    heads: Ints
    """First row of each segment: the rows of one session within this pass."""
    segment: Ints
    """Index into `heads` of every row."""
    carried: Bools
    """Per segment: it goes on with a session that was open before this pass."""


def sessionize(rows: Rows, adds: Ints, people: People, gap_ms: int) -> Sessions:
    """Assign every row to a session; the state is read, not written.

    Parameters
    ----------
    rows
        The pass.
    adds
        What each row adds to each sum, shape (rows, sums).
    people
        State with the columns of `fields`.
    gap_ms
        A longer pause than this ends a session; at exactly this the session goes on.
    """
    slot = rows.slot
    last = rows.previous(rows.clock, people["last"][slot])
    opens = (last < 0) | (rows.clock - last > gap_ms)
    head = opens | rows.first
    heads = np.flatnonzero(head)
    segment = np.cumsum(head) - 1
    carried = ~opens[heads]
    head_slot = slot[heads]
    sums = np.cumsum(adds.T, axis=1)
    earlier = sums.take(heads, axis=1) - adds.T.take(heads, axis=1)
    before = np.where(carried, people["session_sums"][head_slot].T, 0) - earlier
    sums += before.take(segment, axis=1)
    opened = np.cumsum(opens)
    start = np.where(carried, people["session_start"][head_slot], rows.clock[heads])
    number = people["session"][slot] + opened - opened[rows.start] + opens[rows.start]
    return Sessions(
        opens=opens,
        session=number,
        start=start[segment],
        gap=np.where(opens, 0, rows.clock - last),
        sums=sums.T,
        heads=heads,
        segment=segment,
        carried=carried,
    )


def closed_by(rows: Rows, sessions: Sessions, people: People) -> Table:
    """Return the sessions that a later row of this pass closes; call before `store`.

    A table with `slot`, `session`, `start`, `last`, `sums`, and `row`: the last row of the
    session in this pass, or -1 for one that ended before it.
    """
    opens_later = np.flatnonzero(sessions.opens & ~rows.first)
    first = rows.starts[sessions.opens[rows.starts]]
    slots = rows.slot[first]
    return concat(
        [of_state(people, slots[people["open"][slots]]), _of_rows(rows, sessions, opens_later - 1)]
    )


def of_state(people: People, slots: NDArray[np.int64]) -> Table:
    """Return the sessions that stand open in the state of some people."""
    return Table(
        {
            "slot": slots,
            "session": people["session"][slots],
            "start": people["session_start"][slots],
            "last": people["last"][slots],
            "sums": people["session_sums"][slots],
            "row": np.full(len(slots), -1, dtype=np.int64),
        }
    )


def store(rows: Rows, sessions: Sessions, people: People) -> None:
    """Write the sessions as they stand after the pass into the state."""
    slots, ends = rows.people, rows.ends
    people["last"][slots] = rows.clock[ends]
    people["open"][slots] = True
    people["session"][slots] = sessions.session[ends]
    people["session_start"][slots] = sessions.start[ends]
    people["session_sums"][slots] = sessions.sums.T.take(ends, axis=1).T


def due(people: People, times: Ints, gap_ms: int) -> Ints:
    """Return the slots of open sessions whose end lies before a time.

    Parameters
    ----------
    times
        By slot, the time up to which all events of the person are known.
    """
    ends = people["last"] + gap_ms
    return np.flatnonzero(people["open"] & (ends < times))


def _of_rows(rows: Rows, sessions: Sessions, index: Ints) -> Table:
    return Table(
        {
            "slot": rows.slot[index],
            "session": sessions.session[index],
            "start": sessions.start[index],
            "last": rows.clock[index],
            "sums": sessions.sums[index],
            "row": index,
        }
    )
