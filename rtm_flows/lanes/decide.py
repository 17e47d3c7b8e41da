"""Decide: scores with the version that holds, and one decision for every trigger.

In: rows of some lanes from know, and versions of all models from the fold. Out: lines of decisions
and scores. A row waits until the fold has closed the tick whose versions it is to be scored with,
so every worker scores it with the same weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Column, Table, as_text, pack, unpack
from rtm_flows.decisions.action_statistics import learned
from rtm_flows.decisions.candidates import candidates_of
from rtm_flows.features.compute import Matrix, scaled
from rtm_flows.lanes.choose import Chooser, Chosen
from rtm_flows.lanes.crossings import Crossings
from rtm_flows.lanes.departures import as_one, lives
from rtm_flows.lanes.hold import Hold
from rtm_flows.lanes.kept import Kept, halves
from rtm_flows.lanes.messages import KnownRows, Lines, Versions
from rtm_flows.lanes.plan import INTENT, Plan
from rtm_flows.lanes.progress import END, START, Ints
from rtm_flows.lanes.served import Served
from rtm_flows.models.contributions import contributions
from rtm_flows.models.logistic import COUNTS
from rtm_flows.models.score import score_rows
from rtm_flows.models.versioned import Taught
from rtm_flows.people.roll import SAVES


class Decided(NamedTuple):
    """What one pass of decide writes."""

    lines: list[Lines]
    counts: dict[str, int]
    lanes: Ints
    marks: Ints
    """Per lane: all lines of earlier ticks have been told."""
    scored: Table | None
    """The rows with the `scores` of all models and their `versions`, one column a model, and what
    decisions tell of intent: `score`, `version`, `snapshot_hash`, `evidence`, `positives`."""


class Head(msgspec.Struct, array_like=True):
    """What belongs to a lane as a whole."""

    tick: int
    closed: int
    served: list[tuple[bytes, bytes]]
    since: int
    waiting: bytes | None
    left: bytes | None
    """Who leaves between rows that wait, or behind them."""


class Decide:
    """The decide lanes of one worker.

    Parameters
    ----------
    plan
        The job's constants.
    choose
        The catalogue, if it is compiled already, and knows nobody.
    saves
        After so many saves of a lane everybody has been written again.
    """

    def __init__(self, plan: Plan, choose: Chooser | None = None, saves: int = SAVES) -> None:
        self.plan = plan
        self._choose = choose or Chooser(plan, saves)
        self._crossings = Crossings(plan, saves)
        self._hold, self._left = Hold(), Hold()
        self._forgets = self._choose.knows_people or self._crossings.active
        self._inbox: list[tuple[int, KnownRows | Versions]] = []
        self._dirty: set[int] = set()
        self._tick: Ints = np.full(plan.lanes, START, dtype=np.int64)
        self._closed: Ints = np.full(plan.lanes, START, dtype=np.int64)
        self._served = [Served(COUNTS + 2 * len(plan.features)) for _ in plan.models]
        self._candidates = candidates_of(plan.actions)
        if plan.responses is not None:
            self._served.append(Served(2 * len(self._candidates)))

    def take(self, lane: int, message: KnownRows | Versions) -> None:
        """Take in a message; it is worked on in the next `run`."""
        self.take_all([(lane, message)])

    def take_all(self, messages: Sequence[tuple[int, KnownRows | Versions]]) -> None:
        """Take in messages of several lanes, in order."""
        self._inbox += messages

    def run(self) -> Decided | None:
        """Decide what can be decided, or return None if nothing came in."""
        self._absorb()
        lanes, self._dirty = sorted(self._dirty), set()
        return self._decide(np.array(lanes, dtype=np.int64)) if lanes else None

    def settle(self) -> Decided:
        """Decide all that waits: what wants versions that are not known gets the latest there are.

        For one person, alone; other workers would not know of it.
        """
        self._absorb()
        self._dirty = set()
        closed, self._closed = self._closed, np.full_like(self._closed, END)
        decided = self._decide(np.arange(self.plan.lanes))
        self._closed = closed
        return decided

    def save(self, lanes: Sequence[int]) -> list[Kept]:
        """Return what has changed in each of some lanes since it was saved; it counts as kept.

        The versions that later rows may need are in its head.
        """
        self._absorb()
        heads = [self._head(lane) for lane in lanes]
        people = self._choose.save(lanes, [head.since for head in heads])
        return [
            _together(head, some, self._crossings.save(lane))
            for lane, head, some in zip(lanes, heads, people, strict=True)
        ]

    def whole(self, lane: int, person: str | None = None) -> Kept:
        """Return all of a lane, or of one person of it."""
        self._absorb()
        head = self._head(lane, person)
        people = self._choose.whole(lane, head.since, person)
        return _together(head, people, self._crossings.whole(lane, person))

    def load(self, lane: int, head: bytes, parts: Sequence[bytes]) -> None:
        """Restore a lane from its newest parts; it is looked at in the next `run`."""
        self._dirty.add(lane)
        saved = msgspec.msgpack.decode(head, type=Head)
        self._tick[lane], self._closed[lane] = saved.tick, saved.closed
        for served, (ticks, parameters) in zip(self._served, saved.served, strict=True):
            rows = np.frombuffer(parameters, dtype=np.float64).reshape(-1, served.width)
            served.add(Taught(np.frombuffer(ticks, dtype=np.int64), rows))
        people, sides = halves(parts)
        self._choose.load(lane, people, saved.since)
        self._crossings.load(lane, sides)
        if saved.waiting is not None:
            self._hold.add_table(lane, unpack(saved.waiting))
        if saved.left is not None:
            self._left.add_table(lane, unpack(saved.left))

    def _head(self, lane: int, person: str | None = None) -> Head:
        """Return what belongs to a lane as a whole; of rows that wait those of one person only."""
        rows, left = self._hold.of_lane(lane), self._left.of_lane(lane)
        if person is not None:
            rows, left = _of(rows, person), _of(left, person)
        needed = self._needed(np.array([lane]))
        taught = [served.since(needed) for served in self._served]
        return Head(
            int(self._tick[lane]),
            int(self._closed[lane]),
            [(one.ticks.tobytes(), one.parameters.tobytes()) for one in taught],
            self._since(lane, rows),
            None if rows is None else pack(rows),
            None if left is None else pack(left),
        )

    def _since(self, lane: int, waiting: Table | None) -> int:
        """Return what the clock of no row to come of a lane is less than; 0 if nothing is known."""
        tick = int(self._tick[lane])
        since = tick * self.plan.tick_ms if START < tick < END else 0
        return since if waiting is None else min(since, int(waiting["time"].min()))

    def _absorb(self) -> None:
        inbox, self._inbox = self._inbox, []
        self._dirty.update([lane for lane, _ in inbox])
        rows = [(lane, message) for lane, message in inbox if isinstance(message, KnownRows)]
        # Of several messages to a lane the last is what holds.
        self._tick[[lane for lane, _ in rows]] = [message.tick for _, message in rows]
        self._hold.add([(lane, one.rows) for lane, one in rows if one.rows is not None])
        if self._forgets:
            self._left.add([(lane, one.left) for lane, one in rows if one.left is not None])
        if len(rows) < len(inbox):
            told = [(lane, message) for lane, message in inbox if isinstance(message, Versions)]
            self._closed[[lane for lane, _ in told]] = [message.closed for _, message in told]
            # The same versions go to every lane: they are entered once.
            for versions in {id(message): message for _, message in told}.values():
                for served, taught in zip(self._served, versions.taught, strict=True):
                    served.add(taught)

    def _decide(self, lanes: Ints) -> Decided:
        tick_ms = self.plan.tick_ms
        released = self._hold.release(self._free)
        scored = None if released is None else self._score(released.rows)
        marks = self._tick[lanes]
        if len(self._hold):
            held = self._hold.least("time", self.plan.lanes)[lanes]
            marks = np.minimum(marks, np.where(held < END, held // tick_ms, END))
        told: list[tuple[Table | None, Chosen]] = []
        gone = self._left.release(self._free)
        for rows, leaving in lives(scored, None if gone is None else gone.rows):
            if leaving is not None:
                self._drop(leaving)
            crossed = None if rows is None else self._crossings.follow(rows)
            told.append((crossed, self._choose.lines(crossed, lanes, marks)))
        self._forget()
        chosen, scored = as_one(told)
        return Decided(chosen.lines, chosen.counts, lanes, marks, scored)

    def _drop(self, leaving: Table) -> None:
        """Forget people, each named once."""
        persons = leaving["person"].tolist()
        self._crossings.drop(persons, leaving["lane"].tolist())
        self._choose.drop(persons)

    def _free(self, rows: Table, lanes: Ints) -> NDArray[np.bool_]:
        wanted = rows["time"] // self.plan.tick_ms - self.plan.lag
        return np.asarray(wanted < self._closed[lanes])

    def _score(self, rows: Table) -> Table:
        wanted = rows["time"] // self.plan.tick_ms - self.plan.lag
        x = scaled(rows["x"], self.plan.features)
        scores = np.empty((len(self.plan.models), len(rows)))
        versions = np.empty((len(self.plan.models), len(rows)), dtype=np.int64)
        for at, model in enumerate(self.plan.models):
            served = self._served[at]
            which = served.index(wanted)
            scores[at] = score_rows(x, served.parameters, which, model.spec)
            versions[at] = np.append(served.ticks, -1)[which]
        evidence, positives = self._served[INTENT].counts(wanted)
        return rows.with_columns(
            {
                **self._contributions(rows, x),
                "scores": scores.T,
                "versions": versions.T,
                "score": scores[INTENT],
                "version": versions[INTENT],
                "snapshot_hash": as_text(self._served[INTENT].hashes(wanted)),
                "evidence": evidence,
                "positives": positives,
                **self._learned(wanted),
            }
        )

    def _contributions(self, rows: Table, x: Matrix) -> dict[str, Column]:
        """Return what made the score of intent of each row, if decisions tell it."""
        if not self.plan.contributions:
            return {}
        served = self._served[INTENT]
        which = served.index(rows["time"] // self.plan.tick_ms - self.plan.lag)
        spec, most = self.plan.models[INTENT].spec, self.plan.contributions
        return contributions(x, served.parameters, which, spec, most)._asdict()

    def _learned(self, wanted: Ints) -> dict[str, Column]:
        """Return what responses have taught by each tick, and how many: (rows, candidates) each."""
        if self.plan.responses is None:
            return {}
        served = self._served[-1]
        counts = np.concatenate([served.parameters, np.zeros((1, served.width))])
        which = served.index(wanted)
        n = counts[:, : len(self._candidates)].astype(np.int64)
        return {"learned": learned(self._candidates, counts)[which], "responses": n[which]}

    def _forget(self) -> None:
        """Drop the versions that no row can need any more."""
        heard = np.flatnonzero((self._closed > START) | (self._tick > START))
        if len(heard):
            needed = self._needed(heard)
            for served in self._served:
                served.forget(needed)

    def _needed(self, lanes: Ints) -> int:
        """Return the oldest tick whose version rows of these lanes may still be scored with.

        Rows may come after the versions that follow on them, so what counts is how far the rows
        of a lane have come, not the fold.
        """
        oldest = self._tick[lanes]
        if len(self._hold):
            held = self._hold.least("time", self.plan.lanes)[lanes]
            oldest = np.minimum(oldest, held // self.plan.tick_ms)
        return int(oldest.min()) - self.plan.lag


def _of(rows: Table | None, person: str) -> Table | None:
    if rows is None:
        return None
    return rows.take(np.asarray(rows["person"] == person, dtype=np.bool_))


def _together(head: Head, people: Kept, sides: Kept) -> Kept:
    """Return the people of a lane and where they stand, as one part for both."""
    depth = max(people.depth, sides.depth)
    part = msgspec.msgpack.encode((people.people, sides.people)) if depth else b""
    return Kept(msgspec.msgpack.encode(head), part, depth)
