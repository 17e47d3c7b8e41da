"""Profiles: what is kept of every person of a worker, and how events change it.

In: events in processing order, and the passing of time. Out: the accepted events with their
features, the sessions that ended with the rows kept for learning, and the rows whose horizon
ended. The order of steps is section 3 of docs/semantics.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rtm_flows.columns import Column, Table, concat
from rtm_flows.features.compute import Features, Matrix
from rtm_flows.features.part import Pass
from rtm_flows.features.peek import peek
from rtm_flows.lanes.folded import Closed
from rtm_flows.lanes.kept import Bytes, Kept
from rtm_flows.lanes.moment_rows import Parts, among, of_timers, waves, with_moments
from rtm_flows.lanes.moment_rows import without_moments as plain
from rtm_flows.lanes.order import log_clock
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import START, Ints
from rtm_flows.lanes.responding import Happening, Responding
from rtm_flows.lanes.rolling import Rolling, Run, empty
from rtm_flows.lanes.suppressing import Suppressing
from rtm_flows.people import away, draw, kept, outcomes, responses, session_sums, sessions
from rtm_flows.people.dedup import Admitted, Seen, SeenSince
from rtm_flows.people.kept import Kept as KeptRows
from rtm_flows.people.moments import Found, Moments
from rtm_flows.people.outcomes import Outcomes, Rule, Shown
from rtm_flows.people.roll import SAVES
from rtm_flows.people.rows import Bools, Rows
from rtm_flows.people.state import People
from rtm_flows.people.type_sets import Types, TypeSets


class _Step(NamedTuple):
    """Events that are folded in together."""

    rows: Rows
    events: Table
    number: Ints
    masks: dict[Types, Bools]
    found: sessions.Sessions


class Profiles:
    """The people of one worker.

    Parameters
    ----------
    plan
        The job's constants.
    saves
        After so many saves of a lane everybody has been written again.
    """

    def __init__(self, plan: Plan, saves: int = SAVES) -> None:
        self.plan = plan
        self.oldest: Ints = np.full(plan.lanes, START, dtype=np.int64)
        """Of each lane the time before which ids are forgotten."""
        self.features = Features(plan.features, tuple(session_sums.RECORD.values()))
        churn = plan.churn
        self._spans = None if churn is None else away.Spans(plan.gap_ms, churn.horizon_ms)
        self._moments = Moments(plan.moments, plan.gap_ms) if plan.moments else None
        moments = self._moments or Moments((), plan.gap_ms)
        looked_for = [] if churn is None else [churn.types]
        self._suppressing = Suppressing(plan, plan.shopping) if plan.shopping else None
        shopping = self._suppressing.types if self._suppressing else ()
        self._types = TypeSets([*self.features.types, *looked_for, *moments.types, *shopping])
        self._buys = self.features.sums.index(session_sums.RECORD["purchases"])
        self._seen = Seen(plan.source, plan.dedup_ms)
        self._events = self.features.sums.index(session_sums.RECORD["events"])
        width, intent = len(plan.features), plan.intent
        self._outcomes = None
        if intent.horizon_ms is not None:
            self._outcomes = Outcomes(Rule(intent.horizon_ms, intent.rows_waiting), width)
        self._responding = None if plan.responses is None else Responding(plan, plan.responses)
        self.people = People(
            [
                *sessions.fields(len(self.features.sums)),
                *draw.FIELDS,
                *(outcomes.FIELDS if self._outcomes else ()),
                *([] if churn is None else away.fields(width)),
                *(responses.FIELDS if self._responding else ()),
                *self.features.fields,
                *moments.fields,
                *(self._suppressing.fields if self._suppressing else ()),
            ],
            [*self.features.maps, *moments.maps],
        )
        self._rolling, self._kept = Rolling(self.people, saves), KeptRows(width)
        self._nobody, self._nothing = away.none(width), outcomes.none(width)
        nobody = np.zeros(0, dtype=np.int64)
        empty = self._accepted(plan.no_events(), nobody, nobody, self._unknown(), nobody)
        self.no_rows = empty if self._moments is None else plain(empty)
        self.quiet = self._none()

    @property
    def runs(self) -> dict[str, Run]:
        """All of which every person has another number, but for ids, by name and in order."""
        waiting: dict[str, Run] = {"waiting": self._outcomes or self._kept}
        runs: dict[str, Run] = {"windows": self.features.windows, **self.people.maps, **waiting}
        answered = self._responding.runs if self._responding else ()
        return runs | {f"answered {at}": one for at, one in enumerate(answered)}

    def admit(self, events: Table, slot: Ints) -> tuple[Admitted, Table, Ints]:
        """Tell new events from copies; return the new ones with their ids, and their slots.

        They must be in processing order, each person's side by side.
        """
        self._rolling.touch(slot)
        admitted = self._seen.admit(events, slot, self.people.lane[slot].astype(np.int64))
        events = events.with_columns({"id": admitted.ids})
        if not admitted.new.all():
            events, slot = events.take(admitted.new), slot[admitted.new]
        return admitted, events, slot

    def fold(self, events: Table, slot: Ints) -> tuple[Table, list[Closed]]:
        """Fold new events in; return their rows, and what ended, wave after wave."""
        if not len(slot):
            return self.no_rows, [self.quiet]
        rows = Rows(slot, self.clock(slot, events["time"]))
        step = self._step(rows, events, draw.number(rows, self.people))
        if self._moments is None:
            known, closed = self._fold(step)
            return self._accepted(events, slot, rows.clock, known, step.number), [closed]
        fired = self._moments.follow(rows, events, step.masks, step.found, self.people)
        return self._fold_around(step, fired, self._moments)

    def close_due(self, times: Ints) -> Closed:
        """Close the sessions whose end lies before the time of their slot, and what else is due."""
        slots = sessions.due(self.people, times, self.plan.gap_ms)
        over: list[Table] = []
        if self._spans is not None:
            if len(slots):
                over.append(away.close(self.people, slots, self._spans))
            due = away.due(self.people, times, self._spans)
            if len(due):
                over.append(away.resolve(self.people, due, self._spans))
        bought = self._outcomes.due(self.people, times) if self._outcomes else self._nothing
        passed = concat(over or [self._nobody])
        self._rolling.touch(slots, passed["slot"], bought["slot"])
        quiet = self.quiet._replace(away=passed, bought=bought)
        closed = self._close(slots, passed, bought) if len(slots) else quiet
        if self._responding:
            answered = self._responding.due(self.people, times)
            self._rolling.touch(answered.settled["slot"])
            closed = closed._replace(answered=answered)
        if self._moments is None:
            return closed
        fired = self._moments.due(self.people, times)
        if not len(fired):
            return closed
        self._rolling.touch(fired["slot"])
        known = self._peek(fired)
        return closed._replace(fired=self._remember(fired, known, self._moments))

    def cut(self, here: Bools) -> Closed:
        """Close whatever is still open of some people, a mask by slot."""
        self._rolling.touch(np.flatnonzero(here))
        cut = self._nobody
        if self._spans is not None:
            waiting = np.flatnonzero((self.people["pending"] >= 0) & here)
            cut = away.resolve(self.people, waiting, self._spans)
        bought = self._outcomes.cut(self.people, here) if self._outcomes else self._nothing
        closed = self._close(np.flatnonzero(self.people["open"] & here), cut, bought)
        if self._responding:
            closed = closed._replace(answered=self._responding.cut(self.people, here))
        pending = None if self._moments is None else self._moments.cut(self.people, here)
        return closed._replace(pending=pending)

    def clear(self, slots: Ints) -> None:
        """Forget what is known of some people, but for who they are and which ids were seen."""
        empty(slots, [*self.runs.values()])
        hashes = self.people["hash"][slots]
        self.people.clear(slots)
        self.people["hash"][slots] = hashes

    def drop_ids(self, slots: Ints) -> None:
        """Forget which ids were seen of some people."""
        self._seen.drop(slots)

    def drop(self, slots: Ints) -> None:
        """Forget some people altogether: their slots will be other people's."""
        self._seen.drop(slots)
        self._rolling.forget(slots, [*self.runs.values()])

    def forget(self, lanes: Sequence[int], marks: Sequence[int]) -> None:
        """Drop ids of lanes that no event at or after the mark of its lane can repeat."""
        for lane, mark in zip(lanes, marks, strict=True):
            self.oldest[lane] = self._seen.oldest(mark)
            self._seen.forget(lane, mark, self.people)

    def slots_of(self, events: Table, lanes: Ints) -> Ints:
        """Return the slot of each event's person, entering new people."""
        slots = self.people.slots_of(events["person"].tolist(), lanes.astype(np.int16))
        self._rolling.touch(slots)
        self.people["hash"][slots] = events["hash"]
        return slots

    def save(self, lanes: Sequence[int]) -> list[Kept]:
        """Return who of each lane has changed since the last save, and some others, as a part."""
        return self._rolling.save(lanes, self._every_run())

    def whole(self, lane: int, person: str | None = None) -> Kept:
        """Return all people of a lane, or one of them, as one part."""
        return self._rolling.whole(lane, self._every_run(), person)

    def load(self, lane: int, parts: Sequence[Bytes], oldest: int) -> None:
        """Restore the people of a lane from its parts; `oldest` as it was at the last save."""
        self.oldest[lane] = oldest
        self._rolling.load(lane, parts, self._every_run())

    def _every_run(self) -> list[Run]:
        return [*self.runs.values(), SeenSince(self._seen, self.people, self.oldest)]

    def _step(self, rows: Rows, events: Table, number: Ints) -> _Step:
        masks = self._types.masks(events["type"])
        adding = session_sums.adds(self.features.sums, masks, events)
        found = sessions.sessionize(rows, adding, self.people, self.plan.gap_ms)
        return _Step(rows, events, number, masks, found)

    def _fold_around(
        self, step: _Step, fired: Found, moments: Moments
    ) -> tuple[Table, list[Closed]]:
        """Fold events in, and look at people in between, where timers fired."""
        rows, timers = step.rows, fired.timers
        wave = waves(rows, timers["row"])
        closed: list[Closed] = []
        known, at_due = Parts(), Parts()
        for number in range(int(wave.max()) + 1):
            at = np.flatnonzero(wave == number)
            if len(at):
                part = step if len(at) == rows.n else self._part(step, at)
                found, ended = self._fold(part, among(fired.patterns, at))
                known.add(at, found)
                closed.append(ended)
            at = np.flatnonzero(wave[timers["row"]] == number + 1)
            at_due.add(at, found := self._peek(due := timers.take(at)))
            self._remember(due, found, moments)
        accepted = self._accepted(step.events, rows.slot, rows.clock, known.table, step.number)
        of_due = of_timers(timers, at_due.table, self.people, moments, accepted)
        return with_moments(accepted, fired, of_due), closed

    def _part(self, step: _Step, at: Ints) -> _Step:
        """Return some of the events, with their sessions as they follow on the state now."""
        rows = Rows(step.rows.slot[at], step.rows.clock[at])
        return self._step(rows, step.events.take(at), step.number[at])

    def _peek(self, timers: Table) -> Table:
        """Return what is known of people when their timers are due."""
        slots, due = timers["slot"], timers["due"]
        x = peek(self.features, slots, due, self.people)
        version = self.people["events"][slots]
        return Table({"x": x, "profile_version": version, **self._running(slots, due)})

    def _running(self, slots: Ints, clocks: Ints) -> dict[str, Column]:
        """Return what people have running at times at which nothing happened, where it matters."""
        if self._suppressing is None:
            return {}
        return self._suppressing.at(slots, clocks, self.people).columns

    def _remember(self, timers: Table, known: Table, moments: Moments) -> Table:
        """Return the rows of timers that fired; what came of their decisions can be heard."""
        rows = of_timers(timers, known, self.people, moments, self.no_rows)
        if self._responding and len(rows):
            self._responding.remember(timers["slot"], rows)
        return rows

    def _fold(self, step: _Step, patterns: Table | None = None) -> tuple[Table, Closed]:
        """Fold events in; `patterns` are the moments that fire on them, by row."""
        people = self.people
        rows, events, number, masks, found = step
        x = self.features.compute(Pass(rows, events, masks, found, people))
        ended = sessions.closed_by(rows, found, people)
        over = self._over(rows, found, masks, x)
        place, per_session = found.sums[:, self._events], self.plan.intent.rows_per_session
        chosen = draw.drawn(rows, place, number, people, per_session)
        closed = self.quiet._replace(sessions=ended, away=over)
        if self._outcomes:
            buys = masks[session_sums.RECORD["purchases"].add]
            bought = self._outcomes.follow(Shown(rows, chosen, number, buys, x), people)
            closed = closed._replace(bought=bought)
        else:
            # Once a purchase was seen, a row would give the label away.
            chosen &= found.sums[:, self._buys] == 0
            shown = kept.Shown(rows, found, chosen, number, x)
            closed = closed._replace(kept=self._kept.follow(shown, ended, people))
        if self._responding:
            heard = Happening(rows, events, number, x, patterns)
            answered = self._responding.follow(heard, people)
            closed = closed._replace(answered=answered)
        draw.store(rows, number, people)
        sessions.store(rows, found, people)
        known = Table({"x": x})
        if self._suppressing:
            told = self._suppressing.follow(rows, events, masks, number, patterns, people)
            known = known.with_columns(told.columns)
        return known, closed

    def _over(
        self, rows: Rows, found: sessions.Sessions, masks: dict[Types, Bools], x: Matrix
    ) -> Table:
        """Return the rows whose horizon for churn is over, and keep those that go on waiting."""
        if self.plan.churn is None or self._spans is None:
            return self._nobody
        counts = masks[self.plan.churn.types]
        return away.follow(rows, found, counts, x, self.people, self._spans)

    def _close(self, slots: Ints, over: Table, bought: Table) -> Closed:
        people = self.people
        closed = Closed(sessions.of_state(people, slots), self._kept.take(slots), over, bought)
        people["open"][slots] = False
        return closed

    def clock(self, slot: Ints, time: Ints) -> Ints:
        """Return the person's clock at each event; in event order that is the event's time."""
        return log_clock(slot, time, self.people["last"]) if self.plan.log_order else time

    def _accepted(
        self, events: Table, slot: Ints, clock: Ints, known: Table, number: Ints
    ) -> Table:
        columns: dict[str, Column] = {
            "time": clock,
            "event_time": events["time"],
            "lane": self.people.lane[slot].astype(np.int64),
            "profile_version": number,
            **known.columns,
        }
        if not self.plan.dedup_ms:
            columns["number"] = number
        kept = ("person", "id", "type", "source", *self.plan.carried)
        return events.only(kept).with_columns(columns)

    def _unknown(self) -> Table:
        nobody = np.zeros(0, dtype=np.int64)
        x = np.empty((0, len(self.plan.features)), dtype=np.float64)
        return Table({"x": x, **self._running(nobody, nobody)})

    def _none(self) -> Closed:
        nobody = np.zeros(0, dtype=np.int64)
        ended = sessions.of_state(self.people, nobody)
        answered = self._responding.nothing if self._responding else None
        return Closed(ended, self._kept.take(nobody), self._nobody, self._nothing, answered)
