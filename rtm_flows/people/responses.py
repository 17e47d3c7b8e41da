"""Responses: decisions that were shown, and wait to see whether they are welcome.

In: the decisions and outcomes of a pass, and the passing of time. Out: the decisions whose horizon
is over, each with what came of it, and the outcomes that are about none that is known. What is told
depends on the person's own events only. It knows no action and no event type. Section 5 of
docs/semantics.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.people.answers import (
    CROWDED,
    LATE,
    OTHER,
    SETTLED,
    UNKNOWN,
    Asked,
    Heard,
    Rule,
    no_orphans,
)
from rtm_flows.people.pool import Pool, Records
from rtm_flows.people.remembered import Key, Lot, Remembered
from rtm_flows.people.rows import Bools, Ints
from rtm_flows.people.state import Field, People

FIELDS = (Field("shown", "i8", (), -1),)
"""State columns: when the earliest of the person's decisions that wait was shown, -1 for none."""

_RECORD = np.dtype(
    [
        ("decision", "i8", (2,)),
        ("number", "i8"),
        ("digest", "i8"),
        ("decided", "i8"),
        ("shown", "i8"),
        ("candidate", "i8"),
        ("label", "?"),
    ]
)
_WAIT = ("number", "digest", "decided", "shown", "candidate", "label")
_TOLD = ("decision", *_WAIT)


class Waiting:
    """The decisions that can be answered, and those that wait, of all people of a worker.

    Parameters
    ----------
    rule
        How many decisions are answered, and for how long.
    possible
        How many decisions every event would fire if scores crossed on it.

    Notes
    -----
    A decision leaves the one list for the other with its first outcome, once: so each is learned at
    most once, as long as its own event is accepted once.
    """

    def __init__(self, rule: Rule, possible: int = 0) -> None:
        self._rule = rule
        self._remembered = Remembered(rule)
        self._waiting = Pool(_RECORD)
        # Apart from the others: each event adds to them, and would soon have pushed these out.
        most = rule.remembered * possible
        self._possible = Remembered(rule._replace(remembered=most)) if possible else None

    @property
    def runs(self) -> tuple[Remembered | Pool, ...]:
        """All of which every person has another number."""
        possible = () if self._possible is None else (self._possible,)
        return self._remembered, self._waiting, *possible

    def follow(self, asked: Asked, people: People) -> Heard:
        """Take in a pass; return the decisions whose horizon is over by its end, and orphans."""
        rows = asked.rows
        kept = [(self._remembered, asked.fired)]
        if self._possible is not None and asked.possible is not None:
            kept.append((self._possible, asked.possible))
        some = np.zeros(len(rows.people), dtype=np.bool_)
        for _, made in kept:
            some[rows.rank[made.row]] = True
        some[rows.rank[asked.outcomes]] = True
        lots = [remembered.lot(rows, asked.number, made, some) for remembered, made in kept]
        orphans = no_orphans()
        if len(asked.outcomes):
            orphans = self._answer(asked, lots, some, people)
        for (remembered, _), lot in zip(kept, lots, strict=True):
            remembered.keep(lot, rows.people[some], rows.clock[rows.ends[some]])
        waits = people["shown"][rows.people] >= 0
        return Heard(self._over(rows.people[waits], rows.clock[rows.ends[waits]], people), orphans)

    def remember(self, slots: Ints, clock: Ints, decision: Ints, digest: Ints) -> None:
        """Remember decisions that no row of a pass fires, each person's in order."""
        self._remembered.add(slots, clock, decision, digest)

    def due(self, people: People, times: Ints) -> Heard:
        """Return the decisions whose horizon ended before the time of their slot."""
        shown = people["shown"]
        slots = np.flatnonzero((shown >= 0) & (shown + self._rule.horizon < times))
        return Heard(self._over(slots, times[slots], people), no_orphans())

    def cut(self, people: People, here: Bools) -> Heard:
        """Return all decisions that wait of some people."""
        slots = np.flatnonzero(here & (people["shown"] >= 0))
        never = np.full(len(slots), np.iinfo(np.int64).max, dtype=np.int64)
        return Heard(self._over(slots, never, people), no_orphans())

    def _answer(self, asked: Asked, lots: Sequence[Lot], some: Bools, people: People) -> Table:
        """Let outcomes open, or meet, the waits of their decisions; return those that do not."""
        rows, at = asked.rows, asked.outcomes
        answering = np.zeros(len(rows.people), dtype=np.bool_)
        answering[rows.rank[at]] = True
        for lot in lots:
            lot.index(answering[some])
        owners = (np.cumsum(some) - 1)[rows.rank[at]].tolist()
        slots = rows.people[answering]
        walk = _Walk(self._rule, lots, *self._waiting.read(slots))
        persons = (np.cumsum(answering) - 1)[rows.rank[at]].tolist()
        outcomes = zip(
            persons,
            owners,
            at.tolist(),
            rows.clock[at].tolist(),
            map(tuple, asked.named.tolist()),
            asked.candidate.tolist(),
            asked.positive.tolist(),
            strict=True,
        )
        reasons = np.array([walk.step(*one) for one in outcomes], dtype=np.int64)
        counts, records = walk.waiting
        self._store(slots, counts, records, people)
        orphan = reasons >= 0
        return Table({"row": at[orphan], "reason": reasons[orphan]})

    def _over(self, slots: Ints, now: Ints, people: People) -> Table:
        """Take out what is over by a clock, one a person; return it."""
        counts, records = self._waiting.read(slots)
        owner = np.repeat(np.arange(len(slots)), counts)
        end = records["shown"] + self._rule.horizon
        over = end < now[owner]
        if over.any():
            left = np.bincount(owner[~over], minlength=len(slots))
            self._store(slots, left, records[~over], people)
        told = {name: records[name][over] for name in _TOLD}
        return Table({"slot": slots[owner[over]], "time": end[over], **told})

    def _store(self, slots: Ints, counts: Ints, records: Records, people: People) -> None:
        """Let the rest wait on, person by person in the order in which they were shown."""
        self._waiting.write(slots, counts, records)
        people["shown"][slots] = -1
        some = counts > 0
        first = (np.cumsum(counts) - counts)[some]
        people["shown"][slots[some]] = records["shown"][first]


