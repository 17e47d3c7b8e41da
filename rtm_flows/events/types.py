"""Event types: the closed list of what can happen, and `custom.*` for everything else.

In: names. Out: whether they are event types, and custom types made from foreign names. It knows
nothing of records or of what a type means to a person's state.
"""

from __future__ import annotations

import re
import sys
from typing import Final

EVENT_TYPES: Final = (
    # web and commerce, as GA4 names them
    "page_view",
    "search",
    "view_item_list",
    "select_item",
    "view_item",
    "add_to_cart",
    "remove_from_cart",
    "view_cart",
    "begin_checkout",
    "add_shipping_info",
    "add_payment_info",
    "purchase",
    "refund",
    "add_to_wishlist",
    "view_promotion",
    "select_promotion",
    "sign_up",
    "login",
    "generate_lead",
    "file_download",
    # mail and orders, as Segment names them
    "email_delivered",
    "email_opened",
    "email_link_clicked",
    "email_bounced",
    "email_marked_as_spam",
    "unsubscribed",
    "order_updated",
    "order_completed",
    "order_cancelled",
    "order_refunded",
    "coupon_applied",
    "product_reviewed",
    "product_shared",
    # orders, service and social
    "order_shipped",
    "order_delayed",
    "order_delivered",
    "case_opened",
    "case_closed",
    "call_center_contact",
    "subscription_cancelled",
    "social_mention",
    "social_reply",
    "social_like",
    "social_share",
    "social_follow",
    # identity and privacy
    "identify",
    "alias",
    "group",
    "modify_consent",
    "privacy_suppress",
    "privacy_delete",
    "privacy_suppress_with_delete",
    "privacy_unsuppress",
    # control
    "catalogue_upsert",
    "policy_upsert",
    "calendar_upsert",
    "kill_switch",
    "approval",
    "model_promote",
    # requests and outcomes
    "decision_requested",
    "delivered",
    "failed",
    "impression",
    "opened",
    "clicked",
    "accepted",
    "rejected",
    "converted",
    "no_response",
)
"""The closed list of event types; beside it stand `custom.*` types."""

CUSTOM: Final = "custom."
"""How the name of a custom event type begins."""

_CLOSED: Final = frozenset(EVENT_TYPES)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GAP = re.compile(r"[\W_]+")


def is_event_type(name: str) -> bool:
    """Tell whether a name is an event type.

    Examples
    --------
    >>> is_event_type("view_item"), is_event_type("custom.quiz_done"), is_event_type("quiz_done")
    (True, True, False)
    """
    return name in _CLOSED or (name.startswith(CUSTOM) and name != CUSTOM)


def custom_type(name: str) -> str | None:
    """Make a custom event type of a foreign name, in snake case; None if nothing is left.

    Examples
    --------
    >>> custom_type("Quiz Done"), custom_type("quizDone"), custom_type("?!")
    ('custom.quiz_done', 'custom.quiz_done', None)
    """
    snake = _GAP.sub("_", _HUMP.sub("_", name)).strip("_").lower()
    return sys.intern(CUSTOM + snake) if snake else None
