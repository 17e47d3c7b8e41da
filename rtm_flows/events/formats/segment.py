"""Segment: messages as its sources send them and its destinations get them; RudderStack's too.

Both follow one specification. `Order Completed` becomes a purchase: it is what the shop's page
tells, and what an intent to buy is measured by.
"""

from __future__ import annotations

from typing import Final

from rtm_flows.events.mapping import Mapping, Several

SEGMENT_TYPES: Final = {
    "page": "page_view",
    "screen": "page_view",
    "identify": "identify",
    "alias": "alias",
    "group": "group",
    "Signed Up": "sign_up",
    "Signed In": "login",
    "Products Searched": "search",
    "Product List Viewed": "view_item_list",
    "Product List Filtered": "view_item_list",
    "Promotion Viewed": "view_promotion",
    "Promotion Clicked": "select_promotion",
    "Product Clicked": "select_item",
    "Product Viewed": "view_item",
    "Product Added": "add_to_cart",
    "Wishlist Product Added to Cart": "add_to_cart",
    "Product Removed": "remove_from_cart",
    "Cart Viewed": "view_cart",
    "Checkout Started": "begin_checkout",
    "Payment Info Entered": "add_payment_info",
    "Order Completed": "purchase",
    "Order Updated": "order_updated",
    "Order Refunded": "order_refunded",
    "Order Cancelled": "order_cancelled",
    "Coupon Applied": "coupon_applied",
    "Product Added to Wishlist": "add_to_wishlist",
    "Product Reviewed": "product_reviewed",
    "Product Shared": "product_shared",
    "Email Delivered": "email_delivered",
    "Email Opened": "email_opened",
    "Email Link Clicked": "email_link_clicked",
    "Email Bounced": "email_bounced",
    "Email Marked as Spam": "email_marked_as_spam",
    "Unsubscribed": "unsubscribed",
}
"""The type of a message, or the name of what is tracked -> event type."""


def _of_item(name: str, *others: str) -> Several:
    """Return where a property of an item stands: beside the event's, or in its first product."""
    names = (name, *others)
    return Several(
        first_of=[
            *(f"properties.{own}" for own in names),
            *(f"properties.products.0.{own}" for own in names),
        ]
    )


SEGMENT: Final = Mapping(
    id="messageId",
    time="timestamp",
    original_timestamp="originalTimestamp",
    sent_at="sentAt",
    received_at="receivedAt",
    user_id="userId",
    anonymous_id="anonymousId",
    type=Several(first_of=["event", "type"]),
    types=SEGMENT_TYPES,
    unmapped="custom",
    price=_of_item("price"),
    quantity=_of_item("quantity"),
    value=Several(first_of=["properties.total", "properties.revenue", "properties.value"]),
    currency="properties.currency",
    channel="context.campaign.medium",
    device="context.device.type",
    item_id=_of_item("product_id", "sku"),
    item_category=_of_item("category"),
    search_term="properties.query",
    transaction_id="properties.order_id",
    locale="context.locale",
    platform="channel",
    campaign="context.campaign.name",
    group_id=Several(first_of=["groupId", "context.groupId"]),
    previous_id="previousId",
    timezone="context.timezone",
    url=Several(first_of=["properties.url", "context.page.url"]),
    page_title=Several(first_of=["properties.title", "context.page.title"]),
    referrer=Several(first_of=["properties.referrer", "context.page.referrer"]),
    campaign_source="context.campaign.source",
    campaign_medium="context.campaign.medium",
    campaign_term="context.campaign.term",
    campaign_content="context.campaign.content",
    item_name=Several(first_of=["properties.name", "properties.products.0.name"]),
    item_brand=_of_item("brand"),
    item_variant=_of_item("variant"),
    item_list_id="properties.list_id",
    coupon=Several(first_of=["properties.coupon", "properties.coupon_id"]),
    promotion_id="properties.promotion_id",
    creative_name="properties.creative",
    creative_slot="properties.position",
    order_id="properties.order_id",
    content_id=Several(first_of=["properties.link_id", "properties.email_id"]),
)
"""Messages of Segment and RudderStack, JSON."""
