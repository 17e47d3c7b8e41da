"""Shopping: what one person has in the cart, looked at, bought, was shown, and waits for.

In: the person's events, one after the other, with the names of items, orders and cases. Out: which
items may be spoken of, and why others are left out. It refuses to know for which action; the
meaning is section 6 of docs/semantics.md, Suppressions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Final, NamedTuple

import msgspec

from rtm_flows.people.cart import Pieces, put_in, take_out
from rtm_flows.people.cases import tell
from rtm_flows.people.order_moves import MOVES, STATES
from rtm_flows.people.orders import move

LEFT_OUT: Final = ("in_cart", "bought", "removed", "ignored", "no_item")
"""Why an item is left out, the first reason that holds first; and that there is none at all."""

ITEMS = 48
"""Items remembered of a person, and purchases; beyond, the one longest untouched is forgotten."""
OFFERED = 4
"""Items told of one action."""

NOTHING = ""
"""The name of an item, order or case that has none: no event names one so."""

TOUCHING: Final = ("view_item", "add_to_cart", "remove_from_cart", "purchase", "impression")
"""Types of events that touch items."""

CARTING: Final = TOUCHING[1:4]
"""Types of events that touch the cart."""

CASES: Final = ("case_opened", "case_closed")

_IN_CART, _BOUGHT, _REMOVED, _IGNORED, _NO_ITEM = range(len(LEFT_OUT))
_NEVER = -1
_DELAYED = [STATES.index(state) for state in ("delayed", "shipped_delayed")]
_SENT = [STATES.index(state) for state in ("shipped", "shipped_delayed")]
_UNDONE = [STATES.index(state) for state in ("cancelled", "refunded")]
_DELIVERED = STATES.index("delivered")


class Rule(NamedTuple):
    """What counts; spans in milliseconds, 0 where the rule is turned off."""

    live_ms: int
    open_case: bool
    order_delayed: bool
    bought_ms: int
    removed_ms: int
    ignored: int
    delivery_ms: int
    abouts: tuple[str, ...]
    """What actions of the job are about: `cart`, `viewed`, `event`, `accessory`."""
    accessories: Mapping[str, tuple[str, ...]]
    """By item what goes with it, best first."""


class Told(NamedTuple):
    """What an event tells of shopping."""

    kind: str
    item: str
    order: str
    case: str
    pieces: int
    clock: int
    number: int
    """The person's running number of the event."""


class Item(msgspec.Struct, array_like=True, gc=False):
    """What is known of an item."""

    viewed: int = 0
    """Number of the event by which it was last viewed; 0 if it never was."""
    removed: int = _NEVER
    """When it was taken out of the cart, unless it was viewed or put in again."""
    shown: int = 0
    """How often, since it was last viewed, put in or purchased."""


class Line(msgspec.Struct, array_like=True, gc=False):
    """A purchase of one item."""

    item: str
    order: str
    clock: int


class Offered(NamedTuple):
    """The items that an action may speak of, or why there are none (a place in `LEFT_OUT`)."""

    items: tuple[str, ...]
    left: int


