"""Remembered: the latest decisions of each person, as long as they can be answered.

In: the decisions that rows of a pass fire, or would. Out: those that an outcome of the pass may be
about. It refuses to know what was decided: that is known to nobody before the row is scored.
"""

from __future__ import annotations

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.people.answers import Decisions, Rule
from rtm_flows.people.pool import Pool, Records
from rtm_flows.people.rows import Bools, Ints, Rows

_RECORD = np.dtype(
    [
        ("decision", "i8", (2,)),
        ("clock", "i8"),
        ("number", "i8"),
        ("digest", "i8"),
        ("taken", "?"),
    ]
)


Key = tuple[int, int]
"""A decision id as two numbers."""


class Lot:
    """The decisions of some people: those remembered, then those of a pass, person by person.

    Attributes
    ----------
    owner
        Of each decision, the index of its person.
    records
        The decisions.
    clock, taken
        When each was made, and whether an outcome of it has come.
    """

    def __init__(self, owner: Ints, row: Ints, records: Records, most: int) -> None:
        self.owner, self.records = owner, records
        self.clock: Ints = records["clock"]
        self.taken: Bools = records["taken"]
        self._row, self._most = row, most
        self._place: dict[tuple[int, int, int], int] = {}

    def index(self, owners: Bools) -> None:
        """Make the decisions of some people, a mask by owner, ready to be found."""
        at = np.flatnonzero(owners[self.owner])
        keys = zip(self.owner[at].tolist(), *self.records["decision"][at].T.tolist(), strict=True)
        self._place = dict(zip(keys, at.tolist(), strict=True))

    def find(self, owner: int, decision: Key, row: int) -> int:
        """Return the place of a decision, -1 if it is not remembered at a row of the pass."""
        place = self._place.get((owner, *decision), -1)
        if place < 0 or self._row[place] >= row:
            return -1
        # Of one person, those of earlier rows stand first.
        reach = place + self._most
        pushed_out = (
            reach < len(self.owner) and self.owner[reach] == owner and self._row[reach] < row
        )
        return -1 if pushed_out else place

    def take(self, place: int) -> tuple[int, int, int]:
        """Note that an outcome of a decision has come; return its number, digest and clock."""
        self.taken[place] = True
        known = self.records[place]
        return int(known["number"]), int(known["digest"]), int(known["clock"])


class Remembered:
    """The decisions of all people of a worker that can be answered.

    Parameters
    ----------
    rule
        How many, and for how long.
    """

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._pool = Pool(_RECORD)

    def lot(self, rows: Rows, number: Ints, made: Decisions, some: Bools) -> Lot:
        """Return the decisions of some people of a pass, those of the pass included.

        Parameters
        ----------
        rows, number
            The pass, and the person's running number of each event.
        made
            Its decisions.
        some
            Those people, as a mask by their rank: all whose decisions these are, at least.
        """
        counts, before = self._pool.read(rows.people[some])
        fresh = np.zeros(len(made.row), dtype=_RECORD)
        fresh["decision"], fresh["digest"] = made.decision, made.digest
        fresh["clock"], fresh["number"] = rows.clock[made.row], number[made.row]
        index = np.cumsum(some) - 1
        owner = np.concatenate(
            [np.repeat(np.arange(len(counts)), counts), index[rows.rank[made.row]]]
        )
        order = np.argsort(owner, kind="stable")
        row = np.concatenate([np.full(len(before), -1, dtype=np.int64), made.row])
        records = np.concatenate([before, fresh])[order]
        return Lot(owner[order], row[order], records, self._rule.remembered)

    def add(self, slots: Ints, clock: Ints, decision: Ints, digest: Ints) -> None:
        """Remember decisions that no row fires, each person's in order; their number is 0."""
        people, whose = np.unique(slots, return_inverse=True)
        counts, before = self._pool.read(people)
        fresh = np.zeros(len(slots), dtype=_RECORD)
        fresh["decision"], fresh["digest"], fresh["clock"] = decision, digest, clock
        owner = np.concatenate([np.repeat(np.arange(len(people)), counts), whose])
        order = np.argsort(owner, kind="stable")
        records = np.concatenate([before, fresh])[order]
        nowhere = np.full(len(records), -1, dtype=np.int64)
        latest = np.zeros(len(people), dtype=np.int64)
        np.maximum.at(latest, whose, clock)
        self.keep(Lot(owner[order], nowhere, records, self._rule.remembered), people, latest)

    def keep(self, lot: Lot, slots: Ints, latest: Ints) -> None:
        """Remember what can be answered after a pass, given the latest clock of each owner."""
        counts = np.bincount(lot.owner, minlength=len(slots))
        from_end = np.cumsum(counts)[lot.owner] - np.arange(len(lot.owner))
        over = lot.records["clock"] + self._rule.within + self._rule.horizon < latest[lot.owner]
        kept = (from_end <= self._rule.remembered) & ~over
        self._pool.write(
            slots, np.bincount(lot.owner[kept], minlength=len(slots)), lot.records[kept]
        )

    def export(self, slots: Ints) -> tuple[Ints, Table]:
        """Return how many decisions of each slot are remembered, and all of them."""
        return self._pool.export(slots)

    def restore(self, slots: Ints, counts: Ints, remembered: Table) -> None:
        """Enter what `export` returned."""
        self._pool.restore(slots, counts, remembered)
