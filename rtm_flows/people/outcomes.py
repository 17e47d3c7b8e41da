"""Outcomes: rows of a person that wait to see whether something happens within a horizon.

In: rows of a pass with their features, and the passing of time. Out: the rows that begin to wait,
those for which what they wait for has come, and those whose horizon is over. Which rows wait
depends on the person's own events only. It knows no model, and of events only whether they are
what is waited for. Section 5 of docs/semantics.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table, concat
from rtm_flows.people.parts import CAME, OVER, SEEN
from rtm_flows.people.pool import Pool, Records
from rtm_flows.people.rows import Bools, Ints, Rows
from rtm_flows.people.state import Field, People

Matrix = NDArray[np.float64]

FIELDS = (Field("awaited", "i8", (), -1),)
"""State columns: the clock of the person's earliest row that waits, -1 for none."""


class Rule(NamedTuple):
    """How long rows wait."""

    horizon: int
    """Milliseconds after a row's clock in which what happens counts; its end is among them."""
    most: int
    """Rows of a person that may wait at the same time."""


class Shown(NamedTuple):
    """A pass: its rows, and what decides which of them wait and see what."""

    rows: Rows
    chosen: Bools
    """The rows that are to wait."""
    number: Ints
    """The person's running number of each event."""
    hits: Bools
    """The event is what is waited for."""
    x: Matrix


class _Lot(NamedTuple):
    """Rows that waited before a pass, then those of the pass, person by person in their order."""

    owner: Ints
    """Index of the person among those asked for."""
    row: Ints
    """Row of this pass, -1 for one that waited before."""
    records: Records
    came: Ints
    """Clock at which what is waited for came in this pass, for the first time; -1 if not."""


