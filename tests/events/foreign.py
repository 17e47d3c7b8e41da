"""Events written in the formats of others, each by hand, as their documentation has them.

In: an event in the canonical format. Out: the object that a foreign system would send for it. It
uses nothing of the package, so that reading back proves something.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

Event = dict[str, Any]

_SEGMENT = {
    "view_item": "Product Viewed", "add_to_cart": "Product Added", "search": "Products Searched",
    "purchase": "Order Completed", "email_opened": "Email Opened", "custom.quiz_done": "Quiz Done",
}  # fmt: skip
_SNOWPLOW = {
    "search": "site_search", "purchase": "transaction", "add_to_cart": "add_to_cart",
    "custom.quiz_done": "quiz_done", "page_view": "page_view", "modify_consent":
    "consent_preferences",
}  # fmt: skip


def without_nothing(value: Any) -> Any:
    """Return an object without what is None, and without objects that hold nothing else."""
    if not isinstance(value, dict):
        return value
    inner = {key: without_nothing(one) for key, one in value.items()}
    return {key: one for key, one in inner.items() if one not in (None, {})}


def segment(event: Event) -> Event:
    """Return a message of Segment."""
    get = event.get
    kind = event["type"]
    plain = {"page_view": "page", "identify": "identify", "alias": "alias"}.get(kind)
    item = {
        "product_id": get("item_id"), "category": get("item_category"), "price": get("price"),
        "brand": get("item_brand"), "quantity": get("quantity"),
    }  # fmt: skip
    bought = {"order_id": get("order_id"), "total": get("value"), "products": [item]}
    return {
        "messageId": get("id"), "userId": get("user_id"), "anonymousId": get("anonymous_id"),
        "type": plain or "track", "event": None if plain else _SEGMENT[kind],
        "timestamp": event["time"], "previousId": get("previous_id"),
        "context": {
            "locale": get("locale"), "campaign": {"name": get("campaign")},
            "page": {"url": get("url")},
        },
        "properties": {
            **(bought if kind == "purchase" else item),
            "query": get("search_term"), "currency": get("currency"), "coupon": get("coupon"),
        },
        "integrations": {"All": True}, "version": 2,
    }  # fmt: skip


def rudderstack(event: Event) -> Event:
    """Return an event of RudderStack whose server has not yet set its time."""
    found = segment(event)
    time = dt.datetime.fromisoformat(found.pop("timestamp"))
    slow = dt.timedelta(hours=3)  # the sender's clock is behind
    found["originalTimestamp"] = (time - slow).isoformat()
    found["sentAt"] = (time - slow + dt.timedelta(seconds=4)).isoformat()
    found["receivedAt"] = (time + dt.timedelta(seconds=4)).isoformat()
    return found


def cloudevents(event: Event) -> Event:
    """Return a CloudEvent, structured."""
    envelope = {key: event.get(key) for key in ("id", "type", "time")}
    inner = ("id", "type", "time", "anonymous_id")
    data = {key: value for key, value in event.items() if key not in inner}
    return {
        "specversion": "1.0", "source": "shop", **envelope, "subject": event.get("anonymous_id"),
        "datacontenttype": "application/json", "data": data,
    }  # fmt: skip


def ga4(event: Event) -> Event:
    """Return a row of GA4's export, integers as text as BigQuery writes them."""
    get = event.get
    moment = dt.datetime.fromisoformat(event["time"]) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    texts = {
        "page_location": get("url"), "search_term": get("search_term"),
        "currency": get("currency"), "coupon": get("coupon"),
    }  # fmt: skip
    parameters: list[Any] = [
        {"key": key, "value": {"string_value": value, "int_value": None}}
        for key, value in texts.items()
    ]
    parameters.insert(0, {"key": "ga_session_id", "value": {"int_value": "1710325274"}})
    parameters.append({"key": "value", "value": {"double_value": get("value")}})
    item = {
        "item_id": get("item_id"), "item_category": get("item_category"),
        "item_brand": get("item_brand"), "price": get("price"), "quantity": get("quantity"),
    }  # fmt: skip
    return {
        "event_date": event["time"][:10].replace("-", ""),
        "event_timestamp": str(moment // dt.timedelta(microseconds=1)),
        "event_name": event["type"].removeprefix("custom."),
        "event_params": parameters, "user_id": get("user_id"),
        "user_pseudo_id": get("anonymous_id"), "device": {"language": get("locale")},
        "traffic_source": {"name": get("campaign")},
        "ecommerce": {"transaction_id": get("transaction_id")}, "items": [item],
    }  # fmt: skip


def snowplow(event: Event) -> Event:
    """Return an enriched event of Snowplow as its analytics SDKs write it."""
    get = event.get
    return {
        "event_id": get("id"), "derived_tstamp": event["time"], "user_id": get("user_id"),
        "domain_userid": get("anonymous_id"), "event_name": _SNOWPLOW[event["type"]],
        "event": "unstruct", "platform": "web", "br_lang": get("locale"),
        "mkt_campaign": get("campaign"), "page_url": get("url"), "ti_sku": get("item_id"),
        "ti_category": get("item_category"), "ti_price": get("price"),
        "ti_quantity": get("quantity"), "tr_total": get("value"), "tr_currency": get("currency"),
        "tr_orderid": get("transaction_id"), "collector_tstamp": event["time"],
    }  # fmt: skip


WRITERS: dict[str, Callable[[Event], Event]] = {
    "segment": segment, "rudderstack": rudderstack, "cloudevents": cloudevents, "ga4": ga4,
    "snowplow": snowplow,
}  # fmt: skip
