"""Service: what a person has running: the cart, orders on their way, open cases.

In: the events of one person, in their order. Out: what is in the cart and since when it was left
alone, where each order is, and which cases are open. It refuses to know what follows from that.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeVar

from rtm_flows.audit.records import Record

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

ITEMS, ORDERS, CASES = 32, 16, 16
"""So many of each are remembered; the one longest untouched is forgotten."""
CART = ("add_to_cart", "remove_from_cart", "purchase")
_COMING = {"placed", "paid", "delayed"}
_SENT = {"shipped", "shipped_delayed"}


def put(things: dict[K, V], name: K, thing: V, most: int) -> None:
    """Put a thing in as the one touched last; of more than so many the first one goes.

    Examples
    --------
    >>> things = {"a": 1, "b": 2}
    >>> put(things, "a", 3, 2); put(things, "c", 4, 2); things
    {'a': 3, 'c': 4}
    """
    things.pop(name, None)
    things[name] = thing
    while len(things) > most:
        del things[next(iter(things))]


class Service:
    """What one person has running."""

    def __init__(self) -> None:
        self.cart: dict[str, int] = {}
        """Pieces by item, the one touched last behind; the item without a name is empty."""
        self.touched: int | None = None
        """When the cart was touched last."""
        self.orders: dict[str, tuple[str, int]] = {}
        """State of each order, and since when it is in it."""
        self.cases: dict[str, None] = {}

    def take(self, record: Record) -> None:
        """Take in an event."""
        if record.type in CART:
            self.touched = record.time
            self._lay(record)
        if record.type == "case_opened":
            put(self.cases, record.case, None, CASES)
        if record.type == "case_closed":
            self.cases.pop(record.case, None)
        if record.order:
            self._move(record)

    def after(self, record: Record) -> str | None:
        """Return the state that an event leads its order into; None if it does not suit."""
        before = self.orders.get(record.order, ("", 0))[0] if record.order else None
        return None if before is None else _next(before, record.type)

    def _lay(self, record: Record) -> None:
        if record.type == "purchase" and not record.item:
            self.cart.clear()
            return
        pieces = self.cart.get(record.item, 0)
        pieces += record.quantity if record.type == "add_to_cart" else -record.quantity
        if pieces > 0:
            put(self.cart, record.item, pieces, ITEMS)
        else:
            self.cart.pop(record.item, None)

    def _move(self, record: Record) -> None:
        state = self.after(record)
        if state is not None:
            before, since = self.orders.get(record.order, ("", 0))
            moved = (state, record.time if state != before else since)
            put(self.orders, record.order, moved, ORDERS)


def _next(before: str, event: str) -> str | None:
    """Return where an event leads an order; an order that nobody knows is in the empty state."""
    if event in ("order_refunded", "refund"):
        return "refunded" if before else None
    if event == "purchase":
        return None if before else "placed"
    if event == "order_completed":
        return "delayed" if before == "delayed" else "paid" if before in ("", "placed") else None
    on_the_way = before in _SENT
    if not on_the_way and before not in _COMING:
        return None
    moves = {
        "order_updated": before,
        "order_delayed": "shipped_delayed" if on_the_way else "delayed",
        "order_shipped": None if on_the_way else "shipped",
        "order_delivered": "delivered",
        "order_cancelled": None if on_the_way else "cancelled",
    }
    return moves.get(event)
