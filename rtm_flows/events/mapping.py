"""The mapping: which foreign column becomes which field of an event.

In: the `[input.mapping]` table of a configuration. Out: a checked `Mapping`. It knows
nothing of records, files or formats.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final, Literal, NoReturn

import msgspec

from rtm_flows.errors import ConfigError
from rtm_flows.events.field_names import FIELD_NAMES, TEXT_FIELDS
from rtm_flows.events.types import EVENT_TYPES, is_event_type


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which foreign column holds which field; a field that is not named is not read.

    In JSON a column name with dots is a path into nested objects (`context.page.url`); in CSV it
    is a name like any other. Empty text counts as missing everywhere.

    Attributes
    ----------
    time
        The column of the event's time, or several whose texts are joined by a space.
    time_format
        How `time` is written, in strptime's letters (`%.f` for a fraction of a second). Without
        it: RFC 3339 text, or a number of seconds (below 1e11) or milliseconds since 1970.
    zone
        The IANA zone of times that name none; UTC by default. A time that occurs twice is the
        earlier one, a time that the zone skips is refused.
    received_at
        When the record was received; a time too far ahead of it is clamped to it.
    id, source, user_id, anonymous_id
        Who said it, and about whom: text or integers. A record without id gets a derived one.
    type, types
        The column of the foreign type, and foreign type -> event type. With no `types` the
        foreign types must be event types.
    constants
        Field -> a value that every record has; not for ids and times.
    ignore, unmapped
        Foreign types to ignore, and what becomes of those neither mapped nor ignored:
        `custom` makes `custom.` and the foreign name in snake case of them.
    price, quantity, value
        Numbers, or text that holds one; `value` is the worth of the whole event.

    Examples
    --------
    >>> Mapping(time="ts", user_id="uid", constants={"type": "view_item"}).time
    'ts'
    """

    time: str | list[str]
    time_format: str | None = None
    zone: str | None = None
    received_at: str | None = None
    id: str | None = None
    source: str | None = None
    user_id: str | None = None
    anonymous_id: str | None = None
    type: str | None = None
    types: dict[str, str] = {}
    constants: dict[str, str] = {}
    ignore: list[str] = []
    unmapped: Literal["dead_letter", "ignore", "custom"] = "dead_letter"
    price: str | None = None
    quantity: str | None = None
    value: str | None = None
    currency: str | None = None
    session_id: str | None = None
    channel: str | None = None
    device: str | None = None
    item_id: str | None = None
    item_category: str | None = None
    search_term: str | None = None
    transaction_id: str | None = None
    case_id: str | None = None
    locale: str | None = None
    platform: str | None = None
    campaign: str | None = None
    session_index: str | None = None
    group_id: str | None = None
    previous_id: str | None = None
    scope: str | None = None
    direction: str | None = None
    timezone: str | None = None
    url: str | None = None
    page_title: str | None = None
    referrer: str | None = None
    campaign_source: str | None = None
    campaign_medium: str | None = None
    campaign_term: str | None = None
    campaign_content: str | None = None
    item_name: str | None = None
    item_brand: str | None = None
    item_variant: str | None = None
    item_list_id: str | None = None
    coupon: str | None = None
    promotion_id: str | None = None
    promotion_name: str | None = None
    creative_name: str | None = None
    creative_slot: str | None = None
    content_type: str | None = None
    content_id: str | None = None
    order_id: str | None = None
    order_status: str | None = None
    delivery_from: str | None = None
    delivery_to: str | None = None
    case_status: str | None = None
    case_topic: str | None = None
    priority: str | None = None
    post_id: str | None = None
    author_id: str | None = None
    author_followers: str | None = None
    text: str | None = None
    lang: str | None = None
    in_reply_to: str | None = None
    purpose: str | None = None
    consent_status: str | None = None
    revoke_date: str | None = None
    jurisdiction: str | None = None
    decision_id: str | None = None
    action: str | None = None
    treatment: str | None = None
    rank: str | None = None
    outcome: str | None = None
    outcome_time: str | None = None


_CONSTANT: Final = ("source", "type", "price", "quantity", "value", *TEXT_FIELDS)

CANONICAL: Final = msgspec.convert({name: name for name in FIELD_NAMES}, Mapping)
"""The canonical format: every field under its own name."""


def check_mapping(mapping: Mapping, text: Sequence[str]) -> None:
    """Refuse a mapping that cannot give events, or that contradicts itself.

    Raises
    ------
    ConfigError
        Naming the key and, for a misspelled name, the nearest right one.
    """
    for name in text:
        _require_known(name, TEXT_FIELDS, "text field", "features and conditions")
    for name in mapping.constants:
        _require_known(name, _CONSTANT, "field that may be constant", "input.mapping.constants")
        if getattr(mapping, name) is not None:
            _refuse(f"input.mapping: {name} is both a column and a constant; keep one")
    if not mapping.time:
        _refuse("input.mapping.time must name a column")
    _require_one(mapping, ("user_id", "anonymous_id"))
    _require_one(mapping, ("type",))
    _check_types(mapping)


def _check_types(mapping: Mapping) -> None:
    named = {f"types.{foreign}": event_type for foreign, event_type in mapping.types.items()}
    if "type" in mapping.constants:
        named["constants.type"] = mapping.constants["type"]
    for key, event_type in named.items():
        if not is_event_type(event_type):
            _require_known(event_type, EVENT_TYPES, "event type", f"input.mapping.{key}")
    both = sorted(set(mapping.ignore) & set(mapping.types))
    if both:
        _refuse(f"input.mapping: {both[0]} is both in types and in ignore; keep one")


def _require_one(mapping: Mapping, names: tuple[str, ...]) -> None:
    if not any(getattr(mapping, name) or name in mapping.constants for name in names):
        _refuse(f"input.mapping must name a column for {' or '.join(names)}")


def _require_known(name: str, known: Iterable[str], kind: str, key: str) -> None:
    names = list(known)
    if name not in names:
        near = get_close_matches(name, names, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        _refuse(f"{key}: {name!r} is not a known {kind}{hint}")


def _refuse(msg: str) -> NoReturn:
    raise ConfigError(msg)
