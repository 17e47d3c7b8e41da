"""The fields of an event: their names, in the order that mappings and derived ids follow.

In: nothing. Out: names. What each field means is in the tracking plan, `rtm_flows.events.plan`.
"""

from __future__ import annotations

from typing import Final

_DIGEST_TEXT: Final = (
    "currency",
    "session_id",
    "channel",
    "device",
    "item_id",
    "item_category",
    "search_term",
    "transaction_id",
    "case_id",
    "locale",
    "platform",
    "campaign",
)

FURTHER_FIELDS: Final = (
    # context
    "session_index",
    "group_id",
    "previous_id",
    "scope",
    "direction",
    "timezone",
    "url",
    "page_title",
    "referrer",
    "campaign_source",
    "campaign_medium",
    "campaign_term",
    "campaign_content",
    # items, promotions, orders
    "item_name",
    "item_brand",
    "item_variant",
    "item_list_id",
    "coupon",
    "promotion_id",
    "promotion_name",
    "creative_name",
    "creative_slot",
    "content_type",
    "content_id",
    "order_id",
    "order_status",
    "delivery_from",
    "delivery_to",
    # service and social
    "case_status",
    "case_topic",
    "priority",
    "post_id",
    "author_id",
    "author_followers",
    "text",
    "lang",
    "in_reply_to",
    # consent and outcomes
    "purpose",
    "consent_status",
    "revoke_date",
    "jurisdiction",
    "decision_id",
    "action",
    "treatment",
    "rank",
    "outcome",
    "outcome_time",
)
"""The text fields that take no part in derived ids: more may be added, and no id changes."""

TEXT_FIELDS: Final = (*_DIGEST_TEXT, *FURTHER_FIELDS)
"""The text fields of an event, each of which may be asked for as a column."""

DIGEST_FIELDS: Final = (
    "time",
    "received_at",
    "id",
    "source",
    "user_id",
    "anonymous_id",
    "type",
    "price",
    "quantity",
    "value",
    *_DIGEST_TEXT,
)
"""The fields that a derived id is made of."""

FIELD_NAMES: Final = (*DIGEST_FIELDS, *FURTHER_FIELDS)
"""Every field that a column or a constant can give, in the order in which `Mapping` has them."""
