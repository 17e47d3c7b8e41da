"""Churn: section 5 of the page, the row of a person that waits for its horizon.

In: the ends of the person's sessions, the person's events, and the mark. Out: examples. There is
never more than one row that waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .fold import Example
from .job import Churn, matches


@dataclass
class Waiting:
    """The last row of a session, and whether an event that is looked for came within its horizon.

    `due` is the last moment of the horizon.
    """

    clock: int
    due: int
    values: Mapping[str, float]
    noted: bool = False


class Absence:
    """Looks out for one person after sessions have ended."""

    def __init__(self, person: str, rule: Churn, examples: list[Example]) -> None:
        self.person, self.rule, self.examples = person, rule, examples
        self.waiting: Waiting | None = None

    def session_closed(self, closed_at: int, clock: int, values: Mapping[str, float]) -> None:
        """Let the last row of a session wait, unless another one still does."""
        self.resolve_before(closed_at)
        if self.waiting is None:
            self.waiting = Waiting(clock, clock + self.rule.horizon, values)

    def take(self, event_type: str, clock: int) -> None:
        """Note an event, if it is one that is looked for."""
        waiting = self.waiting
        if waiting is not None and waiting.clock < clock <= waiting.due:
            waiting.noted = waiting.noted or matches(self.rule.types, event_type)

    def resolve_before(self, time: float) -> None:
        """Learn from the row that waits if its horizon is over."""
        waiting = self.waiting
        if waiting is None or waiting.due >= time:
            return
        left = waiting.noted if self.rule.contract else not waiting.noted
        self.examples.append(Example(waiting.due, self.person, 0, waiting.values, left, "churn"))
        self.waiting = None
