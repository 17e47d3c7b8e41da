"""Feature definitions: what a feature counts, over which events and over which stretch of time.

In: tables `[[features]]` of the configuration. Out: frozen records, one class a kind. Nothing
here computes: `rtm_flows.features.compute` does. The meaning of each kind is section 4 of
docs/semantics.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rtm_flows.features import order_kinds
from rtm_flows.features.definition import Definition as _Definition
from rtm_flows.times import parse_duration

Field = Literal["price", "quantity", "amount"]


class SessionCount(_Definition, frozen=True, kw_only=True, tag="session_count"):
    """Events of some types in the session so far, this one included."""

    types: tuple[str, ...]


class SessionSum(_Definition, frozen=True, kw_only=True, tag="session_sum"):
    """Sum of a field over some types, less others, in the session so far."""

    field: Field
    add: tuple[str, ...]
    subtract: tuple[str, ...] = ()


class SessionSeconds(_Definition, frozen=True, kw_only=True, tag="session_seconds"):
    """Seconds since the session's first event."""


class GapSeconds(_Definition, frozen=True, kw_only=True, tag="gap_seconds"):
    """Seconds since the previous event of the session; 0 at its first."""


class _Window(_Definition, frozen=True, kw_only=True):
    width: str
    step: str

    def __post_init__(self) -> None:
        """Refuse a width that is not a whole number of steps."""
        if self.step_ms <= 0 or self.width_ms <= 0 or self.width_ms % self.step_ms:
            msg = f"`width` must be a multiple of `step`; got {self.width} and {self.step}"
            raise ValueError(msg)

    @property
    def width_ms(self) -> int:
        """Width in milliseconds."""
        return parse_duration(self.width)

    @property
    def step_ms(self) -> int:
        """Step in milliseconds."""
        return parse_duration(self.step)


class WindowCount(_Window, frozen=True, kw_only=True, tag="window_count"):
    """Events of some types in the last `width`, by whole cells of `step`."""

    types: tuple[str, ...]


class WindowSum(_Window, frozen=True, kw_only=True, tag="window_sum"):
    """Sum of a field over some types, less others, in the last `width`."""

    field: Field
    add: tuple[str, ...]
    subtract: tuple[str, ...] = ()


class WindowCells(_Window, frozen=True, kw_only=True, tag="window_cells"):
    """Cells of the last `width` with an event of some types: active days, where a step is a day."""

    types: tuple[str, ...]


class DecayedCount(_Definition, frozen=True, kw_only=True, tag="decayed_count"):
    """Events of some types, each counting half after every `half_life`."""

    types: tuple[str, ...]
    half_life: str

    def __post_init__(self) -> None:
        """Refuse a half-life that is not positive."""
        if self.half_life_ms <= 0:
            msg = f"`half_life` must be positive; got {self.half_life}"
            raise ValueError(msg)

    @property
    def half_life_ms(self) -> int:
        """Half-life in milliseconds."""
        return parse_duration(self.half_life)


class SinceSeconds(_Definition, frozen=True, kw_only=True, tag="since_seconds"):
    """Seconds since the latest earlier event of some types, at most `never`."""

    types: tuple[str, ...]
    never: str = "P365D"

    def __post_init__(self) -> None:
        """Refuse a `never` that is not positive."""
        if self.never_seconds <= 0:
            msg = f"`never` must be positive; got {self.never}"
            raise ValueError(msg)

    @property
    def never_seconds(self) -> float:
        """The most to answer, in seconds."""
        return parse_duration(self.never) / 1000.0


class CartQuantity(_Definition, frozen=True, kw_only=True, tag="cart_quantity"):
    """Items in the cart."""


class CartValue(_Definition, frozen=True, kw_only=True, tag="cart_value"):
    """Money in the cart, in currency units."""


class Property(_Definition, frozen=True, kw_only=True, tag="property"):
    """A number of the event itself; money in currency units."""

    field: Field


class Indicator(_Definition, frozen=True, kw_only=True, tag="indicator"):
    """1 when a text field of the event (or its type) is one of `values`, else 0."""

    field: str
    values: tuple[str, ...]


Feature = (
    SessionCount
    | SessionSum
    | SessionSeconds
    | GapSeconds
    | WindowCount
    | WindowSum
    | WindowCells
    | DecayedCount
    | SinceSeconds
    | CartQuantity
    | CartValue
    | Property
    | Indicator
    | order_kinds.OrderCount
    | order_kinds.OccasionCount
    | order_kinds.OrderValue
    | order_kinds.FirstOrderSeconds
    | order_kinds.LastOrderSeconds
    | order_kinds.PAlive
    | order_kinds.ExpectedPurchases
    | order_kinds.ExpectedSpend
)

_VIEW = ("view_item",)
_ADD = ("add_to_cart",)
_BUY = ("purchase",)
_CHECKOUT = ("begin_checkout", "add_shipping_info", "add_payment_info")
_ALL = ("*",)

DEFAULT: tuple[Feature, ...] = (
    SessionCount(name="session_events", types=_ALL, scale="log1p"),
    SessionCount(name="session_views", types=_VIEW, scale="log1p"),
    SessionCount(name="session_searches", types=("search",)),
    SessionCount(name="session_adds", types=_ADD),
    SessionCount(name="session_removes", types=("remove_from_cart",)),
    SessionCount(name="session_checkouts", types=_CHECKOUT),
    SessionCount(name="session_purchases", types=_BUY),
    SessionSeconds(name="session_seconds", scale="log1p"),
    GapSeconds(name="gap_seconds", scale="log1p"),
    CartQuantity(name="cart_quantity"),
    CartValue(name="cart_value", scale="log1p"),
    WindowCount(name="events_1h", types=_ALL, width="PT1H", step="PT5M", scale="log1p"),
    WindowCount(name="views_1h", types=_VIEW, width="PT1H", step="PT5M", scale="log1p"),
    WindowCount(name="adds_1h", types=_ADD, width="PT1H", step="PT5M"),
    WindowCount(name="events_24h", types=_ALL, width="P1D", step="PT1H", scale="log1p"),
    WindowCount(name="adds_24h", types=_ADD, width="P1D", step="PT1H"),
    WindowCount(name="purchases_24h", types=_BUY, width="P1D", step="PT1H"),
    DecayedCount(name="views_decayed", types=_VIEW, half_life="P7D", scale="log1p"),
    DecayedCount(name="adds_decayed", types=_ADD, half_life="P7D", scale="log1p"),
    DecayedCount(name="purchases_decayed", types=_BUY, half_life="P30D", scale="log1p"),
    SinceSeconds(name="since_view", types=_VIEW, scale="log1p"),
    SinceSeconds(name="since_add", types=_ADD, scale="log1p"),
    SinceSeconds(name="since_purchase", types=_BUY, scale="log1p"),
    Property(name="price", field="price", scale="log1p"),
    Indicator(name="is_mobile", field="device", values=("mobile", "tablet")),
    Indicator(name="is_checkout", field="type", values=_CHECKOUT),
)
"""The features of a job that declares none."""


def text_fields(features: Sequence[Feature]) -> tuple[str, ...]:
    """Return the text fields of events that the features look at, in order.

    Examples
    --------
    >>> text_fields(DEFAULT)
    ('device',)
    """
    fields = [f.field for f in features if isinstance(f, Indicator) and f.field != "type"]
    once = any(isinstance(f, order_kinds.OrderKind) and f.counted.once for f in features)
    return tuple(dict.fromkeys([*fields, *(["transaction_id"] if once else [])]))
