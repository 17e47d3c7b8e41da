"""Items: what a person looked at, put back, bought, and was shown in vain.

In: the events of one person, in their order, and what is in the cart before each. Out: of an item
what is known of it, and what was bought. It refuses to know what may be offered.
"""

from __future__ import annotations

import msgspec

from rtm_flows.audit.records import Record
from rtm_flows.audit.service import Service, put

MOST = 48
"""So many items, and so many lines of purchases, are remembered."""
_TOUCHING = ("view_item", "add_to_cart", "remove_from_cart", "purchase", "impression")

Line = tuple[str, str]
"""An item that was bought, and in which transaction; empty if none was told."""


class Thing(msgspec.Struct, gc=False):
    """What is known of an item."""

    viewed: int = 0
    """As the how many-th event; 0 if never."""
    removed: int | None = None
    """When it was put back, unless it was viewed or put in again."""
    shown: int = 0
    """How often since it was viewed, put in or bought."""


class Items:
    """The items of one person.

    Parameters
    ----------
    service
        The person's cart and orders; what an event does to them must not have been done yet.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._number = 0
        self.things: dict[str, Thing] = {}
        """By name, the one touched last behind."""
        self.bought: dict[Line, int] = {}
        """When each line was bought, the latest behind."""

    def take(self, record: Record) -> None:
        """Take in an event."""
        self._number += 1
        if record.type in _TOUCHING:
            cart = [name for name in self._service.cart if name]
            names = [record.item] if record.item else cart if record.type == "purchase" else []
            for name in names:
                self._touch(name, record)
        if self._service.after(record) in ("cancelled", "refunded"):
            for line in [line for line in self.bought if line[1] == record.order]:
                del self.bought[line]

    def _touch(self, name: str, record: Record) -> None:
        thing = self.things.get(name, Thing())
        match record.type:
            case "impression":
                thing.shown += 1
            case "view_item":
                thing.viewed, thing.removed, thing.shown = self._number, None, 0
            case "add_to_cart":
                thing.removed, thing.shown = None, 0
            case "remove_from_cart":
                if self._service.cart.get(name, 0) <= record.quantity:
                    thing.removed = record.time
            case "purchase":
                thing.shown = 0
                put(self.bought, (name, record.order), record.time, MOST)
        put(self.things, name, thing, MOST)
