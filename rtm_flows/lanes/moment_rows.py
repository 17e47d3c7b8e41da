"""Rows of moments: what leaves know where a moment fires, beside the rows of events.

In: accepted events, and where moments fired. Out: one table, each person's rows in order. A moment
on an event is that event's row again, behind it; one by a timer is a row of its own at the time at
which it was due. Decisions are made of `trigger` (0 for the event itself, else the moment's place
among those declared, from 1) and `matched` (the ids of the events that matched).
"""

from __future__ import annotations

import numpy as np

from rtm_flows.columns import Column, Table, as_text, concat
from rtm_flows.lanes.progress import Ints
from rtm_flows.people.moments import Found, Moments
from rtm_flows.people.rows import Rows
from rtm_flows.people.state import People

_BEFORE, _EVENT, _BEHIND = range(3)


def with_moments(accepted: Table, found: Found, timers: Table) -> Table:
    """Return the rows of events with those of moments among them.

    Parameters
    ----------
    accepted
        Rows of events, each person's in order.
    found
        Where moments fired, by places of these rows.
    timers
        The rows of the timers that fired, in their order; see `of_timers`.
    """
    if not len(timers) and not len(found.patterns):
        return without_moments(accepted)
    row, moment = found.patterns["row"], found.patterns["moment"]
    index = np.arange(len(accepted))
    of_events = accepted.with_columns(_of_event(len(accepted)))
    of_patterns = accepted.take(row).with_columns(
        {"trigger": moment, "matched": found.patterns["evidence"]}
    )
    places = np.concatenate(
        [found.timers["row"] * 3 + _BEFORE, index * 3 + _EVENT, row * 3 + _BEHIND]
    )
    return concat([timers, of_events, of_patterns]).take(np.argsort(places, kind="stable"))


def without_moments(accepted: Table) -> Table:
    """Return rows of events with the columns of moments, none of which fired."""
    return accepted.with_columns(_of_event(len(accepted)))


def of_timers(fired: Table, known: Table, people: People, moments: Moments, like: Table) -> Table:
    """Return the rows of timers that fired, in their order.

    Parameters
    ----------
    fired
        With `slot`, `due`, `moment`, `evidence`.
    known
        The features at that time, as `x`, the `profile_version`, and what else is known of the
        people then.
    people, moments
        Whose they are, and what they are called.
    like
        Rows of events, whose columns the result has: they join.
    """
    slots, due, moment = fired["slot"], fired["due"], fired["moment"]
    kinds = [moments.kinds[at - 1] for at in moment.tolist()]
    empty = as_text([""] * len(fired))
    columns: dict[str, Column] = {
        "person": as_text([people.keys[slot] for slot in slots.tolist()]),
        "id": empty,
        "type": empty,
        "source": as_text(kinds),
        "time": due,
        "event_time": due,
        "lane": people.lane[slots].astype(np.int64),
        **known.columns,
        "number": np.zeros(len(fired), dtype=np.int64),
        "trigger": moment,
        "matched": fired["evidence"],
    }
    # Of the text that events carry to decide, a timer has none.
    none = as_text([None] * len(fired))
    return Table({name: columns.get(name, none) for name in (*like, "trigger", "matched")})


class Parts:
    """A table that is found part by part, in another order than that of its rows.

    Examples
    --------
    >>> parts = Parts()
    >>> parts.add(np.array([1]), Table({"n": np.array([7])}))
    >>> parts.add(np.array([0, 2]), Table({"n": np.array([6, 8])}))
    >>> parts.table["n"].tolist()
    [6, 7, 8]
    """

    def __init__(self) -> None:
        self._at: list[Ints] = []
        self._tables: list[Table] = []

    def add(self, at: Ints, part: Table) -> None:
        """Add the rows at some places of the whole."""
        self._at.append(at)
        self._tables.append(part)

    @property
    def table(self) -> Table:
        """The whole; there must be a part, even if an empty one."""
        if len(self._tables) == 1:
            return self._tables[0]
        return concat(self._tables).take(np.argsort(np.concatenate(self._at)))


def waves(rows: Rows, breaks: Ints) -> Ints:
    """Return of each row how many times its person's run was broken up to it.

    Parameters
    ----------
    breaks
        Rows before which something is to be done that wants the state as it is then.

    Examples
    --------
    >>> rows = Rows(np.array([1, 1, 1, 7, 7]), np.array([1, 2, 3, 1, 2]))
    >>> waves(rows, np.array([2, 3, 2])).tolist()
    [0, 0, 1, 1, 1]
    """
    broken = np.zeros(rows.n, dtype=np.int64)
    broken[breaks] = 1
    total: Ints = np.cumsum(broken)
    return total - (total - broken)[rows.start]


def among(patterns: Table, at: Ints) -> Table:
    """Return the moments on some of the events, by places among these."""
    row = patterns["row"]
    place = np.minimum(np.searchsorted(at, row), len(at) - 1)
    inside = at[place] == row
    return patterns.take(inside).with_columns({"row": place[inside]})


def _of_event(rows: int) -> dict[str, Column]:
    return {"trigger": np.zeros(rows, dtype=np.int64), "matched": as_text([""] * rows)}
