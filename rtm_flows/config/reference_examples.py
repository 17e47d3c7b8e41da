"""The examples of the reference: a piece of TOML for every table.

In: a table. Out: TOML that a job can hold as it stands. Kinds of features that the default set has
are shown as it has them.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from rtm_flows.features.defaults import DEFAULT
from rtm_flows.features.definition import Definition

_CHALLENGED: Final = """\
[[models.{model}.challengers]]
name = "plain"
kind = "sgd"
learning_rate = 0.02
[[models.{model}.challengers]]
name = "cells"
kind = "python"
code = "shop_models:CellRates"
options = {{ by = ["session_events", "cart_value"] }}"""
_FOREST: Final = """\
[[models.{model}.challengers]]
kind = "forest"
[models.{model}.challengers.forest]
trees = 5
most = 2000"""
_PROMOTION: Final = """\
[[models.{model}.challengers]]
kind = "sgd"
[models.{model}.promotion]
after = 2000
level = 0.05"""
_DRIFT: Final = """\
[models.{model}.drift]
detector = "page_hinkley"
sensitivity = "low"
response = "reset\""""

_ARMS: Final = """\
[[experiments]]
name = "universal"
salt = "2026"
arms = [{ name = "held", share = 0.05, policy = "hold_out" }]"""

_TABLES: Final = {
    "": 'name = "shop"\nlanes = 64\nfloor = 1.0',
    "input": """\
[input]
paths = ["events/*.jsonl.gz", "more"]
source = "web"
sort = false""",
    "input.mapping": """\
[input]
format = "mapping"
[input.mapping]
time = "event_time"
time_format = "%Y-%m-%d %H:%M:%S UTC"
user_id = "user_id"
type = "event_type"
types = { view = "view_item", cart = "add_to_cart", purchase = "purchase" }
item_id = "product_id"
price = "price\"""",
    "input.mapping.type_rules": """\
[input]
format = "segment"
[[input.mapping.type_rules]]
type = "custom.newsletter"
equals = { event = ["Form Sent", "Form Submitted"] }
present = "properties.newsletter\"""",
    "input.mapping.FIELD": """\
[input]
format = "segment"
[input.mapping]
item_id = { first_of = ["properties.sku", "properties.product_id"] }
value = { sum = ["properties.products.*.price", "properties.products.*.quantity"] }""",
    "input.csv": '[input.csv]\ndelimiter = ";"\ndecimal = ","\nencoding = "latin-1"',
    "kafka": """\
[kafka]
bootstrap = "broker:9092"
[[kafka.topics]]
name = "shop.events"
[[kafka.topics]]
name = "shop.orders"
[kafka.client]
"security.protocol" = "SASL_SSL"
"sasl.mechanism" = "SCRAM-SHA-512"
"sasl.username" = "rtm"
"sasl.password" = { env = "KAFKA_PASSWORD" }""",
    "kafka.topics": """\
[kafka]
[[kafka.topics]]
name = "crm"
format = "mapping"
[kafka.topics.mapping]
time = "at"
user_id = "customer"
type = "kind"
types = { bought = "purchase" }""",
    "kafka.topics.mapping": """\
[[kafka.topics]]
name = "site"
format = "segment"
[kafka.topics.mapping]
item_id = "properties.sku\"""",
    "kafka.topics.mapping.type_rules": """\
[[kafka.topics]]
name = "site"
format = "segment"
[[kafka.topics.mapping.type_rules]]
type = "custom.newsletter"
equals = { event = "Form Sent" }""",
    "operating": '[operating]\nport = 9464\nstuck = "PT5M"',
    "kafka.client": '[kafka.client]\n"ssl.key.password" = { file = "/run/secrets/key" }',
    "kafka.registry": """\
[[kafka.topics]]
name = "shop.events"
encoding = "avro"
[kafka.registry]
url = "https://registry:8081"
[kafka.registry.client]
"basic.auth.user.info" = { env = "REGISTRY_LOGIN" }
"ssl.ca.location" = "/etc/ssl/our-ca.pem\"""",
    "kafka.written": '[kafka.written]\nprefix = "nba."\npartitions = 12\nretention = "P7D"',
    "kafka.written.breaker": "[kafka.written.breaker]\nmost = { onsite = 600 }\nothers = 60",
    "time": '[time]\norder = "log"\nlateness = "PT5M"',
    "sessions": '[sessions]\ngap = "PT20M"',
    "dedup": '[dedup]\nwindow = "P7D"',
    "people": '[people]\ninactive = "P180D"\nmost_per_lane = 20000',
    "models": '[models.intent]\nmature = 500\n[models.churn]\nhorizon = "P14D"',
    "models.intent": '[models.intent]\nhorizon = "P1D"\nlabels = "corrected"\nmature = 500',
    "models.churn": '[models.churn]\nhorizon = "P14D"\nactive = ["purchase", "login"]',
    "learning": '[learning]\nperiod = "P1D"',
    "learning.slices": '[[learning.slices]]\nname = "early"\nwhen = ["session_events <= 3"]',
    "triggers": '[triggers]\ntypes = ["!", "page_view"]',
    "features": """\
[[features]]
name = "searches_1h"
kind = "window_count"
types = ["search"]
width = "PT1H"
step = "PT5M"
scale = "log1p\"""",
    "actions": """\
[[actions]]
name = "free_shipping_over"
group = "cart"
channel = "onsite"
treatment = "cart_banner"
propensity = "score"
value = 15.0
expires_after = "PT30M"
eligible = "20 <= cart_value < 50"
applicable = 'type in ["add_to_cart", "view_cart"]'
suitable = ["intent >= 0.1", "not (open_cases > 0 or intent >= 0.6)"]""",
    "actions.treatments": """\
[[actions]]
name = "winter_sale"
[[actions.treatments]]
name = "sale_banner"
placement = "top"
[[actions.treatments]]
name = "sale_mail"
channel = "email"
cost = 0.02
wait = "PT1H"
expires_after = "P1D\"""",
    "actions.context": """\
[[actions]]
name = "winter_sale"
context = [{ when = "views_1h >= 5", percent = 30 }]""",
    "actions.because": """\
[[actions]]
name = "winter_sale"
because = [{ code = "cart_waiting", when = "cart_quantity > 0", texts = { en = "It waits" } }]""",
    "suppressions": """\
[[actions]]
name = "belt_for_dress"
about = "accessory"
[suppressions]
live_cart = "PT1H"
ignored = 0
[accessories]
DRESS-7 = ["BELT-2", "BAG-1"]""",
    "exploration": '[exploration]\nkind = "epsilon"\nshare = 0.05',
    "pauses": """\
[[pauses]]
name = "ignored"
except_issues = "service"
after = 5
within = "P7D"
lasts = "P7D\"""",
    "limits": """\
[[limits]]
name = "mail_week"
channels = "email"
most = 2
per = "calendar_week\"""",
    "contacts": '[contacts]\nzone = "Europe/Berlin"\nreports = true',
    "delivery": '[delivery]\nsupersede = "channel"',
    "experiments": _ARMS,
    "experiments.arms": _ARMS,
    "responses": '[responses]\npositive = ["clicked"]\nhorizon = "PT6H"',
    "outputs": '[outputs]\nformat = "parquet"\nlearning = false',
    "outputs.decisions": '[outputs.decisions]\nfields = ["time", "user_id", "action", "score"]',
} | {
    f"models.{model}.{key}": text.format(model=model)
    for model in ("intent", "churn")
    for key, text in {
        "challengers": _CHALLENGED,
        "challengers.forest": _FOREST,
        "promotion": _PROMOTION,
        "drift": _DRIFT,
    }.items()
}

