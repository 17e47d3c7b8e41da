"""From record to event: section 1 of the page, for the flat canonical format.

In: one line of JSON as bytes. Out: an `Event`, or a `DeadLetter` with its reason and field. It
knows nothing of other records.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from .job import Job
from .times import milliseconds

MAX_BYTES = 1_048_576
MAX_DEPTH = 32
MAX_MONEY = 10**12
MAX_QUANTITY = 10**6
FIRST_TIME = milliseconds("1990-01-01T00:00:00Z")
END_TIME = milliseconds("2100-01-01T00:00:00Z")

_TYPE_NAMES = """
page_view search view_item_list select_item view_item add_to_cart remove_from_cart view_cart
begin_checkout add_shipping_info add_payment_info purchase refund add_to_wishlist
view_promotion select_promotion sign_up login generate_lead file_download
email_delivered email_opened email_link_clicked email_bounced email_marked_as_spam
unsubscribed order_updated order_completed order_cancelled order_refunded coupon_applied
product_reviewed product_shared order_shipped order_delayed order_delivered case_opened
case_closed call_center_contact subscription_cancelled social_mention social_reply
social_like social_share social_follow identify alias group modify_consent privacy_suppress
privacy_delete privacy_suppress_with_delete privacy_unsuppress catalogue_upsert
policy_upsert calendar_upsert kill_switch approval model_promote decision_requested
delivered failed impression opened clicked accepted rejected converted no_response
"""
TYPES = frozenset(_TYPE_NAMES.split())
_DIGEST_TEXT = (
    "currency", "session_id", "channel", "device", "item_id", "item_category", "search_term",
    "transaction_id", "case_id", "locale", "platform", "campaign",
)  # fmt: skip
DIGEST_FIELDS = (
    "time", "received_at", "id", "source", "user_id", "anonymous_id", "type", "price", "quantity",
    "value", *_DIGEST_TEXT,
)  # fmt: skip
_FURTHER_TEXT = """
session_index group_id previous_id scope direction timezone url page_title referrer
campaign_source campaign_medium campaign_term campaign_content item_name item_brand item_variant
item_list_id coupon promotion_id promotion_name creative_name creative_slot content_type
content_id order_id order_status delivery_from delivery_to case_status case_topic priority
post_id author_id author_followers text lang in_reply_to purpose consent_status revoke_date
jurisdiction decision_id action treatment rank outcome outcome_time
"""
TEXT_FIELDS = (*_DIGEST_TEXT, *_FURTHER_TEXT.split())
FIELDS = (*DIGEST_FIELDS, *_FURTHER_TEXT.split())
TIMES, NUMBERS = ("time", "received_at"), ("price", "quantity", "value")
NAMES = ("id", "source", "user_id", "anonymous_id", "type")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


class Record(dict[str, Any]):
    """An object: of values under one name the last counts, but all of them are looked at."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


class DeadLetter(Exception):
    """A record that cannot become an event."""

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(f"{reason} at {field}" if field else reason)
        self.reason = reason
        self.field = field


@dataclass(frozen=True)
class Event:
    """A valid record. Money is minor units, time milliseconds.

    While `derived`, the id is `"~"` and the digest; the occurrence number is added when the event
    is accepted. `text` holds the text fields that are not missing. The line is from 1.
    """

    time: int
    source: str
    id: str
    derived: bool
    type: str
    person: str
    price: int
    quantity: int
    amount: int
    text: Mapping[str, str]
    clamped: bool
    partition: int = -1
    line: int = -1

    @property
    def subject(self) -> dict[str, str]:
        """The person as outputs name them."""
        kind = "user" if self.person.startswith("u:") else "anonymous"
        return {"subject_id": self.person[2:], "subject_type": kind}


def parse(line: bytes, job: Job) -> Event:
    """Return the event of one line.

    Raises
    ------
    DeadLetter
        If the line cannot become an event.
    """
    record = _read_object(line)
    _check_kinds(record, job)
    time, clamped = _read_time(record, job.ahead)
    event_type = _read_type(record, job)
    person = _read_person(record)
    source = _read_name(record, "source") or job.source
    price = _read_money(record, "price") or 0
    quantity = _read_quantity(record)
    value = _read_money(record, "value")
    amount = price * quantity if value is None else value
    if abs(amount) > MAX_MONEY:
        raise DeadLetter(reason="bad_number", field="price")
    text = _read_text_fields(record, job)
    given_id = _read_name(record, "id")
    own_id = given_id or "~" + digest(record)
    return Event(
        time, source, own_id, given_id is None, event_type, person,
        price, quantity, amount, text, clamped,
    )  # fmt: skip


def digest(record: Mapping[str, Any]) -> str:
    """Return the 16 hex digits that stand for a record without an id: a hash of its fields."""
    texts = [_as_text(record.get(field)) for field in DIGEST_FIELDS]
    joined = "\x1f".join("\x00" if text is None else text for text in texts)
    return hashlib.blake2b(joined.encode(), digest_size=8).hexdigest()


def _as_text(value: object) -> str | None:
    """Return a value as text, numbers in decimal notation; None if missing or empty."""
    if isinstance(value, Decimal):
        return format(Decimal(repr(float(value))), "f")
    return None if value is None or value == "" else str(value)


def _read_object(line: bytes) -> Record:
    if len(line) > MAX_BYTES:
        raise DeadLetter(reason="too_large")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise DeadLetter(reason="bad_encoding") from None
    if _depth(text) > MAX_DEPTH:
        raise DeadLetter(reason="too_deep")
    try:
        record = json.loads(
            text,
            parse_float=_decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=Record,
        )
        json.dumps(record, ensure_ascii=False, default=str).encode()  # no half surrogate pairs
    except ValueError:
        raise DeadLetter(reason="broken_json") from None
    if not isinstance(record, Record):
        raise DeadLetter(reason="not_an_object")
    return record


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:  # an exponent beyond all bounds
        return Decimal("Infinity")


