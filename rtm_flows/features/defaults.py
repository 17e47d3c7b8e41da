"""The features of a job that declares none.

In: nothing. Out: definitions. It refuses to know how they are computed.
"""

from __future__ import annotations

from rtm_flows.features.definitions import (
    DecayedCount,
    Feature,
    GapSeconds,
    Indicator,
    Property,
    SessionCount,
    SessionSeconds,
    SinceSeconds,
    WindowCount,
)
from rtm_flows.features.service_kinds import CartQuantity, CartValue

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
