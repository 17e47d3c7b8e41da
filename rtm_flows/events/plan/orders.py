"""Orders and mail: checkout and purchase as GA4 names them, the rest as Segment does, or our own.

In: nothing. Out: the types of what becomes of an order, and of mails. It knows nothing of which
steps may follow which.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from rtm_flows.events.plan.commerce import Commerce
from rtm_flows.events.plan.event import Event, Text, Time


class Checkout(Commerce, frozen=True, kw_only=True):
    """What is about an order, from the checkout on."""

    transaction_id: Annotated[
        Text | None, Meta(description="The payment; a purchase told twice has the same.")
    ] = None
    order_id: Annotated[Text | None, Meta(description="The order.")] = None


class BeginCheckout(Checkout, frozen=True, kw_only=True, tag="begin_checkout"):
    """The checkout was begun."""


class AddShippingInfo(Checkout, frozen=True, kw_only=True, tag="add_shipping_info"):
    """An address was given."""


class AddPaymentInfo(Checkout, frozen=True, kw_only=True, tag="add_payment_info"):
    """A means of payment was given."""


class CouponApplied(Checkout, frozen=True, kw_only=True, tag="coupon_applied"):
    """A coupon was used (Segment)."""


class Purchase(Checkout, frozen=True, kw_only=True, tag="purchase"):
    """Something was bought; `value` is the total."""


class Refund(Checkout, frozen=True, kw_only=True, tag="refund"):
    """Money was given back."""


class Order(Checkout, frozen=True, kw_only=True):
    """What becomes of an order."""

    order_status: Annotated[Text | None, Meta(description="As the shop calls it.")] = None
    delivery_from: Annotated[
        Time | None, Meta(description="Begin of the window in which it will arrive.")
    ] = None
    delivery_to: Annotated[Time | None, Meta(description="End of that window.")] = None


class OrderCompleted(Order, frozen=True, kw_only=True, tag="order_completed"):
    """An order was placed, told by the back office (Segment)."""


class OrderUpdated(Order, frozen=True, kw_only=True, tag="order_updated"):
    """An order was changed (Segment)."""


class OrderCancelled(Order, frozen=True, kw_only=True, tag="order_cancelled"):
    """An order was called off (Segment)."""


class OrderRefunded(Order, frozen=True, kw_only=True, tag="order_refunded"):
    """An order was paid back, all or in part (Segment)."""


class OrderShipped(Order, frozen=True, kw_only=True, tag="order_shipped"):
    """An order left the house."""


class OrderDelayed(Order, frozen=True, kw_only=True, tag="order_delayed"):
    """An order will come later than promised."""


class OrderDelivered(Order, frozen=True, kw_only=True, tag="order_delivered"):
    """An order arrived."""


class Mail(Event, frozen=True, kw_only=True):
    """What becomes of a mail."""

    content_id: Annotated[Text | None, Meta(description="The mail, or the link in it.")] = None
    action: Annotated[Text | None, Meta(description="The action that it carried.")] = None
    treatment: Annotated[Text | None, Meta(description="The action's form.")] = None


class EmailDelivered(Mail, frozen=True, kw_only=True, tag="email_delivered"):
    """A mail reached the mailbox (Segment)."""


class EmailOpened(Mail, frozen=True, kw_only=True, tag="email_opened"):
    """A mail was opened (Segment)."""


class EmailLinkClicked(Mail, frozen=True, kw_only=True, tag="email_link_clicked"):
    """A link in a mail was clicked (Segment)."""


class EmailBounced(Mail, frozen=True, kw_only=True, tag="email_bounced"):
    """A mail came back (Segment)."""


class EmailMarkedAsSpam(Mail, frozen=True, kw_only=True, tag="email_marked_as_spam"):
    """A mail was called spam (Segment)."""


class Unsubscribed(Mail, frozen=True, kw_only=True, tag="unsubscribed"):
    """No more mails are wanted (Segment)."""
