"""What visitors do: every event of a set of visits, drawn step by step for all of them at once.

In: visits, goods, a random generator. Out: one row an event, and how each visit ended. Knows
nothing of arrival, copies or lines.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table, concat
from rtm_flows.simulate import behaviour as b
from rtm_flows.simulate.catalogue import CATEGORIES, Catalogue, search
from rtm_flows.simulate.visits import APP, MAIL, STORE

USER_ONLY, BOTH, ANONYMOUS_ONLY = range(3)
"""Which ids an event carries."""

LONGEST = 60
"""Most events in a visit."""

_LONGEST_PAUSE_MS = 1_200_000
_FOCUS = np.array([0.45, 0.8, 0.9])  # chance to stay in the visit's category, by intent
_PAUSE = np.array([2.5, 2.95, 3.2])  # log of the median seconds between events, by intent

Rows = NDArray[np.int64]


class Walk:
    """Visits under way. `step` moves all of them on by one event.

    Parameters
    ----------
    visits
        As `visits_at` returns them.
    goods
        What can be viewed and bought.
    rng
        The source of every draw.
    """

    def __init__(self, visits: Table, goods: Catalogue, rng: np.random.Generator) -> None:
        n = len(visits)
        self._visits, self._goods, self._rng = visits, goods, rng
        self._live: Rows = np.arange(n)
        self._done = visits["first"].astype(np.int64)
        self._intent = visits["intent"].copy()
        self._time = visits["start"].copy()
        self._item = np.full(n, -1, dtype=np.int64)
        self._added = np.full(n, -1, dtype=np.int64)
        self._added_quantity = np.zeros(n, dtype=np.int64)
        self._quantity = visits["cart_quantity"].copy()
        self._cents = visits["cart_cents"].copy()
        self._case = visits["case"].copy()
        self._bought = np.zeros(n, dtype=bool)

    def run(self) -> tuple[Table, Table]:
        """Walk all visits to their ends; return the event rows and one row a visit."""
        steps = [self._record(0, self._done.copy())]
        for step in range(1, LONGEST):
            if not len(self._live):
                break
            steps.append(self._record(step, self._choose()))
        return concat(steps), self._ends()

    def _choose(self) -> Rows:
        """Return the next type for each live visit, and let go those that leave."""
        live = self._live
        chances = b.CHANCES[self._intent[live], self._done[live]]
        drawn = (self._rng.random(len(live))[:, None] >= chances).sum(axis=1)
        possible = self._possible(drawn)
        stay = possible != b.LEAVE
        kind: Rows = possible[stay]
        self._live = live[stay]
        intent = self._intent[self._live]
        pause = np.exp(_PAUSE[intent] + self._rng.normal(0.0, 1.1, len(kind))) * 1000
        self._time[self._live] += np.clip(pause, 250, _LONGEST_PAUSE_MS).astype(np.int64)
        return kind

    def _possible(self, kind: Rows) -> Rows:
        """Replace what cannot be done: nobody adds an item unseen or checks out an empty cart."""
        live = self._live
        no_item = self._item[live] < 0
        kind = np.where(no_item & ((kind == b.ADD) | (kind == b.WISH)), b.VIEW, kind)
        kind = np.where((self._added[live] < 0) & (kind == b.REMOVE), b.VIEW, kind)
        empty = self._quantity[live] == 0
        kind = np.where(empty & (kind >= b.CART) & (kind <= b.PURCHASE), b.VIEW, kind)
        no_case = self._case[live] == 0
        kind = np.where(no_case & (kind == b.CLOSE_CASE), b.PAGE, kind)
        possible: Rows = np.where(~no_case & (kind == b.OPEN_CASE), b.PAGE, kind)
        return possible

    def _record(self, step: int, kind: Rows) -> Table:
        """Do `kind` in each live visit and return the rows that tell of it."""
        live, visits, n = self._live, self._visits, len(kind)
        quantity, cents = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        self._view(live[kind == b.VIEW])
        item, reference = self._item[live], np.zeros(n, dtype=np.int64)
        searches = np.flatnonzero(kind == b.SEARCH)
        reference[searches] = search(self._rng, visits["category"][live[searches]])
        adds, removes = np.flatnonzero(kind == b.ADD), np.flatnonzero(kind == b.REMOVE)
        quantity[adds] = self._add(live[adds])
        item[removes], quantity[removes] = self._remove(live[removes])
        buys = np.flatnonzero(kind == b.PURCHASE)
        quantity[buys], cents[buys] = self._purchase(live[buys])
        cases = np.flatnonzero((kind == b.OPEN_CASE) | (kind == b.CLOSE_CASE))
        reference[cases] = self._turn_case(live[cases], kind[cases], step)
        self._done[live] = kind
        columns: dict[str, NDArray[Any]] = {
            "time": self._time[live],
            "type": kind.astype(np.int8),
            "step": np.full(n, step, dtype=np.int16),
            "ids": self._ids(step),
            "item": item,
            "quantity": quantity,
            "cents": cents,
            "reference": reference,
        }
        for name in ("number", "person", "channel", "device"):
            columns[name] = visits[name][live]
        return Table(columns)

    def _ids(self, step: int) -> NDArray[np.int8]:
        channel = self._visits["channel"][self._live]
        tied = (channel == APP) | (channel == MAIL) | (channel == STORE)
        known = self._visits["login"][self._live] <= step
        return np.where(known, np.where(tied, USER_ONLY, BOTH), ANONYMOUS_ONLY).astype(np.int8)

    def _view(self, rows: Rows) -> None:
        own = self._rng.random(len(rows)) < _FOCUS[self._intent[rows]]
        other = self._rng.integers(0, len(CATEGORIES), len(rows))
        category = np.where(own, self._visits["category"][rows], other)
        self._item[rows] = self._goods.pick(self._rng, category)

    def _add(self, rows: Rows) -> Rows:
        quantity: Rows = 1 + (self._rng.random(len(rows)) ** 6 * 3).astype(np.int64)
        self._added[rows], self._added_quantity[rows] = self._item[rows], quantity
        self._quantity[rows] += quantity
        self._cents[rows] += quantity * self._goods.cents[self._item[rows]]
        return quantity

    def _remove(self, rows: Rows) -> tuple[Rows, Rows]:
        item, quantity = self._added[rows], self._added_quantity[rows]
        self._quantity[rows] -= quantity
        self._cents[rows] -= quantity * self._goods.cents[item]
        self._added[rows] = -1
        return item, quantity

    def _purchase(self, rows: Rows) -> tuple[Rows, Rows]:
        quantity, cents = self._quantity[rows], self._cents[rows]
        self._quantity[rows], self._cents[rows] = 0, 0
        self._added[rows], self._bought[rows] = -1, True
        self._intent[rows] = b.BROWSE
        return quantity, cents

    def _turn_case(self, rows: Rows, kind: Rows, step: int) -> Rows:
        opens = rows[kind == b.OPEN_CASE]
        self._case[opens] = self._visits["number"][opens] * LONGEST + step
        number = self._case[rows]
        self._case[rows[kind == b.CLOSE_CASE]] = 0
        return number

    def _ends(self) -> Table:
        return Table(
            {
                "last": self._time,
                "bought": self._bought,
                "cart_quantity": self._quantity,
                "cart_cents": self._cents,
                "case": self._case,
            }
        )