def _refuse_constant(name: str) -> None:
    msg = f"{name} is not JSON"
    raise ValueError(msg)


def _depth(text: str) -> int:
    """Return how deep brackets are nested, those in strings not counted."""
    deepest = depth = 0
    for bracket in re.sub(r'"(\\.|[^"\\])*("|$)', "", text, flags=re.DOTALL):
        depth += (bracket in "[{") - (bracket in "]}")
        deepest = max(deepest, depth)
    return deepest


def _check_kinds(record: Record, job: Job) -> None:
    """Refuse the first field, in the order of the record, that is not of its kind.

    Text fields that no feature uses are not looked at, unless the record has no id: then those
    that its digest is made of are looked at last.
    """
    unused = set(TEXT_FIELDS) - set(job.text_fields)
    for field, value in record.pairs:
        if field not in unused:
            _check_kind(field, value)
    if record.get("id") in (None, ""):
        for field, value in record.pairs:
            if field in DIGEST_FIELDS:
                _check_kind(field, value)


def _check_kind(field: str, value: object) -> None:
    if field not in FIELDS or value is None:
        return
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not (isinstance(value, str) or whole or (isinstance(value, Decimal) and field not in NAMES)):
        raise DeadLetter(reason="wrong_type", field=field)
    if isinstance(value, Decimal) and math.isinf(float(value)):
        raise DeadLetter(reason="bad_time" if field in TIMES else "bad_number", field=field)


def _read_time(record: Mapping[str, Any], ahead: int) -> tuple[int, bool]:
    """Return the event's time, and whether it was clamped to `received_at`."""
    time = _read_moment(record, "time")
    if time is None:
        raise DeadLetter(reason="missing_field", field="time")
    received_at = _read_moment(record, "received_at")
    clamped = received_at is not None and time - received_at > ahead
    if clamped and received_at is not None:
        time = received_at
    if not FIRST_TIME <= time < END_TIME:
        raise DeadLetter(reason="time_out_of_range", field="time")
    return time, clamped


def _read_moment(record: Mapping[str, Any], field: str) -> int | None:
    """Return a time: RFC 3339 text, or a number of seconds (below 10^11) or milliseconds."""
    value = record.get(field)
    if value is None or value == "":
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        try:
            return milliseconds(value)
        except ValueError:
            raise DeadLetter(reason="bad_time", field=field) from None
    number = _decimal(str(value))
    if not math.isfinite(float(number)):
        raise DeadLetter(reason="bad_time", field=field)
    thousandths = 1000 if abs(number) < 10**11 else 1
    return int((number * thousandths).to_integral_value(ROUND_FLOOR))


def _read_type(record: Mapping[str, Any], job: Job) -> str:
    event_type = _read_name(record, "type")
    if event_type is None:
        raise DeadLetter(reason="missing_field", field="type")
    if _is_known(event_type) or event_type in job.ignored_types or job.ignore_unknown_types:
        return event_type
    raise DeadLetter(reason="unknown_type", field="type")


def _is_known(event_type: str) -> bool:
    own = event_type.startswith("custom.") and event_type != "custom."
    return event_type in TYPES or own


def is_ignored(event: Event, job: Job) -> bool:
    """Say whether this event's type is declared ignored."""
    unknown = not _is_known(event.type)
    return event.type in job.ignored_types or (job.ignore_unknown_types and unknown)


def _read_person(record: Mapping[str, Any]) -> str:
    user_id, anonymous_id = _read_name(record, "user_id"), _read_name(record, "anonymous_id")
    if user_id is not None:
        return "u:" + user_id
    if anonymous_id is not None:
        return "a:" + anonymous_id
    raise DeadLetter(reason="missing_field", field="user_id")


def _read_name(record: Mapping[str, Any], field: str) -> str | None:
    """Return an id or another name: text, or an integer in decimal; None if missing or empty."""
    return _as_text(record.get(field))


def _read_text_fields(record: Mapping[str, Any], job: Job) -> dict[str, str]:
    """Return the text fields in use that are not missing; a number counts as its text."""
    texts = {field: _as_text(record.get(field)) for field in job.text_fields}
    return {field: text for field, text in texts.items() if text is not None}


def _read_number(record: Mapping[str, Any], field: str) -> Decimal | None:
    """Return a number, or the number that a text holds."""
    value = record.get(field)
    if value is None or value == "":
        return None
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            raise DeadLetter(reason="bad_number", field=field)
        return _decimal(value)
    return Decimal(value)


def _read_money(record: Mapping[str, Any], field: str) -> int | None:
    """Return the minor units of a decimal number: floor(x * 100 + 0.5)."""
    number = _read_number(record, field)
    if number is None:
        return None
    if abs(number) > MAX_MONEY:
        raise DeadLetter(reason="bad_number", field=field)
    minor = int((number * 100 + Decimal("0.5")).to_integral_value(ROUND_FLOOR))
    if abs(minor) > MAX_MONEY:
        raise DeadLetter(reason="bad_number", field=field)
    return minor


def _read_quantity(record: Mapping[str, Any]) -> int:
    number = _read_number(record, "quantity")
    if number is None:
        return 1
    if not 0 <= number <= MAX_QUANTITY or number != int(number):
        raise DeadLetter(reason="bad_number", field="quantity")
    return int(number)
