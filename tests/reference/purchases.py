"""Purchases within a horizon: section 5 of the page, the rows of a person that wait for theirs.

In: the person's events with their features, and the mark. Out: what the fold hears of each row, as
examples of intent: that it came (part 0), that a purchase came (1), that it is over (2). Rows wait
in the order in which they came, so the first is the first to be due.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .fold import Example
from .job import Job


@dataclass
class Waiting:
    """A row that waits, the last moment of its horizon, and whether a purchase came by then."""

    number: int
    due: int
    values: Mapping[str, float]
    bought: bool = False


class Purchases:
    """Looks out for what one person buys after a row was seen."""

    def __init__(self, person: str, job: Job, horizon: int, examples: list[Example]) -> None:
        self.person, self.job, self.horizon, self.examples = person, job, horizon, examples
        self.waiting: list[Waiting] = []

    def take(
        self, event_type: str, clock: int, number: int, values: Mapping[str, float], *, chosen: bool
    ) -> None:
        """Note a purchase on the rows that wait; then let the event's own row wait, if it may."""
        self.resolve_before(clock)
        if event_type == "purchase":
            for one in self.waiting:
                if not one.bought and self.job.labels != "wait":
                    self._tell(one, 1, clock, label=True)
                one.bought = True
        if chosen and len(self.waiting) < self.job.rows_waiting:
            self.waiting.append(Waiting(number, clock + self.horizon, values))
            self._tell(self.waiting[-1], 0, clock, label=False)

    def resolve_before(self, time: float) -> None:
        """Learn from the rows whose horizon is over."""
        while self.waiting and self.waiting[0].due < time:
            one = self.waiting.pop(0)
            self._tell(one, 2, one.due, label=one.bought)

    def _tell(self, row: Waiting, part: int, time: int, *, label: bool) -> None:
        sequence = 3 * row.number + part
        self.examples.append(Example(time, self.person, sequence, row.values, label))