_BG_NBD: Final = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
_KINDS: Final[dict[str, dict[str, Any]]] = {
    "lifetime_sum": {"name": "bought", "field": "quantity", "add": ["purchase"]},
    "window_sum": {
        "name": "spent_7d", "field": "amount", "add": ["purchase"], "subtract": ["refund"],
        "width": "P7D", "step": "P1D",
    },
    "window_cells": {"name": "days_7d", "types": ["*"], "width": "P7D", "step": "P1D"},
    "order_count": {"name": "orders"},
    "occasion_count": {"name": "order_days", "step": "P1D"},
    "order_value": {"name": "spent", "scale": "log1p"},
    "first_order_seconds": {"name": "customer_since"},
    "last_order_seconds": {"name": "since_order", "never": "P730D"},
    "p_alive": {"name": "p_alive", **_BG_NBD, "unit": "P7D"},
    "expected_purchases": {"name": "orders_90d", **_BG_NBD, "horizon": "P90D"},
    "expected_spend": {"name": "basket", "p": 6.25, "q": 3.74, "v": 15.44},
    "session_end": {"name": "session_over"},
    "cart_abandonment": {"name": "cart_left", "after": "PT1H"},
    "checkout_abandonment": {"name": "checkout_stalls", "after": "PT10M"},
    "browse_abandonment": {"name": "only_looked", "after": "PT2H", "views": 4},
    "silence": {"name": "unusually_quiet", "after": "P9D", "quantile": 0.8, "least": 4},
    "absence": {
        "name": "no_return", "within": "P7D", "after_types": ["purchase"], "of": ["view_item"],
    },
    "sequence": {
        "name": "looked_up", "within": "PT5M", "first": ["search"], "then": ["view_item"],
    },
    "count": {"name": "searching", "within": "PT5M", "types": ["search"], "count": 3},
    "score_crossing": {"name": "keen", "above": 0.3, "below": 0.2},
    "python": {"name": "abandoned_carts", "code": "shop_features:AbandonedCarts"},
}  # fmt: skip


