"""What a person has running: cart, orders, cases. Section 4 of the page, one class a kind.

In: the accepted events of one person, one after the other. Out: the value of each feature. Each
remembers whole lists and counts them anew; only the limits of the page make it forget.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from .moment import Moment, in_units
from .records import Event
from .times import duration

T = TypeVar("T")
"""What is remembered under a name."""
OPEN = {"placed", "paid", "delayed", "shipped", "shipped_delayed"}
SENT = {"shipped", "shipped_delayed"}


class Recent(Generic[T]):
    """At most so many things by name; the one longest untouched goes first."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.things: list[tuple[str | None, T]] = []

    def pop(self, name: str | None) -> T | None:
        """Take out the thing of a name."""
        for place, (own, thing) in enumerate(self.things):
            if own == name:
                del self.things[place]
                return thing
        return None

    def put(self, name: str | None, thing: T) -> None:
        """Put in a thing, as the one touched last."""
        self.pop(name)
        self.things = [*self.things, (name, thing)][-self.most :]


class Cart:
    """What lies in the cart, by item: quantity, amount, or different items."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.kind = spec["kind"]
        self.items: Recent[tuple[int, int]] = Recent(32)

    def take(self, moment: Moment) -> float:
        """Add, take out, or empty."""
        event = moment.event
        item = event.text.get("item_id")
        if event.type == "add_to_cart":
            self._add(item, event)
        elif event.type == "purchase" and item is None:
            self.items.things.clear()
        elif event.type in ("remove_from_cart", "purchase"):
            self._take_out(item, event.quantity)
        contents = [content for _, content in self.items.things]
        if self.kind == "cart_items":
            return len(contents)
        if self.kind == "cart_quantity":
            return sum(quantity for quantity, _ in contents)
        return in_units("amount", sum(amount for _, amount in contents))

    def _add(self, item: str | None, event: Event) -> None:
        quantity, amount = self.items.pop(item) or (0, 0)
        if quantity + event.quantity > 0:
            content = quantity + event.quantity, max(amount + event.amount, 0)
            self.items.put(item, content)

    def _take_out(self, item: str | None, removed: int) -> None:
        quantity, amount = self.items.pop(item) or (0, 0)
        left = quantity - removed
        if left > 0:
            self.items.put(item, (left, amount * left // quantity))


def next_state(state: str | None, event_type: str) -> str | None:
    """Return where an event leads an order from a state; None if it does not suit."""
    refunded = event_type in ("order_refunded", "refund") and state is not None
    moves = {
        (state is None, "purchase"): "placed",
        (state in (None, "placed"), "order_completed"): "paid",
        (state == "delayed", "order_completed"): "delayed",
        (state in OPEN, "order_updated"): state,
        (state in OPEN - SENT, "order_delayed"): "delayed",
        (state in SENT, "order_delayed"): "shipped_delayed",
        (state in OPEN - SENT, "order_shipped"): "shipped",
        (state in OPEN, "order_delivered"): "delivered",
        (state in OPEN - SENT, "order_cancelled"): "cancelled",
    }
    return "refunded" if refunded else moves.get((True, event_type))


ORDER_TYPES = {
    "purchase", "refund", "order_updated", "order_completed", "order_cancelled", "order_refunded",
    "order_shipped", "order_delayed", "order_delivered",
}  # fmt: skip


class Orders:
    """The life of each order: how many are where, since when, and what did not suit."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.spec = spec
        self.orders: Recent[str] = Recent(16)
        self.faults = 0
        self.latest: int | None = None

    def take(self, moment: Moment) -> float:
        """Read what is since an earlier event, move the order, read what is now."""
        since = self._since(moment.t)
        number = moment.event.text.get("transaction_id")
        if moment.event.type in ORDER_TYPES and number is not None:
            self._move(number, moment)
        match self.spec["kind"]:
            case "order_state_seconds":
                return since
            case "order_faults":
                return self.faults
        return sum(state in self.spec["states"] for _, state in self.orders.things)

    def _since(self, t: int) -> float:
        never = duration(self.spec.get("never", "P365D")) / 1000
        return never if self.latest is None else min((t - self.latest) / 1000, never)

    def _move(self, number: str, moment: Moment) -> None:
        state = dict(self.orders.things).get(number)
        after = next_state(state, moment.event.type)
        if after is None:
            self.faults += 1
            return
        self.orders.put(number, after)
        if after in self.spec.get("states", ()):
            self.latest = moment.t


class OpenCases:
    """Cases that were opened, and not closed since."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.cases: Recent[bool] = Recent(16)

    def take(self, moment: Moment) -> float:
        """Open or close the case."""
        case = moment.event.text.get("case_id")
        if moment.event.type == "case_opened":
            self.cases.put(case, True)
        elif moment.event.type == "case_closed":
            self.cases.pop(case)
        return len(self.cases.things)


KINDS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "cart_quantity": Cart,
    "cart_value": Cart,
    "cart_items": Cart,
    "orders_in_state": Orders,
    "order_state_seconds": Orders,
    "order_faults": Orders,
    "open_cases": OpenCases,
}
"""Kind -> what remembers it."""
