"""Suppressions: section 6 of the page, one person after the other.

In: the accepted events of one person, one after the other. Out: what holds an offer back, and the
items that it tells. Of every item all that happened is remembered, and looked through anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from .job import Job
from .moment import Moment
from .records import Event
from .service import ORDER_TYPES, Cart, OpenCases, Recent, next_state
from .times import duration

DEFAULTS: Mapping[str, Any] = {
    "live_cart": "PT30M",
    "open_case": True,
    "order_delayed": True,
    "bought": "P30D",
    "removed": "P7D",
    "ignored": 3,
    "delivery": "P3D",
    "marketing": ["acquire", "grow", "nurture"],
}
SENT = ("shipped", "shipped_delayed")
LATE = ("delayed", "shipped_delayed")


@dataclass(frozen=True)
class Happened:
    """What happened to an item: the type of the event, or that it was taken out."""

    what: str
    t: int
    number: int


@dataclass(frozen=True)
class Line:
    """A purchase of one item."""

    item: str
    order: str | None
    t: int


class Shopping:
    """What one person has running."""

    def __init__(self) -> None:
        self.cart = Cart({"kind": "cart_items"})
        self.cases = OpenCases({})
        self.touched = 0
        self.items: Recent[list[Happened]] = Recent(48)
        self.lines: Recent[Line] = Recent(48)
        self.orders: Recent[tuple[str, int]] = Recent(16)
        self.event: Event | None = None

    def take(self, shown: Moment, number: int) -> None:
        """Take an event."""
        event, t = shown.event, shown.t
        item, order = event.text.get("item_id"), event.text.get("transaction_id")
        if event.type == "purchase":
            bought = self.in_cart if item is None else [item]
            for one in bought:
                self._happens(one, Happened("purchase", t, number))
                self.lines.put(repr((one, order)), Line(one, order, t))
        elif event.type in ("view_item", "add_to_cart", "remove_from_cart", "impression") and item:
            self._happens(item, Happened(event.type, t, number))
        if event.type in ("add_to_cart", "remove_from_cart", "purchase"):
            self.touched = t
        self.cart.take(shown)
        if event.type == "remove_from_cart" and item and item not in self.in_cart:
            self._happens(item, Happened("taken_out", t, number))
        self.cases.take(shown)
        if event.type in ORDER_TYPES and order is not None:
            self._move(order, event.type, t)
        self.event = event

    def passed(self) -> Shopping:
        """Return the same at a time at which no event happens."""
        other = deepcopy(self)
        other.event = None
        return other

    @property
    def in_cart(self) -> list[str]:
        """Items in the cart that have a name, the longest untouched first."""
        return [name for name, _ in self.cart.items.things if name is not None]

    def _happens(self, item: str, what: Happened) -> None:
        self.items.put(item, [*(self.items.pop(item) or []), what])

    def _move(self, order: str, kind: str, t: int) -> None:
        known = dict(self.orders.things).get(order)
        state = next_state(known and known[0], kind)
        if state is None:
            return
        self.orders.put(order, (state, t))
        if state in ("cancelled", "refunded"):
            for name, line in list(self.lines.things):
                if line.order == order:
                    self.lines.pop(name)

    def viewed(self) -> list[str]:
        """Return the items that were viewed, the latest first."""
        views = {
            max(one.number for one in own if one.what == "view_item"): name
            for name, own in self.items.things
            if name is not None and any(one.what == "view_item" for one in own)
        }
        return [views[number] for number in sorted(views, reverse=True)]

    def delivering(self, t: int, delivery: int) -> Iterator[str]:
        """Yield the items that come or came just now, the latest bought first."""
        states = dict(self.orders.things)
        for _, line in reversed(self.lines.things):
            state, since = states.get(line.order, ("", 0))
            if state in SENT or (state == "delivered" and t - since < delivery):
                yield line.item


@dataclass(frozen=True)
class Asked:
    """The rule of a job, asked of what a person has running at a time."""

    job: Job
    shopping: Shopping
    t: int

    def __getitem__(self, key: str) -> Any:
        return {**DEFAULTS, **(self.job.suppressions or {})}[key]

    def within(self, t: int, key: str) -> bool:
        """Tell whether something that happened at a time is not too long ago to count."""
        return bool(self[key]) and self.t - t < duration(self[key])

    def why_left_out(self, item: str, about: str) -> str | None:
        """Return why an item is not spoken of."""
        own = dict(self.shopping.items.things).get(item, [])
        if about != "event" and item in self.shopping.in_cart:
            return "in_cart"
        if any(
            one.item == item and self.within(one.t, "bought")
            for _, one in self.shopping.lines.things
        ):
            return "bought"
        back = _since(own, ("view_item", "add_to_cart"))
        if any(one.what == "taken_out" and self.within(one.t, "removed") for one in back):
            return "removed"
        back = _since(own, ("view_item", "add_to_cart", "purchase"))
        shown = [one for one in back if one.what == "impression"]
        return "ignored" if 0 < self["ignored"] <= len(shown) else None

    def looked_at(self, about: str) -> list[str]:
        """Return the items that an action looks at."""
        if about == "viewed":
            return self.shopping.viewed()
        if about == "event":
            event = self.shopping.event
            item = event and event.text.get("item_id")
            return [item] if item else []
        window = duration(self["delivery"]) if self["delivery"] else 0
        told: list[str] = []
        for item in self.shopping.delivering(self.t, window):
            told += [one for one in self.job.accessories.get(item, []) if one not in told]
        return told

    def items(self, about: str) -> tuple[list[str], str | None]:
        """Return the items that an action speaks of, or why there are none."""
        if about == "cart":
            named = self.shopping.in_cart[::-1][:4]
            return named, None if self.shopping.cart.items.things else "no_item"
        why = {item: self.why_left_out(item, about) for item in self.looked_at(about)}
        left = [item for item, reason in why.items() if reason is None][:4]
        return left, None if left else next(iter(why.values()), "no_item")


def _since(own: Sequence[Happened], what: Sequence[str]) -> list[Happened]:
    """Return what happened after the last of some happenings."""
    last = max((at for at, one in enumerate(own) if one.what in what), default=-1)
    return list(own[last + 1 :])


def items_of(job: Job, shopping: Shopping | None, t: int, offer: Mapping[str, Any]) -> list[str]:
    """Return the items that an offer tells."""
    about = offer.get("about", "")
    return Asked(job, shopping, t).items(about)[0] if shopping and about else []


def why_suppressed(
    job: Job, shopping: Shopping | None, t: int, offer: Mapping[str, Any]
) -> str | None:
    """Return the suppression that holds an offer back, if one does."""
    if shopping is None:
        return None
    asked, about = Asked(job, shopping, t), offer.get("about", "")
    markets = offer.get("issue", "grow") in asked["marketing"]
    accessory = about == "accessory"
    if asked["open_case"] and shopping.cases.cases.things and (markets or accessory):
        return "open_case"
    filled = bool(shopping.cart.items.things)
    if filled and markets and about != "cart" and asked.within(shopping.touched, "live_cart"):
        return "live_cart"
    late = any(state in LATE for _, (state, _) in shopping.orders.things)
    if accessory and asked["order_delayed"] and late:
        return "order_delayed"
    return asked.items(about)[1] if about else None