class Shopping(msgspec.Struct, array_like=True):
    """The shopping of one person; what was touched last stands last everywhere."""

    cart: dict[str, Pieces] = {}
    items: dict[str, Item] = {}
    lines: list[Line] = []
    orders: dict[str, int] = {}
    """By transaction id the place of its state in `STATES`."""
    delivered: dict[str, int] = {}
    """When delivered orders became so."""
    cases: dict[str, int] = {}
    touched: int = _NEVER
    """When something was put into the cart, taken out or purchased."""

    @property
    def running(self) -> tuple[int, int, int]:
        """When the cart was touched (-1 if nothing is in it), open cases, orders that are delayed.

        Examples
        --------
        >>> ann = Shopping()
        >>> ann.take(Told("add_to_cart", "shoes", "", "", 1, 7_000, 1), remembers=True)
        >>> ann.running
        (7000, 0, 0)
        """
        delayed = sum(state in _DELAYED for state in self.orders.values())
        return (self.touched if self.cart else _NEVER), len(self.cases), delayed

    def take(self, told: Told, *, remembers: bool) -> None:
        """Take an event in; `remembers` tells whether items and purchases are asked for."""
        if remembers:
            self._note(told)
        if told.kind in CARTING:
            self._touch_cart(told)
        if remembers and told.kind == "remove_from_cart" and told.item != NOTHING:
            item = self.items[told.item]
            item.removed = item.removed if told.item in self.cart else told.clock
        if told.kind in CASES:
            tell(self.cases, told.case, opens=told.kind == "case_opened")
        elif told.kind in MOVES and told.order != NOTHING:
            self._move(told)

    def offered(self, rule: Rule, clock: int, item: str = NOTHING) -> list[Offered]:
        """Return the items of actions at a clock, one for each of `rule.abouts`.

        Parameters
        ----------
        item
            That of the event, if it has one.
        """
        bought = {one.item for one in self.lines if clock - one.clock < rule.bought_ms}
        return [
            self._of_cart() if about == "cart" else self._of(about, rule, clock, item, bought)
            for about in rule.abouts
        ]

    def _of_cart(self) -> Offered:
        named = [one for one in reversed(self.cart) if one != NOTHING]
        return Offered(tuple(named[:OFFERED]), _NEVER if self.cart else _NO_ITEM)

    def _of(self, about: str, rule: Rule, clock: int, item: str, bought: set[str]) -> Offered:
        found: list[str] = []
        first = _NO_ITEM
        for one in self._looked_at(about, rule, clock, item):
            why = self._why_not(one, about, rule, clock, bought)
            if why is None:
                found.append(one)
                if len(found) == OFFERED:
                    break
            elif first == _NO_ITEM:
                first = why
        return Offered(tuple(found), _NEVER if found else first)

    def _touch_cart(self, told: Told) -> None:
        self.touched = told.clock
        if told.kind == "add_to_cart":
            put_in(self.cart, told.item, told.pieces, 0)
        elif told.kind == "purchase" and told.item == NOTHING:
            self.cart.clear()
        else:
            take_out(self.cart, told.item, told.pieces)

    def _note(self, told: Told) -> None:
        """Note what an event tells of items, as they are before it."""
        if told.kind == "purchase" and told.item == NOTHING:
            names = [one for one in self.cart if one != NOTHING]
        else:
            names = [told.item] if told.item != NOTHING else []
        for name in names if told.kind in TOUCHING else ():
            item = self._touched(name)
            match told.kind:
                case "view_item":
                    item.viewed, item.removed, item.shown = told.number, _NEVER, 0
                case "add_to_cart":
                    item.removed, item.shown = _NEVER, 0
                case "impression":
                    item.shown += 1
                case "purchase":
                    item.shown = 0
                    self._bought_now(Line(name, told.order, told.clock))

    def _touched(self, name: str) -> Item:
        item = self.items.pop(name, None) or Item()
        if len(self.items) == ITEMS:
            del self.items[next(iter(self.items))]
        self.items[name] = item
        return item

    def _bought_now(self, line: Line) -> None:
        same = (line.item, line.order)
        kept = [one for one in self.lines if (one.item, one.order) != same]
        self.lines = [*kept, line][-ITEMS:]

    def _move(self, told: Told) -> None:
        state = move(self.orders, [0] * len(STATES), told.order, told.kind)
        if state in _UNDONE:
            self.lines = [one for one in self.lines if one.order != told.order]
        if state == _DELIVERED:
            self.delivered[told.order] = told.clock
        # What was forgotten, or moved on from delivered, is not delivered any more.
        self.delivered = {
            order: clock
            for order, clock in self.delivered.items()
            if self.orders.get(order) == _DELIVERED
        }

    def _looked_at(self, about: str, rule: Rule, clock: int, item: str) -> Iterable[str]:
        """Return the items that an action looks at, in order."""
        if about == "event":
            return [item] if item != NOTHING else []
        if about == "viewed":
            seen = [(one.viewed, name) for name, one in self.items.items() if one.viewed]
            return [name for _, name in sorted(seen, reverse=True)]
        own = (rule.accessories.get(one, ()) for one in self._awaited(rule, clock))
        return dict.fromkeys(chain.from_iterable(own))

    def _awaited(self, rule: Rule, clock: int) -> Iterator[str]:
        """Yield the items of orders in the delivery window, the latest purchase first."""
        coming = {order for order, state in self.orders.items() if state in _SENT}
        coming |= {
            order for order, since in self.delivered.items() if clock - since < rule.delivery_ms
        }
        for line in reversed(self.lines) if coming else ():
            if line.order in coming:
                yield line.item

    def _why_not(
        self, name: str, about: str, rule: Rule, clock: int, bought: set[str]
    ) -> int | None:
        """Return why an item is left out, if it is."""
        if about != "event" and name in self.cart:
            return _IN_CART
        if name in bought:
            return _BOUGHT
        item = self.items.get(name)
        if item is None:
            return None
        if item.removed != _NEVER and clock - item.removed < rule.removed_ms:
            return _REMOVED
        return _IGNORED if 0 < rule.ignored <= item.shown else None
