"""GA4: events as its export to BigQuery has them, rows written as JSON.

An event has no id of its own, so one is derived. What GA4 tells of by itself beside another event
of the same moment (`session_start`, `first_visit`, `user_engagement`) is ignored.
"""

from __future__ import annotations

from typing import Final

from rtm_flows.events.mapping import Mapping, Several
from rtm_flows.events.types import EVENT_TYPES


def _parameter(name: str, *others: str) -> Several:
    """Return where a parameter stands, text or number, and other columns to fall back on."""
    kinds = ("string_value", "int_value", "double_value", "float_value")
    return Several(first_of=[*(f"event_params.key={name}.value.{kind}" for kind in kinds), *others])


GA4: Final = Mapping(
    time="event_timestamp",
    time_unit="us",
    user_id="user_id",
    anonymous_id="user_pseudo_id",
    type="event_name",
    types={**{name: name for name in EVENT_TYPES}, "view_search_results": "search"},
    ignore=["session_start", "first_visit", "first_open", "user_engagement"],
    unmapped="custom",
    price="items.0.price",
    quantity="items.0.quantity",
    value=_parameter("value", "ecommerce.purchase_revenue", "event_value_in_usd"),
    currency=_parameter("currency"),
    session_id=_parameter("ga_session_id"),
    session_index=_parameter("ga_session_number"),
    channel="traffic_source.medium",
    device="device.category",
    item_id="items.0.item_id",
    item_category="items.0.item_category",
    search_term=_parameter("search_term"),
    transaction_id=_parameter("transaction_id", "ecommerce.transaction_id"),
    locale="device.language",
    platform="platform",
    campaign="traffic_source.name",
    scope="stream_id",
    url=_parameter("page_location"),
    page_title=_parameter("page_title"),
    referrer=_parameter("page_referrer"),
    campaign_source="traffic_source.source",
    campaign_medium="traffic_source.medium",
    item_name="items.0.item_name",
    item_brand="items.0.item_brand",
    item_variant="items.0.item_variant",
    item_list_id="items.0.item_list_id",
    coupon=_parameter("coupon", "items.0.coupon"),
    promotion_id=_parameter("promotion_id", "items.0.promotion_id"),
    promotion_name=_parameter("promotion_name", "items.0.promotion_name"),
    creative_name=_parameter("creative_name", "items.0.creative_name"),
    creative_slot=_parameter("creative_slot", "items.0.creative_slot"),
    content_type=_parameter("content_type"),
    content_id=_parameter("content_id", "event_params.key=item_id.value.string_value"),
)
"""The export of GA4, JSON Lines."""
