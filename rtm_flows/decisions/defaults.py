"""The catalogue of a job that declares none: a handful of actions any shop has.

Its rules name features of the default set only, so it goes with that set; a job with its own
features declares its own actions too, or none fits.
"""

from __future__ import annotations

from rtm_flows.decisions.catalogue import Action, Because

ACTIONS: tuple[Action, ...] = (
    Action(
        name="help_with_checkout",
        issue="service",
        group="checkout",
        channel="onsite",
        treatment="chat_offer",
        value=6.0,
        applicable=(
            'type in ["begin_checkout", "add_shipping_info", "add_payment_info"]',
            "session_checkouts >= 2",
        ),
        because=(
            Because(
                code="checkout_begun",
                texts={
                    "en": "You have begun to check out.",
                    "ar": "لقد بدأت إتمام الشراء.",
                    "az": "Siz sifarişi rəsmiləşdirməyə başlamısınız.",
                    "vi": "Bạn đã bắt đầu thanh toán.",
                },
            ),
        ),
    ),
    Action(
        name="remind_of_cart",
        issue="grow",
        group="cart",
        channel="onsite",
        treatment="cart_banner",
        value=5.0,
        eligible="cart_quantity >= 1",
        applicable=(
            'type in ["page_view", "view_item", "search", "view_cart", "add_to_cart", '
            '"remove_from_cart"]',
            "session_adds == 0 and session_checkouts == 0",
        ),
        because=(
            Because(
                code="cart_waiting",
                texts={
                    "en": "There is something in your cart.",
                    "ar": "لديك منتجات في سلة التسوق.",
                    "az": "Səbətinizdə məhsul var.",
                    "vi": "Giỏ hàng của bạn đang có sản phẩm.",
                },
            ),
        ),
    ),
    Action(
        name="show_similar_items",
        issue="grow",
        group="discovery",
        channel="onsite",
        treatment="recommendation_row",
        value=3.0,
        applicable=('type == "view_item"', "session_views >= 3"),
        suitable=("cart_quantity == 0", "intent >= 0.02"),
        because=(
            Because(
                code="items_viewed",
                when="session_views >= 3",
                texts={
                    "en": "You have looked at several items.",
                    "ar": "لقد اطلعت على عدة منتجات.",
                    "az": "Bir neçə məhsula baxmısınız.",
                    "vi": "Bạn đã xem nhiều sản phẩm.",
                },
            ),
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
        applicable='type == "purchase"',
        because=(
            Because(
                code="purchase_made",
                when='type == "purchase"',
                texts={
                    "en": "You have bought something.",
                    "ar": "لقد قمت بعملية شراء.",
                    "az": "Siz alış-veriş etmisiniz.",
                    "vi": "Bạn vừa mua hàng.",
                },
            ),
        ),
    ),
)
"""Help at the till, a reminder, a suggestion, a thank-you; and most often nothing."""
