"""The whole run: rounds of raw lines in, everything the job writes out.

It goes through the page from section 1 to section 7. The state of people is only touched in
`people`, the model only in `fold`.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .contacts import Book
from .decisions import funnel_of
from .dedup import Dedup, DerivedIds
from .delayed import DelayedFold
from .fold import Fold, Version
from .job import Job, matches, read_job
from .order import Held, Partition, canonical_place, log_order, watermark
from .outputs import (
    Result,
    decision_record,
    feature_record,
    file_order,
    late_record,
    score_record,
)
from .pauses import Pasts
from .people import Ledger, Person, Row
from .records import DeadLetter, Event, is_ignored, parse
from .responses import Statistics, Told, tell
from .triggers import Crossings

Rounds = list[list[Event]]
PATTERNS = ("sequence", "count", "score_crossing")
FATES = "input accepted duplicate conflicting late ignored dead_letter clamped"


def run(
    job: Mapping[str, Any],
    partitions: Sequence[Sequence[Sequence[bytes]]],
    *,
    continued: bool = False,
) -> Result:
    """Run a job over all rounds of all partitions.

    Parameters
    ----------
    job
        Shaped as the TOML of section 8; `name`, `features` and `actions` must be given.
    partitions
        `partitions[p][r]` holds the raw lines of round r of partition p. A partition that has
        had its last round holds nothing back any more.
    continued
        More will follow: there is no end of input, every partition keeps its mark, and only what
        the marks have settled is put out.
    """
    stream = Stream(read_job(job), continued=continued)
    stream.read(partitions)
    return stream.result()


def lane_of(person: str, lanes: int) -> int:
    """Return the lane of a person."""
    return zlib.crc32(person.encode()) % lanes


class Stream:
    """A run under way."""

    def __init__(self, job: Job, *, continued: bool) -> None:
        self.job = job
        self.continued = continued
        self.ledger = Ledger()
        self.people: dict[str, Person] = {}
        self.lives: Counter[str] = Counter()
        self.ends: dict[tuple[str, int], int] = {}
        self.ids: dict[str, tuple[Dedup, DerivedIds]] = {}
        self.ticks: dict[int, float] = {}
        self.held = Held(self.job.text_fields)
        self.dead: list[dict[str, Any]] = []
        self.late: list[dict[str, Any]] = []
        self.mark = self.before = -math.inf
        self.final = -math.inf

    def read(self, partitions: Sequence[Sequence[Sequence[bytes]]]) -> None:
        """Take all rounds, and the end of input unless the run is continued."""
        if self.job.sort:  # there are no rounds before it is sorted
            partitions = [[[line for lines in rounds for line in lines]] for rounds in partitions]
        events = self._parse_all(partitions)
        if self.job.sort:
            everything = [event for rounds in events for batch in rounds for event in batch]
            by_place = sorted(everything, key=lambda e: canonical_place(e, self.job.text_fields))
            events = [[by_place]]
        lateness = 0 if self.job.sort else self.job.lateness
        marks = [Partition(lateness, len(rounds)) for rounds in events]
        for number in range(max(map(len, events), default=0)):
            admitted = self._admit_round(number, events, marks)
            self._process_round(admitted, self._mark_after(number + 1, marks))
        if not self.continued:
            self._end_of_input(marks)

    def _parse_all(self, partitions: Sequence[Sequence[Sequence[bytes]]]) -> list[Rounds]:
        """Return the valid, not ignored events; dead letters are noted by (round, partition)."""
        events: list[Rounds] = [[[] for _ in rounds] for rounds in partitions]
        lines_read = [0] * len(partitions)
        for number in range(max(map(len, partitions), default=0)):
            for partition, rounds in enumerate(partitions):
                for line in rounds[number] if number < len(rounds) else ():
                    lines_read[partition] += 1
                    event = self._parse(line, partition, lines_read[partition])
                    if event is not None:
                        events[partition][number].append(event)
        return events

    def _parse(self, line: bytes, partition: int, number: int) -> Event | None:
        if not line.strip():  # a blank line is no record
            return None
        self.ledger.counts["input"] += 1
        try:
            event = replace(parse(line, self.job), partition=partition, line=number)
        except DeadLetter as dead:
            self.ledger.counts["dead_letter"] += 1
            place = {"file": partition, "line": number}
            self.dead.append({"reason": dead.reason, "field": dead.field, "place": place})
            return None
        if is_ignored(event, self.job):
            self.ledger.counts["ignored"] += 1
            return None
        self.ledger.counts["clamped"] += event.clamped
        return event

    def _admit_round(
        self, number: int, events: Sequence[Rounds], marks: Sequence[Partition]
    ) -> list[Event]:
        """Return the round's events that are not late, in (partition, offset)."""
        admitted: list[Event] = []
        for rounds, partition in zip(events, marks, strict=True):
            for event in rounds[number] if number < len(rounds) else ():
                if partition.admit(event):
                    admitted.append(event)
                else:
                    self.ledger.counts["late"] += 1
                    self.late.append(late_record(event, partition))
        return admitted

    def _mark_after(self, rounds_done: int, marks: Sequence[Partition]) -> float:
        """Return the mark that people's lanes know after a round."""
        if self.continued:
            return watermark(marks)
        going_on = [partition for partition in marks if partition.holds_back(rounds_done)]
        # When the last partition has ended, time does not go to infinity: that is the end of
        # input, which has rules of its own.
        return watermark(going_on) if going_on else self.mark

    def _process_round(self, admitted: list[Event], mark: float) -> None:
        self.before, self.mark = self.mark, mark
        if self.job.order == "log":
            self._process(log_order(admitted))
        else:
            self.held.add(admitted)
            self._process(self.held.release(mark))
        self._pass_time(mark)

    def _pass_time(self, mark: float) -> None:
        """Let everybody leave who is due, and let time pass for the others."""
        for person in list(self.people.values()):
            if person.leaves_at < mark:
                self._leave(person, int(person.leaves_at), "inactive")
            else:
                person.pass_time(mark)

    def _process(self, events: Iterable[Event]) -> None:
        for event in events:
            self._make_room(event)
            person = self.people.get(event.person)
            if person is not None and person.leaves_at < event.time:
                self._leave(person, int(person.leaves_at), "inactive")
            if event.person not in self.people:
                life = self.lives[event.person]
                person = Person(event.person, self.job, self.ledger, life)
                if event.person in self.ids:
                    person.dedup, person.derived_ids = self.ids.pop(event.person)
                self.people[event.person] = person
            self.people[event.person].take(event)

    def _make_room(self, event: Event) -> None:
        """Before the first event of a lane in a tick, let go of those who are too many."""
        most, lane = self.job.most_per_lane, lane_of(event.person, self.job.lanes)
        is_log = self.job.order == "log" and not self.job.sort
        moment = self.before if is_log else event.time
        tick = moment if moment == -math.inf else moment // self.job.tick
        if most is None or tick <= self.ticks.setdefault(lane, tick):
            return
        self.ticks[lane] = tick
        here = [one for one in self.people.values() if lane_of(one.key, self.job.lanes) == lane]
        for person in here:
            if person.leaves_at < moment:
                self._leave(person, int(person.leaves_at), "inactive")
        here = [one for one in here if one.key in self.people]
        # Who was heard of since the mark may be told of again, and stays.
        quiet = [one for one in here if one.clock is not None and one.clock < moment]
        quiet.sort(key=lambda one: (one.clock, one.key))
        for person in quiet[: max(0, len(here) - most)]:
            self._leave(person, int(moment), "most_per_lane")

    def _leave(self, person: Person, time: int, cause: str) -> None:
        person.leave(time, cause)
        del self.people[person.key]
        self.ends[person.key, person.life] = time
        self.lives[person.key] += 1
        if cause == "inactive":  # which ids came is told by time alone, whoever has left
            self.ids[person.key] = person.dedup, person.derived_ids

    def _end_of_input(self, marks: Iterable[Partition]) -> None:
        """Process what is held; time goes to the largest top and no further."""
        tops = [partition.top for partition in marks if partition.top is not None]
        self.mark = math.inf
        self._process(self.held.release(math.inf))
        self.final = max(tops, default=self.final)
        for person in list(self.people.values()):
            if person.leaves_at < max(tops):
                self._leave(person, int(person.leaves_at), "inactive")
            else:
                person.end_of_input(max(tops))

    def result(self) -> Result:
        """Learn, score and decide, and return everything in the order of the files."""
        tick, lag = self.job.tick, self.job.lag
        folds = {name: Fold(self.job, name) for name in self.job.models}
        if self.job.horizon is not None:
            folds["intent"] = DelayedFold(self.job)
        for fold in folds.values():
            fold.learn(e for e in self.ledger.examples if self._is_past(e.label_time // tick))
        rows = sorted(self.ledger.rows, key=file_order)
        settled = [row for row in rows if self._is_past(row.clock // tick - lag)]
        statistics = Statistics(self.job.actions, tick, lag)
        told = self._told()
        statistics.learn([one for one in told.settled if self._is_past(one.time // tick)])
        decisions, scores = self._decide(settled, folds, statistics)
        return Result(
            decisions=decisions,
            scores=scores,
            sessions=[record for _, _, record in sorted(self.ledger.sessions, key=lambda s: s[:2])],
            responses=[
                one.record() for one in sorted(told.settled, key=lambda s: (s.time, s.person))
            ],
            orphans=[record for _, _, record in sorted(told.orphans, key=lambda o: o[:2])],
            late=self.late,
            dead=self.dead,
            features=[feature_record(row) for row in settled if row.fired is None],
            counts=self._counts(decisions, folds),
            answers=self._answers(told, statistics),
            metrics={name: fold.figures() for name, fold in folds.items()},
            learning=self._learning(folds.values()),
            examples=[example for fold in folds.values() for example in fold.examples],
            held=len(self.held.events)
            + sum(row.fired is None for row in rows)
            - sum(row.fired is None for row in settled),
        )

    def _told(self) -> Told:
        """Return what came of decisions, as far as time has gone."""
        if self.job.responses is None:
            return Told()
        until = self.mark if self.continued else self.final
        return tell(self.job, self.job.responses, self.ledger.rows, self.ends, until)

    def _answers(self, told: Told, statistics: Statistics) -> dict[str, Any] | None:
        if self.job.responses is None:
            return None
        return {
            "settled": len(told.settled),
            "positives": sum(one.decided.welcome for one in told.settled),
            "censored": told.censored,
            **({"evicted": told.unlearned} if self.job.leaves else {}),
            "outcomes": told.outcomes,
            "orphans": Counter(record["reason"] for _, _, record in told.orphans),
            "actions": statistics.figures(),
        }

    def _learning(self, folds: Iterable[Fold]) -> list[dict[str, Any]]:
        """Return the notes of all models, by their time."""
        notes = [note for fold in folds for note in fold.notes() if note[0] <= self.mark]
        return [record for _, record in sorted(notes, key=lambda note: note[0])]

    def _is_past(self, tick_number: int) -> bool:
        """Say whether no example of this tick can still come."""
        return (tick_number + 1) * self.job.tick <= self.mark

    def _decide(
        self, rows: Iterable[Row], folds: Mapping[str, Fold], statistics: Statistics
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        decisions: list[dict[str, Any]] = []
        scores: list[dict[str, Any]] = []
        crossings: dict[tuple[str, int], Crossings] = {}
        crossed: list[tuple[Row, Version, dict[str, float]]] = []
        book, pasts = Book(self.job), Pasts(self.job)

        def decide(row: Row, version: Version, found: dict[str, float]) -> None:
            learned = statistics.at(row.clock) if self.job.responses else {}
            record = decision_record(self.job, row, version, found, learned, book, pasts)
            decisions.append(record)

        for row in rows:
            if row.fired is None or row.event.type == "":  # another event, or none: what is told of
                for one in crossed:  # this one ends
                    decide(*one)
                crossed = []
            book.hear(row)
            pasts.hear(row)
            versions = {name: fold.version_for(row.clock) for name, fold in folds.items()}
            found = {name: version.score(row.seen) for name, version in versions.items()}
            if row.fired or matches(self.job.trigger_types, row.event.type):
                decide(row, versions["intent"], found)
            if row.fired is not None:
                continue
            scores += [score_record(row, name, versions[name], found[name]) for name in folds]
            own = crossings.setdefault((row.event.person, row.life), Crossings(self.job))
            fired = own.take(found, row.clock, row.event.id)
            crossed = [(replace(row, fired=one), versions["intent"], found) for one in fired]
        for one in crossed:
            decide(*one)
        return decisions, scores

    def _of_moments(self, decisions: list[dict[str, Any]]) -> dict[str, Counter[str]]:
        """Return what is told of triggers by name, where the job has moments."""
        names = [moment["name"] for moment in self.job.moments]
        if not names:
            return {}
        fired = Counter(dict.fromkeys(names, 0))
        fired.update(decision["trigger"]["type"] for decision in decisions)
        timed = [one["name"] for one in self.job.moments if one["kind"] not in PATTERNS]
        pending = Counter({name: self.ledger.pending[name] for name in timed})
        return {"triggers_by": fired} | ({"pending": pending} if timed else {})

    def _counts(self, decisions: list[dict[str, Any]], folds: Mapping[str, Fold]) -> dict[str, Any]:
        counted = self.ledger.counts
        nothing = (decision["reason"] for decision in decisions if decision["reason"] is not None)
        return {
            **{name: counted[name] for name in FATES.split()},
            "triggers": len(decisions),
            **self._of_moments(decisions),
            "decisions": Counter(decision["name"] for decision in decisions),
            "no_action": Counter(nothing),
            "funnel": funnel_of(decisions),
            "sessions": Counter(record["reason"] for _, _, record in self.ledger.sessions),
            "dead_letters": Counter(dead["reason"] for dead in self.dead),
            "learned": Counter({name: len(fold.metrics.model) for name, fold in folds.items()}),
            "corrected": Counter({name: fold.corrected for name, fold in folds.items()}),
            "censored": Counter({name: self.ledger.censored[name] for name in folds}),
            "unlearned": Counter({name: self.ledger.unlearned[name] for name in folds}),
            **({"evicted": self.ledger.evicted} if self.job.leaves else {}),
            "rejected": Counter({name: fold.rejected for name, fold in folds.items()}),
        }