class Outcomes:
    """The rows that wait, of all people of a worker.

    Parameters
    ----------
    rule
        Which rows wait, and how long.
    width
        Number of features.

    Notes
    -----
    A person has at most `rule.most` rows that wait; of what time has not yet been said to have
    passed, one pass may briefly hold more.
    """

    def __init__(self, rule: Rule, width: int) -> None:
        self.rule = rule
        kinds = [("clock", "i8"), ("number", "i8"), ("met", "?"), ("x", "f8", (width,))]
        self._pool = Pool(np.dtype(kinds))

    def follow(self, seen: Shown, people: People) -> Table:
        """Let rows of a pass wait; tell of them, and of those whose horizon is over by their end.

        Returns
        -------
        Table
            `slot`, `part` (of `rtm_flows.people.parts`), `time` (the clock of the row, of what
            came, or the end of the horizon), `number`, `met` (what is waited for has come within
            the horizon, at a later event), `x`.
        """
        rows = seen.rows
        some = np.logical_or.reduceat(seen.chosen, rows.starts)
        some |= people["awaited"][rows.people] >= 0
        lot = self._lot(seen, np.flatnonzero(seen.chosen), some)
        ends = rows.ends[some]
        lot = self._within_bounds(self._noted(seen, lot, rows.starts[some], ends))
        slots = rows.people[some]
        new, came = lot.row >= 0, lot.came >= 0
        clock = lot.records["clock"]
        told = [
            _told(SEEN, slots[lot.owner[new]], clock[new], lot.records[new]),
            _told(CAME, slots[lot.owner[came]], lot.came[came], lot.records[came]),
        ]
        over = clock + self.rule.horizon < rows.clock[ends][lot.owner]
        return concat([*told, self._part(slots, lot.owner, lot.records, over, people)])

    def due(self, people: People, times: Ints) -> Table:
        """Take out the rows whose horizon ended before the time of their slot; as `follow`."""
        first = people["awaited"]
        late = (first >= 0) & (first + self.rule.horizon < times)
        slots = np.flatnonzero(late)
        counts, records = self._pool.read(slots)
        owner = np.repeat(np.arange(len(slots)), counts)
        over = records["clock"] + self.rule.horizon < times[slots][owner]
        return self._part(slots, owner, records, over, people)

    def cut(self, people: People, here: Bools) -> Table:
        """Take out all rows that wait of some people; as `follow`."""
        slots = np.flatnonzero(here & (people["awaited"] >= 0))
        counts, records = self._pool.read(slots)
        owner = np.repeat(np.arange(len(slots)), counts)
        return self._part(slots, owner, records, np.ones(len(records), dtype=np.bool_), people)

    def export(self, slots: Ints) -> tuple[Ints, Table]:
        """Return how many rows of each slot wait, and all of them, slot after slot."""
        return self._pool.export(slots)

    def restore(self, slots: Ints, counts: Ints, waiting: Table) -> None:
        """Enter what `export` returned."""
        self._pool.restore(slots, counts, waiting)

    def _lot(self, seen: Shown, new: Ints, some: Bools) -> _Lot:
        """Return what waits of some people of the pass, new rows included."""
        slots = seen.rows.people[some]
        counts, before = self._pool.read(slots)
        fresh = np.zeros(len(new), dtype=self._pool.dtype)
        fresh["clock"], fresh["number"] = seen.rows.clock[new], seen.number[new]
        fresh["x"] = seen.x[new]
        index = np.cumsum(some) - 1
        owners = np.repeat(np.arange(len(slots)), counts), index[seen.rows.rank[new]]
        owner = np.concatenate(owners)
        order = np.argsort(owner, kind="stable")
        row = np.concatenate([np.full(len(before), -1, dtype=np.int64), new])
        never = np.full(len(order), -1, dtype=np.int64)
        return _Lot(owner[order], row[order], np.concatenate([before, fresh])[order], never)

    def _noted(self, seen: Shown, lot: _Lot, starts: Ints, ends: Ints) -> _Lot:
        """Note on the rows what comes in this pass of what they wait for."""
        rows = seen.rows
        hits = np.where(seen.hits, rows.index, rows.n)
        following = np.append(np.minimum.accumulate(hits[::-1])[::-1], rows.n)
        found = following[np.where(lot.row < 0, starts[lot.owner], lot.row + 1)]
        inside = found <= ends[lot.owner]
        clock = rows.clock[np.where(inside, found, 0)]
        inside &= (clock <= lot.records["clock"] + self.rule.horizon) & ~lot.records["met"]
        lot.records["met"] |= inside
        return lot._replace(came=np.where(inside, clock, -1))

    def _within_bounds(self, lot: _Lot) -> _Lot:
        """Leave out rows of the pass that come while the person has as many as may wait."""
        crowded = np.bincount(lot.owner)[lot.owner] > self.rule.most
        if not crowded.any():
            return lot
        stays = np.ones(len(lot.owner), dtype=np.bool_)
        at = np.flatnonzero(crowded)
        who, clocks = lot.owner[at].tolist(), lot.records["clock"][at].tolist()
        last, taken = -1, list[int]()
        for index, one, clock, new in zip(at, who, clocks, lot.row[at] >= 0, strict=True):
            if one != last:
                last, taken = one, []
            early = len(taken) - self.rule.most
            if new and early >= 0 and taken[early] + self.rule.horizon >= clock:
                stays[index] = False
            else:
                taken.append(clock)
        return _Lot(lot.owner[stays], lot.row[stays], lot.records[stays], lot.came[stays])

    def _part(
        self, slots: Ints, owner: Ints, records: Records, over: Bools, people: People
    ) -> Table:
        """Return the rows that are over; let the others wait on."""
        rest, of = records[~over], owner[~over]
        counts = np.bincount(of, minlength=len(slots))
        self._pool.write(slots, counts, rest)
        people["awaited"][slots] = -1
        first = np.append(True, of[1:] != of[:-1])[: len(of)]
        people["awaited"][slots[of[first]]] = rest["clock"][first]
        told = records[over]
        return _told(OVER, slots[owner[over]], told["clock"] + self.rule.horizon, told)


def none(width: int) -> Table:
    """Return no rows, shaped as those of `Outcomes.follow`."""
    nobody, rule = np.zeros(0, dtype=np.int64), Rule(1, 1)
    return Outcomes(rule, width).due(People(FIELDS), nobody)


def _told(part: int, slot: Ints, time: Ints, records: Records) -> Table:
    met = records["met"] if part == OVER else np.full(len(slot), part == CAME)
    return Table(
        {
            "slot": slot,
            "part": np.full(len(slot), part, dtype=np.int64),
            "time": time,
            "number": records["number"],
            "met": met,
            "x": records["x"],
        }
    )
