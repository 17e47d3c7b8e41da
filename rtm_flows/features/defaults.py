"""The features of a job that declares none.

In: nothing. Out: definitions. It refuses to know how they are computed.
"""

from __future__ import annotations

from rtm_flows.features.definitions import (
    DecayedCount,
    DecayedSum,
    Feature,
    GapSeconds,
    Indicator,
    Property,
    SessionCount,
    SessionSeconds,
    SessionSum,
    SinceSeconds,
    WindowCount,
)
from rtm_flows.features.history_kinds import (
    Affinity,
    AwaySeconds,
    DaysActive,
    Habit,
    LifetimeCount,
    LifetimeSum,
    Rate,
    Share,
)
from rtm_flows.features.service_kinds import (
    CartItems,
    CartQuantity,
    CartValue,
    OpenCases,
    OrderFaults,
    OrdersInState,
    OrderStateSeconds,
)

_ALL = ("*",)
_VIEW = ("view_item",)
_ADD = ("add_to_cart",)
_BUY = ("purchase",)
_CHECKOUT = ("begin_checkout", "add_shipping_info", "add_payment_info")
_SENT, _OPENED, _CLICKED = ("email_delivered",), ("email_opened",), ("email_link_clicked",)
_CASE = ("case_opened", "call_center_contact")
_SOCIAL = ("social_mention", "social_reply", "social_like", "social_share", "social_follow")
_HANDHELD = ("mobile", "tablet")

_SESSION: tuple[Feature, ...] = (
    SessionCount(name="session_events", types=_ALL, scale="log1p"),
    SessionCount(name="session_views", types=_VIEW, scale="log1p"),
    SessionCount(name="session_searches", types=("search",)),
    SessionCount(name="session_adds", types=_ADD),
    SessionCount(name="session_removes", types=("remove_from_cart",)),
    SessionCount(name="session_checkouts", types=_CHECKOUT),
    SessionCount(name="session_purchases", types=_BUY),
    SessionSum(name="session_value", field="amount", add=_BUY, scale="log1p"),
    SessionSeconds(name="session_seconds", scale="log1p"),
    GapSeconds(name="gap_seconds", scale="log1p"),
    CartQuantity(name="cart_quantity"),
    CartValue(name="cart_value", scale="log1p"),
    CartItems(name="cart_items"),
)
_RECENT: tuple[Feature, ...] = (
    WindowCount(name="events_1h", types=_ALL, width="PT1H", step="PT5M", scale="log1p"),
    WindowCount(name="views_1h", types=_VIEW, width="PT1H", step="PT5M", scale="log1p"),
    WindowCount(name="adds_1h", types=_ADD, width="PT1H", step="PT5M"),
    WindowCount(name="events_24h", types=_ALL, width="P1D", step="PT1H", scale="log1p"),
    WindowCount(name="adds_24h", types=_ADD, width="P1D", step="PT1H"),
    WindowCount(name="purchases_24h", types=_BUY, width="P1D", step="PT1H"),
    DecayedCount(name="views_decayed", types=_VIEW, half_life="P7D", scale="log1p"),
    DecayedCount(name="adds_decayed", types=_ADD, half_life="P7D", scale="log1p"),
    DecayedCount(name="purchases_decayed", types=_BUY, half_life="P30D", scale="log1p"),
    DecayedSum(name="spent_decayed", field="amount", types=_BUY, half_life="P30D", scale="log1p"),
    SinceSeconds(name="since_view", types=_VIEW, scale="log1p"),
    SinceSeconds(name="since_add", types=_ADD, scale="log1p"),
    SinceSeconds(name="since_purchase", types=_BUY, scale="log1p"),
)
_LIFETIME: tuple[Feature, ...] = (
    LifetimeCount(name="lifetime_events", types=_ALL, scale="log1p"),
    LifetimeCount(name="lifetime_purchases", types=_BUY, scale="log1p"),
    LifetimeCount(name="lifetime_refunds", types=("refund", "order_refunded")),
    LifetimeSum(name="lifetime_spent", field="amount", add=_BUY, scale="log1p"),
    AwaySeconds(name="away_seconds", scale="log1p"),
    DaysActive(name="days_active", scale="log1p"),
    DaysActive(name="days_purchased", types=_BUY),
    Habit(name="hour_share", part="hour"),
    Habit(name="weekday_share", part="weekday"),
    Share(name="app_share", field="channel", values=("app",)),
    Share(name="email_share", field="channel", values=("email",)),
    Share(name="store_share", field="channel", values=("store",)),
    Share(name="handheld_share", field="device", values=_HANDHELD),
    Affinity(
        name="category_share", field="item_category", types=_VIEW + _ADD, half_life="P30D",
        measure="own_share",
    ),
    Affinity(
        name="category_top_share", field="item_category", types=_VIEW + _ADD, half_life="P30D",
        measure="top_share",
    ),
    Affinity(
        name="categories", field="item_category", types=_VIEW + _ADD, half_life="P30D",
        measure="distinct",
    ),
)  # fmt: skip
_CONTACT: tuple[Feature, ...] = (
    LifetimeCount(name="mails_delivered", types=_SENT, scale="log1p"),
    Rate(name="mail_open_rate", hits=_OPENED, of=_SENT, prior=0.2),
    Rate(name="mail_click_rate", hits=_CLICKED, of=_SENT, prior=0.03),
    DecayedCount(name="mail_clicks_decayed", types=_CLICKED, half_life="P30D"),
    SinceSeconds(name="since_mail_open", types=_OPENED, scale="log1p"),
    LifetimeCount(name="unsubscribes", types=("unsubscribed", "email_marked_as_spam")),
    OpenCases(name="open_cases"),
    LifetimeCount(name="lifetime_cases", types=("case_opened",)),
    SinceSeconds(name="since_case", types=_CASE, scale="log1p"),
    LifetimeCount(name="social_contacts", types=_SOCIAL, scale="log1p"),
    DecayedCount(name="social_decayed", types=_SOCIAL, half_life="P7D"),
    SinceSeconds(name="since_social", types=_SOCIAL, scale="log1p"),
)
_ORDERS: tuple[Feature, ...] = (
    OrdersInState(
        name="open_orders", states=("placed", "paid", "delayed", "shipped", "shipped_delayed")
    ),
    OrdersInState(name="orders_in_transit", states=("shipped", "shipped_delayed")),
    OrdersInState(name="orders_delayed", states=("delayed", "shipped_delayed")),
    OrderStateSeconds(name="since_delivery", states=("delivered",), scale="log1p"),
    OrderFaults(name="order_faults"),
)
_EVENT: tuple[Feature, ...] = (
    Property(name="price", field="price", scale="log1p"),
    Indicator(name="is_mobile", field="device", values=_HANDHELD),
    Indicator(name="is_checkout", field="type", values=_CHECKOUT),
)

DEFAULT: tuple[Feature, ...] = (
    *_SESSION, *_RECENT, *_LIFETIME, *_CONTACT, *_ORDERS, *_EVENT,
)  # fmt: skip
"""The features of a job that declares none."""
