"""Sessions: section 3 of the page.

In: the accepted events of one session. Out: its record. When a session ends is decided by
`people`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from .records import Event
from .times import rfc3339

ENGAGED_AFTER = 10_000
COUNTED = {
    "views": "view_item",
    "searches": "search",
    "cart_adds": "add_to_cart",
    "cart_removes": "remove_from_cart",
    "checkouts": "begin_checkout",
    "purchases": "purchase",
}


class Session:
    """One open session of one person."""

    def __init__(self, number: int, start: int) -> None:
        self.number = number
        self.start = start
        self.end = start
        self.types: Counter[str] = Counter()
        self.value = 0
        self.kept: dict[int, Mapping[str, float]] = {}

    @property
    def purchased(self) -> bool:
        """Whether a purchase was seen."""
        return self.types["purchase"] > 0

    @property
    def engaged(self) -> bool:
        """Longer than 10 s, or at least two views of a page or item, or a purchase."""
        views = self.types["page_view"] + self.types["view_item"]
        return self.end - self.start > ENGAGED_AFTER or views >= 2 or self.purchased

    def take(self, event: Event, clock: int) -> None:
        """Count one accepted event."""
        self.end = clock
        self.types[event.type] += 1
        if event.type == "purchase":
            self.value += event.amount

    def record(self, subject: dict[str, str], closed_at: int, reason: str) -> dict[str, Any]:
        """Return the record that is written when the session closes."""
        return {
            **subject,
            "session": self.number,
            "start": rfc3339(self.start),
            "end": rfc3339(self.end),
            "closed_at": rfc3339(closed_at),
            "reason": reason,
            "events": self.types.total(),
            **{name: self.types[event_type] for name, event_type in COUNTED.items()},
            "value": self.value / 100,
            "engaged": self.engaged,
        }