def example(path: str, record: type[msgspec.Struct]) -> str:
    """Return the example of a table, or of a kind of feature or moment.

    Raises
    ------
    LookupError
        If there is none; the text says where to write it.

    Examples
    --------
    >>> from rtm_flows.config.job import SessionRule
    >>> print(example("sessions", SessionRule))
    [sessions]
    gap = "PT20M"
    """
    kind = kind_of(record)
    found = _of_kind(kind, path) if kind else _TABLES.get(path)
    if found is None:
        what = f"kind {kind!r}" if kind else f"table {path!r}"
        msg = f"the {what} has no example: write one in {__name__.replace('.', '/')}.py"
        raise LookupError(msg)
    return found


def kind_of(record: type[msgspec.Struct]) -> str | None:
    """Return the kind of feature or moment that a table is of; None if it is of no kind."""
    tag = record.__struct_config__.tag
    return None if tag is None or record is Definition else str(tag)


def _of_kind(tag: str, path: str) -> str | None:
    keys = _KINDS.get(tag)
    if keys is None:
        declared = [one for one in DEFAULT if one.__struct_config__.tag == tag]
        if not declared:
            return None
        keys = _given(declared[0])
    lines = "".join(f"{key} = {toml_value(value)}\n" for key, value in keys.items())
    return f'[[{path}]]\nkind = "{tag}"\n{lines}'.rstrip()


def _given(feature: msgspec.Struct) -> dict[str, Any]:
    """Return the keys of a definition that are not at their default."""
    fields = msgspec.structs.fields(feature)
    said = {field.name: getattr(feature, field.name) for field in fields}
    defaults = {field.name: field.default for field in fields}
    return {key: value for key, value in said.items() if value != defaults[key]}


def toml_value(value: Any) -> str:
    """Return a value as TOML writes it.

    Examples
    --------
    >>> toml_value((1, "a", True)), toml_value({"a": 1.5})
    ('[1, "a", true]', '{ a = 1.5 }')
    """
    if isinstance(value, dict):
        inner = ", ".join(f"{key} = {toml_value(one)}" for key, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(toml_value, value))}]"
    if value == '"':
        return "'\"'"
    return msgspec.json.encode(value).decode()
