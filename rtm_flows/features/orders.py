"""Orders of a person's whole life: how many, on how many occasions, for how much, first and last.

In: rows of a pass, which of them tell an order, and the keys of their ids. Out: the counts at
every row, all integers, so that they are exact for any cutting. An order told twice counts once:
a person's latest orders are remembered by the keys of their ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rtm_flows.features.order_kinds import Counted
from rtm_flows.people.maps import Entries, MapField
from rtm_flows.people.rows import Bools, Ints, Rows, pick
from rtm_flows.people.state import Field, State
from rtm_flows.people.text_keys import MISSING

REMEMBERED = 16
"""How many different orders of a person are remembered, so that the state stays small."""


class History(NamedTuple):
    """What is known at every row, that row included; times in milliseconds, -1 for never."""

    orders: Ints
    occasions: Ints
    amount: Ints
    first: Ints
    last: Ints


class Orders:
    """One kind of orders.

    Parameters
    ----------
    name
        Prefix of its state columns.
    counted
        Which orders count, and what makes an occasion.
    """

    def __init__(self, name: str, counted: Counted) -> None:
        self.counted = counted
        self._names = tuple(f"{name}_{part}" for part in History._fields)
        self._told = f"{name}_told"
        firsts = (0, 0, 0, -1, -1)
        self.fields = [
            Field(part, "i8", (), first) for part, first in zip(self._names, firsts, strict=True)
        ]
        self.maps: Sequence[MapField] = [MapField(self._told, "i1")] if counted.once else []

    def history(
        self, rows: Rows, mask: Bools, ids: Ints | None, amount: Ints, people: State
    ) -> History:
        """Return the history at every row, and store the latest.

        Parameters
        ----------
        rows, people
            The pass, and the state of its people.
        mask
            Rows that tell an order.
        ids
            Keys of the transaction ids; needed where an order counts once.
        amount
            In minor units.
        """
        if ids is not None:
            mask = self._first_told(rows, mask, ids, people)
        before = History(*(people[name][rows.slot] for name in self._names))
        latest = rows.latest(mask)
        last = pick(latest, rows.clock, before.last)
        history = History(
            orders=before.orders + _running(rows, mask.astype(np.int64)),
            occasions=before.occasions + _running(rows, self._opens(rows, mask, before.last)),
            amount=before.amount + _running(rows, np.where(mask, amount, 0)),
            first=np.where(before.first < 0, _first(rows, mask, latest), before.first),
            last=last,
        )
        for name, values in zip(self._names, history, strict=True):
            people[name][rows.people] = values[rows.ends]
        return history

    def _opens(self, rows: Rows, mask: Bools, carried: Ints) -> Ints:
        """Return 1 where an order is the first of its cell, else 0."""
        earlier = pick(rows.latest_before(mask), rows.clock, carried)
        step = self.counted.step_ms
        # No earlier order is -1, whose cell is before all others: no event is before 1970.
        return (mask & (rows.clock // step > earlier // step)).astype(np.int64)

    def _first_told(self, rows: Rows, mask: Bools, ids: Ints, people: State) -> Bools:
        """Return the mask without orders told before; few rows are orders: walk those."""
        at = np.flatnonzero(mask & (ids != MISSING))
        keys, first = ids[at].tolist(), mask.copy()

        def step(told: Entries, index: range) -> None:
            for i in index:
                if keys[i] in told:
                    first[at[i]] = False
                    continue
                if len(told) == REMEMBERED:
                    del told[next(iter(told))]
                told[keys[i]] = 1

        people.maps[self._told].walk(rows.slot[at], step)
        return first


def _running(rows: Rows, values: Ints) -> Ints:
    """Return the sum of the values so far in each run."""
    total = np.cumsum(values)
    return total - (total - values)[rows.start]


def _first(rows: Rows, mask: Bools, latest: Ints) -> Ints:
    """Return the clock of the first masked row so far in each run, -1 where there is none."""
    found = np.minimum.reduceat(np.where(mask, rows.index, rows.n - 1), rows.starts)
    return np.where(latest >= 0, rows.clock[found[rows.rank]], -1)
