"""Order and marks: section 2 of the page.

In: valid events in arrival order. Out: which are late, how far each partition has come, and in
which order events are processed. It knows nothing of people's state.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from .records import Event


class Partition:
    """One partition: its top and its mark.

    Parameters
    ----------
    lateness
        Allowed lateness in milliseconds; 0 for sorted input, where the mark is the top.
    rounds
        After so many rounds it has ended.
    """

    def __init__(self, lateness: int, rounds: int) -> None:
        self.lateness = lateness
        self.rounds = rounds
        self.top: int | None = None

    @property
    def mark(self) -> float:
        """What lies before this is late; minus infinity before the first record."""
        return -math.inf if self.top is None else self.top - self.lateness

    def admit(self, event: Event) -> bool:
        """Take the next record; return False if it is late."""
        if event.time < self.mark:
            return False
        self.top = event.time if self.top is None else max(self.top, event.time)
        return True

    def holds_back(self, rounds_done: int) -> bool:
        """Say whether more may come from this partition."""
        return rounds_done < self.rounds


def watermark(partitions: Iterable[Partition]) -> float:
    """Return the least mark of these partitions."""
    return min((partition.mark for partition in partitions), default=math.inf)


Place = tuple[int, str, str, str, int, int, int, list[tuple[bool, str]]]


def canonical_place(event: Event, text_fields: Sequence[str]) -> Place:
    """Return what events are ordered by: (time, source, id), and what settles equal ones.

    `text_fields` are those that the job's features use, by name; a missing one comes first.
    """
    texts = [(field in event.text, event.text.get(field, "")) for field in text_fields]
    numbers = (event.price, event.quantity, event.amount)
    return (event.time, event.source, event.id, event.type, *numbers, texts)


class Held:
    """Event order: events wait until the mark has passed them, then leave in canonical place."""

    def __init__(self, text_fields: Sequence[str]) -> None:
        self.text_fields = text_fields
        self.events: list[Event] = []

    def add(self, events: Iterable[Event]) -> None:
        """Hold these events."""
        self.events.extend(events)

    def release(self, mark: float) -> list[Event]:
        """Return the events before the mark, in order; no event before it can still come."""
        ready = [event for event in self.events if event.time < mark]
        self.events = [event for event in self.events if event.time >= mark]
        return sorted(ready, key=lambda event: canonical_place(event, self.text_fields))


def log_order(round_of_events: Iterable[Event]) -> list[Event]:
    """Return the events of one round in (time, partition, offset).

    They must come in (partition, offset), which the stable sort keeps.
    """
    return sorted(round_of_events, key=lambda event: event.time)
