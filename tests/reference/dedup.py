"""De-duplication and derived ids of one person: sections 1 and 3 of the page.

In: the events of one person in processing order. Out: the accepted event each is a copy of, and
the ids of events that came without one. It forgets nothing; the page says what counts.
"""

from __future__ import annotations

from dataclasses import replace

from .records import Event


class Dedup:
    """The accepted events of one person by (source, id); a window of 0 switches it off."""

    def __init__(self, window: int) -> None:
        self.window = window
        self.accepted: dict[tuple[str, str], list[Event]] = {}

    def original(self, event: Event) -> Event | None:
        """Return the accepted event of which this is a copy (the latest accepted), or None."""
        if self.window == 0 or event.derived:
            return None
        for earlier in reversed(self.accepted.get((event.source, event.id), [])):
            if abs(event.time - earlier.time) <= self.window:
                return earlier
        return None

    def accept(self, event: Event) -> None:
        """Remember an accepted event."""
        if not event.derived:
            self.accepted.setdefault((event.source, event.id), []).append(event)


def conflicting(copy: Event, original: Event) -> bool:
    """Say whether a copy disagrees with the event that was accepted."""
    return _said(copy) != _said(original)


def _said(event: Event) -> tuple[object, ...]:
    return (event.time, event.type, event.price, event.quantity, event.amount)


class DerivedIds:
    """Numbers the accepted events of one person that have the same digest, from 0.

    It begins anew where more than the window has passed since the one before.
    """

    def __init__(self, window: int) -> None:
        self.window = window
        self.seen: dict[str, tuple[int, int]] = {}

    def number(self, event: Event) -> Event:
        """Return the event with its final id."""
        if not event.derived:
            return event
        occurrence, latest = self.seen.get(event.id, (0, event.time))
        if event.time - latest > self.window:
            occurrence = 0
        self.seen[event.id] = occurrence + 1, event.time
        return replace(event, id=f"{event.id}-{occurrence}")