@dataclass(slots=True)
class _Wait:
    """A decision that waits, as long as it is walked by."""

    number: int
    digest: int
    decided: int
    shown: int
    candidate: int
    label: bool


class _Walk:
    """Outcomes taken one by one: few rows are any."""

    def __init__(self, rule: Rule, lots: Sequence[Lot], counts: Ints, records: Records) -> None:
        self._rule, self._lots = rule, lots
        self._waiting: list[dict[Key, _Wait]] = [{} for _ in counts]
        owners = np.repeat(np.arange(len(counts)), counts).tolist()
        names: list[Key] = list(map(tuple, records["decision"].tolist()))
        columns = (records[name].tolist() for name in _WAIT)
        for owner, decision, *values in zip(owners, names, *columns, strict=True):
            self._waiting[owner][decision] = _Wait(*values)

    @property
    def waiting(self) -> tuple[Ints, Records]:
        """How many decisions of each person wait, and all of them."""
        counts = np.array([len(own) for own in self._waiting], dtype=np.int64)
        records = np.zeros(int(counts.sum()), dtype=_RECORD)
        names = [decision for own in self._waiting for decision in own]
        records["decision"] = np.array(names, dtype=np.int64).reshape(-1, 2)
        for name in _WAIT:
            records[name] = [getattr(one, name) for own in self._waiting for one in own.values()]
        return counts, records

    def step(
        self,
        person: int,
        owner: int,
        row: int,
        clock: int,
        decision: Key,
        candidate: int,
        positive: bool,
    ) -> int:
        """Take in one outcome; return why it is nobody's, -1 if it is somebody's."""
        if candidate < 0:
            return -1 - candidate
        waiting = self._waiting[person]
        wait = waiting.get(decision)
        if wait is not None and not self._is_over(wait, clock):
            if wait.candidate != candidate:
                return OTHER
            wait.label |= positive
            return -1
        for lot in self._lots:
            place = lot.find(owner, decision, row)
            if place < 0:
                continue
            reason = self._refusal(lot, place, clock, waiting)
            if reason < 0:
                number, digest, decided = lot.take(place)
                waiting[decision] = _Wait(number, digest, decided, clock, candidate, positive)
            return reason
        return UNKNOWN

    def _refusal(self, lot: Lot, place: int, clock: int, waiting: dict[Key, _Wait]) -> int:
        """Return why a decision cannot begin to wait, -1 if it can."""
        rule = self._rule
        if lot.clock[place] + rule.within + rule.horizon < clock:
            return UNKNOWN
        if lot.taken[place]:
            return SETTLED
        if lot.clock[place] + rule.within < clock:
            return LATE
        if len(waiting) < rule.waiting:
            return -1
        going_on = sum(not self._is_over(one, clock) for one in waiting.values())
        return -1 if going_on < rule.waiting else CROWDED

    def _is_over(self, wait: _Wait, clock: int) -> bool:
        return wait.shown + self._rule.horizon < clock
