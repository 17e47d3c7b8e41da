"""The catalogue of a job that declares none: a handful of actions any shop has.

Its conditions name features of the default set only, so it goes with that set; a job with its own
features declares its own actions too, or none fits.
"""

from __future__ import annotations

from rtm_flows.decisions.catalogue import Action, Condition

_SHOPPING = ("page_view", "view_item", "search", "view_cart", "add_to_cart", "remove_from_cart")

ACTIONS: tuple[Action, ...] = (
    Action(
        name="help_with_checkout",
        issue="service",
        group="checkout",
        channel="onsite",
        treatment="chat_offer",
        value=6.0,
        when=(
            Condition(type=("begin_checkout", "add_shipping_info", "add_payment_info")),
            Condition(feature="session_checkouts", at_least=2),
        ),
    ),
    Action(
        name="remind_of_cart",
        issue="grow",
        group="cart",
        channel="onsite",
        treatment="cart_banner",
        value=5.0,
        when=(
            Condition(type=_SHOPPING),
            Condition(feature="cart_quantity", at_least=1),
            Condition(feature="session_adds", at_most=0),
            Condition(feature="session_checkouts", at_most=0),
        ),
    ),
    Action(
        name="show_similar_items",
        issue="grow",
        group="discovery",
        channel="onsite",
        treatment="recommendation_row",
        value=3.0,
        when=(
            Condition(type=("view_item",)),
            Condition(feature="session_views", at_least=3),
            Condition(feature="cart_quantity", at_most=0),
            Condition(score="intent", at_least=0.02),
        ),
    ),
    Action(
        name="thank_you",
        issue="nurture",
        group="after_purchase",
        channel="email",
        treatment="thank_you_mail",
        propensity=1.0,
        value=1.0,
        expires_after="P1D",
        when=(Condition(type=("purchase",)),),
    ),
)
"""Help at the till, a reminder, a suggestion, a thank-you; and most often nothing."""
