"""Moments of people: a job's declared moments, followed through passes and through time.

In: rows of a pass with their sessions, and the passing of time. Out: where moments fired, by timers
and on events. It knows no features, and not what is decided. Section 6 of docs/semantics.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from rtm_flows.columns import Column, Table, as_text, concat
from rtm_flows.people import cart
from rtm_flows.people import moment_kinds as kinds
from rtm_flows.people.happened import Fired, Happened
from rtm_flows.people.maps import MapField, Maps
from rtm_flows.people.patterns import PatternKind, pattern_kind
from rtm_flows.people.rows import Bools, Ints, Rows
from rtm_flows.people.sessions import Sessions
from rtm_flows.people.state import Field, People, State
from rtm_flows.people.text_keys import TextKeys
from rtm_flows.people.timer_kinds import TOUCHING, TimedKind, timed_kind
from rtm_flows.people.timers import Timer
from rtm_flows.people.type_sets import Types

_PREFIX = "moment_"
_NUMBERED = re.compile(rf"{_PREFIX}(\d+)(_.*)")
"""The columns of one moment: its place, and what it calls them."""


class Found(NamedTuple):
    """Where moments fired: tables with `slot`, `due`, `moment` (from 1) and `evidence`."""

    timers: Table
    """By timers; with `row` where a pass is followed: they fired before that row."""
    patterns: Table
    """On events; `row` is the event's."""


class Moments:
    """The moments of a job.

    Parameters
    ----------
    declared
        In declared order; each is known by its place there, from 1.
    gap_ms
        A longer pause than this ends a session.
    """

    def __init__(self, declared: Sequence[kinds.Moment], gap_ms: int) -> None:
        self.names = tuple(one.name for one in declared)
        self.kinds = tuple(kinds.kind_of(one) for one in declared)
        named = [(at, f"{_PREFIX}{at}", one) for at, one in enumerate(declared, start=1)]
        timed = [(at, n, one) for at, n, one in named if isinstance(one, kinds.Timed)]
        self._timed = {at: timed_kind(one, name, gap_ms) for at, name, one in timed}
        self._timers = {at: Timer(name, self._timed[at].held_ms) for at, name, _ in timed}
        self._patterns = {
            at: pattern_kind(one, name) for at, name, one in named if isinstance(one, kinds.Pattern)
        }
        self._keys = TextKeys()
        self._has_cart = any(isinstance(one, kinds.CartAbandonment) for one in declared)

    @property
    def types(self) -> list[Types]:
        """The sets of types that `follow` wants masks of."""
        parts: list[TimedKind | PatternKind]
        parts = [*self._timed.values(), *self._patterns.values()]
        carts = [(kind,) for kind in TOUCHING] if self._has_cart else []
        return [types for part in parts for types in part.types] + carts

    @property
    def fields(self) -> list[Field]:
        """The state columns."""
        parts: list[Timer | TimedKind | PatternKind]
        parts = [*self._timers.values(), *self._timed.values(), *self._patterns.values()]
        carts = _renamed(cart.FIELDS) if self._has_cart else []
        return [field for part in parts for field in part.fields] + carts

    @property
    def maps(self) -> list[MapField]:
        """The state maps."""
        return [m._replace(name=_PREFIX + m.name) for m in cart.MAPS] if self._has_cart else []

    def follow(
        self,
        rows: Rows,
        events: Table,
        masks: Mapping[Types, Bools],
        sessions: Sessions,
        people: People,
    ) -> Found:
        """Return where moments fire in a pass, and store their state.

        Call before the sessions are stored. Both tables are in the order of `row`, then `due`, then
        `moment`.
        """
        pieces = self._pieces(rows, events, masks, people)
        of = Happened(rows, events, masks, sessions, people, pieces)
        timers = {
            at: timer.follow(of, self._timed[at].settings(of)) for at, timer in self._timers.items()
        }
        patterns = {at: kind.follow(of) for at, kind in self._patterns.items()}
        return Found(_of_rows(timers, rows), _of_rows(patterns, rows))

    def due(self, people: People, times: Ints) -> Table:
        """Let the timers fire that are due before the time of their slot."""
        told: list[Table] = []
        for at, timer in self._timers.items():
            due = timer.standing(people)
            slots = np.flatnonzero((due >= 0) & (due < times))
            if len(slots):
                told.append(_table(at, slots, due[slots], timer.take(people, slots)))
        return _in_order(told, "slot")

    def cut(self, people: People, here: Bools) -> dict[str, int]:
        """Take out the timers of some people; return by name how many stood."""
        counts: dict[str, int] = {}
        for at, timer in self._timers.items():
            stands = here & (timer.standing(people) >= 0)
            timer.take(people, np.flatnonzero(stands))
            counts[self.names[at - 1]] = int(stands.sum())
        return counts

    def _pieces(
        self, rows: Rows, events: Table, masks: Mapping[Types, Bools], people: People
    ) -> Ints:
        if not self._has_cart:
            return np.zeros(rows.n, dtype=np.int64)
        adds, removes, buys = (masks[(kind,)] for kind in TOUCHING)
        items = self._keys.of(events["item_id"])
        numbers = events["quantity"], events["amount"]
        totals = cart.carts(rows, adds, removes, buys, items, *numbers, _Own(people))
        return totals[:, 0]


