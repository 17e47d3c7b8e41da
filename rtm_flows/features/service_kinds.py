"""Feature definitions over what a person has running: cart, orders, service cases.

In: tables `[[features]]` of the configuration. Out: frozen records, one class a kind. Nothing
here computes. The meaning of each kind is section 4 of docs/semantics.md.
"""

from __future__ import annotations

from rtm_flows.features.definition import Definition, check_span
from rtm_flows.people.order_moves import OrderState
from rtm_flows.times import parse_duration


class CartQuantity(Definition, frozen=True, kw_only=True, tag="cart_quantity"):
    """Pieces in the cart."""


class CartValue(Definition, frozen=True, kw_only=True, tag="cart_value"):
    """Money in the cart, in currency units."""


class CartItems(Definition, frozen=True, kw_only=True, tag="cart_items"):
    """Different items in the cart."""


class OrdersInState(Definition, frozen=True, kw_only=True, tag="orders_in_state"):
    """Orders of the person that are in one of some states.

    Attributes
    ----------
    states
        States of an order that count.
    """

    states: tuple[OrderState, ...]


class OrderStateSeconds(Definition, frozen=True, kw_only=True, tag="order_state_seconds"):
    """Seconds since an earlier event brought an order into one of some states, or left it there.

    Attributes
    ----------
    states
        States of an order that count.
    never
        ISO 8601 duration: the most that is answered, also where there was none.
    """

    states: tuple[OrderState, ...]
    never: str = "P365D"

    def __post_init__(self) -> None:
        """Refuse a `never` that is not positive."""
        check_span("never", self.never)

    @property
    def never_seconds(self) -> float:
        """The most to answer, in seconds."""
        return parse_duration(self.never) / 1000.0


class OrderFaults(Definition, frozen=True, kw_only=True, tag="order_faults"):
    """Order events so far that did not suit the state of their order, and were not applied."""


class OpenCases(Definition, frozen=True, kw_only=True, tag="open_cases"):
    """Service cases that are open."""
