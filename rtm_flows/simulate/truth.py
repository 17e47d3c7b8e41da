"""What is true of the records written, counted while they are made.

In: event rows and record rows. Out: a `Truth`. Counts what was meant, never what a reader made
of it.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table
from rtm_flows.simulate.behaviour import PURCHASE
from rtm_flows.simulate.disorder import COPY, FAILED
from rtm_flows.simulate.walk import ANONYMOUS_ONLY

LATENESS_MS = 60_000
"""The lateness at which `Truth.late` is counted."""


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """Exact counts of a simulated shop.

    Every record is one of: an event's first telling, a copy, or broken:
    `records = events + duplicates + sum(broken.values())`.

    Attributes
    ----------
    records
        Lines written.
    events
        Distinct events.
    duplicates
        Further copies of events.
    stragglers
        Records (events and copies) delayed by 5 to 60 minutes: candidates to be late.
    late, late_events
        Records, and among them first tellings, that are late to a reader of the lines in one
        partition with a lateness of one minute. Fewer than the stragglers, since nothing is late
        when traffic pauses or ends.
    broken
        Damaged records by the reason for which they must be refused.
    people
        Distinct person keys (user id, else anonymous id). Somebody who comes with and without
        login counts twice.
    visits, sessions
        Distinct session ids, and the sessions of the person keys with a gap of 30 minutes and
        nothing late: a login in the middle of a visit begins a second session.
    purchases
        Distinct purchases.
    left
        People who have left for good by the end, though no line says so.
    """

    records: int
    events: int
    duplicates: int
    stragglers: int
    late: int
    late_events: int
    broken: dict[str, int]
    people: int
    visits: int
    sessions: int
    purchases: int
    left: int

    @property
    def accepted(self) -> int:
        """Events that a job with a lateness of a minute and one partition accepts."""
        return self.events - self.late_events


class Tally:
    """Counts as the simulation goes; `truth` returns the result."""

    def __init__(self, people: int) -> None:
        self.records = self.visits = 0
        self._events = self._purchases = self._split = 0
        self._duplicates = self._stragglers = self._late = self._late_events = 0
        self._broken: dict[str, int] = {}
        self._seen = np.zeros((2, people), dtype=bool)
        self._top = np.iinfo(np.int64).min

    def count_events(self, events: Table, visits: int) -> None:
        """Count the events of some visits."""
        self.visits += visits
        self._events += len(events)
        self._purchases += int((events["type"] == PURCHASE).sum())
        unknown = events["ids"] == ANONYMOUS_ONLY
        person = events["person"]
        self._make_room(int(person.max()))
        self._seen[unknown.astype(np.int8), person] = True
        known_visits = np.unique(events["number"][~unknown])
        self._split += int(np.isin(known_visits, events["number"][unknown]).sum())

    def _make_room(self, person: int) -> None:
        room = self._seen.shape[1]
        if person >= room:
            more = np.zeros((2, max(person + 1 - room, room // 2)), dtype=bool)
            self._seen = np.concatenate([self._seen, more], axis=1)

    def count_records(self, records: Table, broken: dict[str, int]) -> None:
        """Count records in the order of arrival, with the broken ones by reason."""
        self.records += len(records)
        for reason, count in broken.items():
            self._broken[reason] = self._broken.get(reason, 0) + count
        valid = records.take(records["telling"] != FAILED)
        copy = valid["telling"] == COPY
        self._duplicates += int(copy.sum())
        self._stragglers += int(valid["delayed"].sum())
        late = self._late_among(valid)
        self._late += int(late.sum())
        self._late_events += int((late & ~copy).sum())

    def _late_among(self, valid: Table) -> NDArray[np.bool_]:
        # Judged against the top before each record. A late record never raises the top.
        tops = np.maximum.accumulate(np.append(self._top, valid["time"]))
        self._top = int(tops[-1])
        # By addition: the lateness cannot be taken from the top before the first record.
        late: NDArray[np.bool_] = valid["time"] + LATENESS_MS < tops[:-1]
        return late

    def truth(self, left: int) -> Truth:
        """Return the counts so far, and how many people left."""
        return Truth(
            records=self.records,
            events=self._events,
            duplicates=self._duplicates,
            stragglers=self._stragglers,
            late=self._late,
            late_events=self._late_events,
            broken=dict(sorted(self._broken.items())),
            people=int(self._seen.sum()),
            visits=self.visits,
            sessions=self.visits + self._split,
            purchases=self._purchases,
            left=left,
        )