class _Own:
    """The state of the cart that is the moments' own: features may have theirs."""

    def __init__(self, state: State) -> None:
        self._state = state

    def __getitem__(self, name: str) -> Column:
        return self._state[_PREFIX + name]

    @property
    def maps(self) -> Mapping[str, Maps]:
        return {one.name: self._state.maps[_PREFIX + one.name] for one in cart.MAPS}


def _renamed(fields: Sequence[Field]) -> list[Field]:
    return [field._replace(name=_PREFIX + field.name) for field in fields]


def named_by_place(people: Table, places: Sequence[int]) -> Table:
    """Return people with the columns of moments under the names that they have in another job.

    Parameters
    ----------
    people
        With the columns that this module declares, among others.
    places
        Of each moment the place that it comes to, from 0; -1 where it is gone.

    Examples
    --------
    >>> kept = Table({"moment_1_due": np.zeros(0), "moment_2_due": np.ones(0), "last": np.ones(0)})
    >>> list(named_by_place(kept, [-1, 0]))
    ['moment_1_due', 'last']
    """
    columns: dict[str, Column] = {}
    for name, column in people.columns.items():
        numbered = _NUMBERED.fullmatch(name)
        if numbered is None:
            columns[name] = column
            continue
        place = places[int(numbered[1]) - 1]
        if place >= 0:
            columns[f"{_PREFIX}{place + 1}{numbered[2]}"] = column
    return Table(columns)


def _of_rows(fired: Mapping[int, Fired], rows: Rows) -> Table:
    told = [
        _table(at, rows.slot[one.row], one.due, one.evidence).with_columns({"row": one.row})
        for at, one in fired.items()
    ]
    nobody = np.zeros(0, dtype=np.int64)
    told.append(_table(0, nobody, nobody, []).with_columns({"row": nobody}))
    return _in_order(told, "row")


def _table(moment: int, slots: Ints, due: Ints, evidence: Sequence[str]) -> Table:
    return Table(
        {
            "slot": slots,
            "due": due,
            "moment": np.full(len(slots), moment, dtype=np.int64),
            "evidence": as_text(evidence),
        }
    )


def _in_order(told: Sequence[Table], by: str) -> Table:
    if not told:
        nobody = np.zeros(0, dtype=np.int64)
        return _table(0, nobody, nobody, [])
    whole = concat(told)
    return whole.take(np.lexsort((whole["moment"], whole["due"], whole[by])))
