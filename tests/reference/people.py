"""One person: section 3 of the page, in the order in which one event is folded in.

In: the person's events in processing order, the mark, and the end of input. Out, on a `Ledger`:
rows, closed sessions, examples and counts. A person never knows of another.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from .churn import Absence
from .dedup import Dedup, DerivedIds, conflicting
from .draw import drawn
from .features import FeatureRow, as_model_sees
from .fold import Example
from .job import Job
from .moment import Moment
from .purchases import Purchases
from .records import Event
from .sessions import Session
from .suppressions import Shopping
from .triggers import Fired, Happening, Moments


@dataclass(frozen=True)
class Row:
    """One accepted event: its final id, the clock, its number and its features.

    `values` are the features as people see them, `seen` as the model does; `version` is how many
    events of the person there had been, and `life` which of the person's lives in this run it is
    in. Where a moment fired, `fired` says so: then the event is that on which it did, or none, of
    no type, for a timer. `shopping` is what the person has running, where suppressions ask for it.
    """

    event: Event
    clock: int
    number: int
    values: Mapping[str, float]
    seen: Mapping[str, float]
    version: int
    life: int
    fired: Fired | None = None
    shopping: Shopping | None = None


@dataclass
class Ledger:
    """What all people have given so far."""

    counts: Counter[str] = field(default_factory=Counter)
    censored: Counter[str] = field(default_factory=Counter)
    pending: Counter[str] = field(default_factory=Counter)
    evicted: Counter[str] = field(default_factory=Counter)
    unlearned: Counter[str] = field(default_factory=Counter)
    rows: list[Row] = field(default_factory=list)
    sessions: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)


class Person:
    """All that is known of one person."""

    def __init__(self, key: str, job: Job, ledger: Ledger, life: int = 0) -> None:
        self.key, self.job, self.ledger, self.life = key, job, ledger, life
        self.dedup = Dedup(job.dedup_window)
        self.derived_ids = DerivedIds(job.dedup_window)
        self.features = FeatureRow(job.features)
        self.subject: dict[str, str] = {}
        self.clock: int | None = None
        self.events = 0
        self.sessions = 0
        self.session_start = 0
        self.session: Session | None = None
        self.values: Mapping[str, float] = {}
        self.absence = job.churn and Absence(key, job.churn, ledger.examples)
        self.moments = Moments(job)
        self.shopping = None if job.suppressions is None else Shopping()
        self.latest: Event | None = None
        self.purchases = job.horizon and Purchases(key, job, job.horizon, ledger.examples)

    def take(self, event: Event) -> None:
        """Fold one event in."""
        original = self.dedup.original(event)
        if original is not None:
            self.ledger.counts["duplicate"] += 1
            self.ledger.counts["conflicting"] += conflicting(event, original)
            return
        self.dedup.accept(event)
        self._accept(self.derived_ids.number(event))

    def _accept(self, event: Event) -> None:
        self.ledger.counts["accepted"] += 1
        self.subject = event.subject
        last = self.clock
        t = event.time if last is None else max(event.time, last)
        self._fire_before(t)
        self.events += 1
        self.latest = event
        if self.session is not None and last is not None and t - last > self.job.gap:
            self._close(last + self.job.gap, "gap")
        opens = self.session is None
        session = self.session or self._open(t)
        self.clock = t
        session.take(event, t)
        if self.absence:
            self.absence.take(event.type, t)
        shown = Moment(event, t, opens, session.start, t if last is None else last)
        values = self.features.take(shown)
        if self.shopping:
            self.shopping.take(shown, self.events)
        self.values = values
        chosen = drawn(self.key, self.events, session.types.total(), self.job.rows_per_session)
        if self.purchases:
            self.purchases.take(event.type, t, self.events, values, chosen=chosen)
        elif chosen and not session.purchased:
            session.kept[self.events] = values
        seen = as_model_sees(values, self.job.features)
        shopping = deepcopy(self.shopping)
        row = Row(event, t, self.events, values, seen, self.events, self.life, shopping=shopping)
        self.ledger.rows.append(row)
        happening = Happening(event, t, last, opens, session)
        self.ledger.rows += [replace(row, fired=one) for one in self.moments.take(happening)]

    def _fire_before(self, time: float) -> None:
        """Let timers fire that are due by then, each with the features of its time."""
        for fired in self.moments.before(time):
            assert self.latest is not None
            assert self.clock is not None
            nothing = replace(
                self.latest, time=fired.time, source=fired.kind, id="", type="", text={},
                price=0, quantity=0, amount=0,
            )  # fmt: skip
            start = self.session_start
            shown = Moment(nothing, fired.time, False, start, self.clock)
            values = deepcopy(self.features).take(shown)
            seen = as_model_sees(values, self.job.features)
            running = self.shopping and self.shopping.passed()
            row = Row(nothing, fired.time, 0, values, seen, self.events, self.life, fired, running)
            self.ledger.rows.append(row)

    def _open(self, start: int) -> Session:
        self.sessions += 1
        self.session_start = start
        self.session = Session(self.sessions, start)
        return self.session

    def pass_time(self, mark: float) -> None:
        """Close the open session if the mark has passed its end, then end what is due."""
        if self.session is not None and self.session.end + self.job.gap < mark:
            self._close(self.session.end + self.job.gap, "gap")
        if self.absence:
            self.absence.resolve_before(mark)
        if self.purchases:
            self.purchases.resolve_before(mark)
        self._fire_before(mark)

    def end_of_input(self, final_time: int) -> None:
        """Close the open session at the end of input."""
        self.pass_time(final_time)
        self.ledger.pending.update(self.moments.pending)
        if self.session is not None:
            self._close(final_time, "end_of_input")
        if self.absence and self.absence.waiting:
            self.ledger.censored["churn"] += 1
        if self.purchases:
            self.ledger.censored["intent"] += len(self.purchases.waiting)

    @property
    def leaves_at(self) -> float:
        """The last moment of this life, unless an event comes by then."""
        if self.job.inactive is None or self.clock is None:
            return math.inf
        return self.clock + self.job.inactive

    def leave(self, time: int, cause: str) -> None:
        """End this life: what is due by then comes to pass, the rest never does."""
        self.pass_time(time)
        self.ledger.evicted[cause] += 1
        self.ledger.evicted["timers"] += len(self.moments.pending)
        if self.session is not None:
            self._close(time, "evicted")
        if self.absence and self.absence.waiting:
            self.ledger.unlearned["churn"] += 1
        if self.purchases:
            self.ledger.unlearned["intent"] += len(self.purchases.waiting)

    def _close(self, closed_at: int, reason: str) -> None:
        session, self.session = self.session, None
        if session is None:
            return
        record = session.record(self.subject, closed_at, reason)
        self.ledger.sessions.append((closed_at, self.key, record))
        if reason == "end_of_input":
            self.ledger.censored["intent"] += len(session.kept)
            return
        if reason == "evicted":
            self.ledger.unlearned["intent"] += len(session.kept)
            return
        if self.absence:
            self.absence.session_closed(closed_at, session.end, self.values)
        for sequence, values in session.kept.items():
            example = Example(closed_at, self.key, sequence, values, session.purchased)
            self.ledger.examples.append(example)
