"""One person: section 3 of the page, in the order in which one event is folded in.

In: the person's events in processing order, the mark, and the end of input. Out, on a `Ledger`:
rows, closed sessions, examples and counts. A person never knows of another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class Row:
    """One accepted event: its final id, the clock, its number and its features.

    `values` are the features as people see them, `seen` as the model does.
    """

    event: Event
    clock: int
    number: int
    values: Mapping[str, float]
    seen: Mapping[str, float]


@dataclass
class Ledger:
    """What all people have given so far."""

    counts: Counter[str] = field(default_factory=Counter)
    censored: Counter[str] = field(default_factory=Counter)
    rows: list[Row] = field(default_factory=list)
    sessions: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)


class Person:
    """All that is known of one person."""

    def __init__(self, key: str, job: Job, ledger: Ledger) -> None:
        self.key, self.job, self.ledger = key, job, ledger
        self.dedup = Dedup(job.dedup_window)
        self.derived_ids = DerivedIds()
        self.features = FeatureRow(job.features)
        self.subject: dict[str, str] = {}
        self.clock: int | None = None
        self.events = 0
        self.sessions = 0
        self.session: Session | None = None
        self.values: Mapping[str, float] = {}
        self.absence = job.churn and Absence(key, job.churn, ledger.examples)
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
        self.events += 1
        self.subject = event.subject
        last = self.clock
        t = event.time if last is None else max(event.time, last)
        if self.session is not None and last is not None and t - last > self.job.gap:
            self._close(last + self.job.gap, "gap")
        opens = self.session is None
        session = self.session or self._open(t)
        self.clock = t
        session.take(event, t)
        if self.absence:
            self.absence.take(event.type, t)
        values = self.features.take(
            Moment(event, t, opens, session.start, t if last is None else last)
        )
        self.values = values
        chosen = drawn(self.key, self.events, session.types.total(), self.job.rows_per_session)
        if self.purchases:
            self.purchases.take(event.type, t, self.events, values, chosen=chosen)
        elif chosen and not session.purchased:
            session.kept[self.events] = values
        seen = as_model_sees(values, self.job.features)
        self.ledger.rows.append(Row(event, t, self.events, values, seen))

    def _open(self, start: int) -> Session:
        self.sessions += 1
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

    def end_of_input(self, final_time: int) -> None:
        """Close the open session at the end of input."""
        self.pass_time(final_time)
        if self.session is not None:
            self._close(final_time, "end_of_input")
        if self.absence and self.absence.waiting:
            self.ledger.censored["churn"] += 1
        if self.purchases:
            self.ledger.censored["intent"] += len(self.purchases.waiting)

    def _close(self, closed_at: int, reason: str) -> None:
        session, self.session = self.session, None
        if session is None:
            return
        record = session.record(self.subject, closed_at, reason)
        self.ledger.sessions.append((closed_at, self.key, record))
        if reason == "end_of_input":
            self.ledger.censored["intent"] += len(session.kept)
            return
        if self.absence:
            self.absence.session_closed(closed_at, session.end, self.values)
        for sequence, values in session.kept.items():
            example = Example(closed_at, self.key, sequence, values, session.purchased)
            self.ledger.examples.append(example)
