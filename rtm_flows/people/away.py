"""Away: who does not come back within a horizon after a session, or cancels within it.

In: rows of a pass with their sessions and features, and sessions that time has closed. Out: the
rows whose horizon is over, each with what came of it. At most one row a person waits for its
horizon, so few rows matter, and those are walked one by one. It knows no model, and of events
only whether they count. Section 5 of docs/semantics.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table
from rtm_flows.people.rows import Bools, Ints, Rows
from rtm_flows.people.sessions import Sessions
from rtm_flows.people.state import Field, People

Matrix = NDArray[np.float64]

_NEVER = np.iinfo(np.int64).max
# Where the features of a row that waits are found, if not in a row of this pass.
_LATEST, _PENDING = -1, -2


def fields(width: int) -> list[Field]:
    """Return the state columns for rows of `width` features."""
    return [
        Field("pending", "i8", (), -1),
        Field("pending_met", "?", (), 0),
        Field("pending_x", "f8", (width,), 0.0),
        Field("latest_x", "f8", (width,), 0.0),
    ]


class Spans(NamedTuple):
    """The two spans that decide, in milliseconds: the horizon is the longer one."""

    gap: int
    horizon: int


class _Waiting(NamedTuple):
    """A row that waits: its person, its clock (-1 for no row), what was met, and its features."""

    slot: int
    clock: int
    met: bool
    source: int
    """Row of this pass with the features, or the state column that has them."""


class _Segments(NamedTuple):
    """Pieces of sessions, in order, of the people for whom something may happen."""

    slot: list[int]
    ended: list[int]
    """Clock of the last event of the session that this one closes; -1 if it closes none."""
    row: list[int]
    """Where the features at that event are found."""
    counts: list[int]
    """Clock of the first event that counts."""


def follow(
    rows: Rows, sessions: Sessions, counts: Bools, x: Matrix, people: People, spans: Spans
) -> Table:
    """Return the rows whose horizon is over when a session of this pass closes; store the rest.

    Call before the sessions are stored.

    Parameters
    ----------
    rows, sessions
        The pass, and its sessions.
    counts
        The event is of a type that counts.
    x
        Features of the rows, (rows, features).
    people
        State with the columns of `fields` and of sessions.
    spans
        What the rows are followed by.

    Returns
    -------
    Table
        `slot`, `time` (when the horizon ended), `met` (an event that counts came within it), `x`.
    """
    over, left = _walk(_segments(rows, sessions, counts, people), people, spans)
    told, waiting = (_table(some, x, people, spans) for some in (over, left))
    slots = waiting["slot"]
    people["pending"][slots] = waiting["time"] - spans.horizon
    people["pending_met"][slots] = waiting["met"]
    people["pending_x"][slots] = waiting["x"]
    people["latest_x"][rows.people] = x[rows.ends]
    return told


def close(people: People, slots: Ints, spans: Spans) -> Table:
    """Let sessions that time has closed leave their last row; return, as `follow`, what is over.

    Call for all sessions whose end has passed before asking for rows that are `due`.
    """
    last, pending = people["last"][slots], people["pending"][slots]
    over = (pending >= 0) & (pending + spans.horizon < last + spans.gap)
    told = resolve(people, slots[over], spans)
    free = over | (pending < 0)
    some = slots[free]
    people["pending"][some] = last[free]
    people["pending_met"][some] = False
    people["pending_x"][some] = people["latest_x"][some]
    return told


def due(people: People, times: Ints, spans: Spans) -> Ints:
    """Return the slots of rows whose horizon ended before the time of their slot."""
    pending = people["pending"]
    return np.flatnonzero((pending >= 0) & (pending + spans.horizon < times))


def resolve(people: People, slots: Ints, spans: Spans) -> Table:
    """Take out the rows that wait, one of each of these people; as `follow`."""
    told = Table(
        {
            "slot": slots,
            "time": people["pending"][slots] + spans.horizon,
            "met": people["pending_met"][slots],
            "x": people["pending_x"][slots],
        }
    )
    people["pending"][slots] = -1
    return told


def none(width: int) -> Table:
    """Return no rows, shaped as those of `follow`."""
    people = People(fields(width))
    return resolve(people, np.zeros(0, dtype=np.int64), Spans(0, 0))


def _segments(rows: Rows, sessions: Sessions, counts: Bools, people: People) -> _Segments:
    heads = sessions.heads
    slot, first, person = rows.slot[heads], rows.first[heads], rows.rank[heads]
    last = np.where(first, people["last"][slot], rows.clock[heads - 1])
    closes = ~sessions.carried & (~first | people["open"][slot])
    counting = np.minimum.reduceat(np.where(counts, rows.clock, _NEVER), heads)
    busy = people["pending"][rows.people] >= 0
    busy[person[closes]] = True
    some = busy[person]
    return _Segments(
        slot[some].tolist(),
        np.where(closes, last, -1)[some].tolist(),
        np.where(first, _LATEST, heads - 1)[some].tolist(),
        counting[some].tolist(),
    )


def _walk(
    segments: _Segments, people: People, spans: Spans
) -> tuple[list[_Waiting], list[_Waiting]]:
    """Return the rows whose horizon is over, and the row that waits at the end of each person."""
    clocks, met = people["pending"], people["pending_met"]
    over: list[_Waiting] = []
    left: dict[int, _Waiting] = {}
    for slot, ended, row, counts in zip(*segments, strict=True):
        waits = left.get(slot)
        if waits is None:
            waits = _Waiting(slot, int(clocks[slot]), bool(met[slot]), _PENDING)
        if ended >= 0 and waits.clock >= 0 and waits.clock + spans.horizon < ended + spans.gap:
            over.append(waits)
            waits = waits._replace(clock=-1)
        if ended >= 0 and waits.clock < 0:
            waits = _Waiting(slot, ended, False, row)
        if waits.clock >= 0 and counts <= waits.clock + spans.horizon:
            waits = waits._replace(met=True)
        left[slot] = waits
    return over, list(left.values())


def _table(waiting: list[_Waiting], x: Matrix, people: People, spans: Spans) -> Table:
    columns = list(zip(*waiting, strict=True)) or [(), (), (), ()]
    slot, clock, source = (np.array(columns[at], dtype=np.int64) for at in (0, 1, 3))
    latest = (source == _LATEST)[:, None]
    found = np.where(latest, people["latest_x"][slot], people["pending_x"][slot])
    found[source >= 0] = x[source[source >= 0]]
    met = np.array(columns[2], dtype=np.bool_)
    return Table({"slot": slot, "time": clock + spans.horizon, "met": met, "x": found})
