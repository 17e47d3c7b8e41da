"""The mapping: which foreign column becomes which field of an event.

In: the `[input.mapping]` table of a configuration. Out: a `Mapping`. It knows nothing of records,
files or formats; whether a mapping makes sense is for `mapping_checks` to say.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from rtm_flows.events.field_names import FIELD_NAMES


class Several(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field that is read from several columns; one of the two must be given.

    Attributes
    ----------
    first_of
        The first of these columns that is not missing.
    sum
        Paths into the same list, such as `items.*.price` and `items.*.quantity`: the sum over its
        entries of the product. An entry without the first is left out; where another is missing it
        counts 1.
    """

    first_of: list[str] = []
    sum: list[str] = []


class TypeRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A type that follows from other columns; all of its conditions must hold.

    Attributes
    ----------
    type
        The event type.
    ignore
        Whether such records are ignored instead.
    present
        Columns that must hold something.
    absent
        Columns that must hold nothing: null, empty text, empty objects and lists.
    equals
        Column -> the text it must hold, or several of which it must hold one.
    """

    type: str | None = None
    ignore: bool = False
    present: str | list[str] = []
    absent: str | list[str] = []
    equals: dict[str, str | list[str]] = {}

    @property
    def columns(self) -> list[str]:
        """The columns that the rule looks at."""
        return [*as_list(self.present), *as_list(self.absent), *self.equals]


Column = str | Several | None


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which foreign column holds which field; a field that is not named is not read.

    In JSON a column name with dots is a path into nested objects (`context.page.url`) and lists:
    `items.0.item_id` is of the first entry, `event_params.key=page_location.value.string_value` of
    the first whose `key` is `page_location`. In CSV it is a name like any other. Empty text counts
    as missing everywhere. Instead of a column a field may have `Several`.

    Attributes
    ----------
    time
        The column of the event's time, or a list of some whose texts are joined by a space.
    time_format
        How times are written, in strptime's letters (`%.f` for a fraction of a second), or several
        ways that are tried in turn. Without it: RFC 3339 text, or a number since 1970.
    time_unit
        What numbers count; by default seconds below 1e11, else milliseconds.
    zone
        The IANA zone of times that name none; UTC by default. A time that occurs twice is the
        earlier one, a time that the zone skips is refused.
    time_offset
        A column with what has passed since `time`, as since midnight or the session's start.
    time_offset_unit
        What its numbers count.
    received_at
        When the record was received; a time too far ahead of it is clamped to it.
    original_timestamp
        When it happened by the sender's clock, for records without `time`. The time is then
        `received_at - (sent_at - original_timestamp)`; where one of the two others is missing,
        `original_timestamp`.
    sent_at
        When it was sent, by the same clock.
    id
        Text or integers that tell copies apart within a source; a record without gets a derived id.
    source
        The system that gave the id: text or integers; `input.source` where there is none.
    user_id
        The id of somebody known: text or integers.
    anonymous_id
        The id of a browser or device, for records without user id: text or integers.
    type
        The column of the foreign type.
    types
        Foreign type -> event type. Without any the foreign types must be event types.
    type_rules
        Tried in turn before that; the first whose conditions hold gives the type.
    constants
        Field -> a value that every record has; not for ids and times. That of `type` is for
        records to which no rule applies.
    ignore
        Foreign types to ignore.
    unmapped
        What becomes of types neither mapped nor ignored: they are dead letters (by default, but for
        the formats of others), ignored, or `custom`, that is `custom.` and the foreign name in
        snake case.
    missing
        Texts that count as missing in every column, such as `NA`.
    missing_columns
        Whether the header of a CSV file may lack mapped columns: by default it may not, but for
        the formats of others. It may never lack those of `time` and `type`.
    price
        Of one piece: numbers, or text that holds one.
    quantity
        How many: numbers, or text that holds one; 1 if missing.
    value
        The worth of the whole event: numbers, or text that holds one; price x quantity if missing.

    All others are text; `rtm_flows.events.plan` says what each means.

    Examples
    --------
    >>> Mapping(time="ts", user_id="uid", constants={"type": "view_item"}).time
    'ts'
    """

    time: str | list[str] | Several | None = None
    time_format: str | list[str] | None = None
    time_unit: Literal["s", "ms", "us", "ns"] | None = None
    zone: str | None = None
    time_offset: str | None = None
    time_offset_unit: Literal["s", "ms"] = "ms"
    received_at: Column = None
    original_timestamp: Column = None
    sent_at: Column = None
    id: Column = None
    source: Column = None
    user_id: Column = None
    anonymous_id: Column = None
    type: Column = None
    types: dict[str, str] = {}
    type_rules: list[TypeRule] = []
    constants: dict[str, str] = {}
    ignore: list[str] = []
    unmapped: Literal["dead_letter", "ignore", "custom"] | None = None
    missing: list[str] = []
    missing_columns: Literal["refuse", "allow"] | None = None
    price: Column = None
    quantity: Column = None
    value: Column = None
    currency: Column = None
    session_id: Column = None
    channel: Column = None
    device: Column = None
    item_id: Column = None
    item_category: Column = None
    search_term: Column = None
    transaction_id: Column = None
    case_id: Column = None
    locale: Column = None
    platform: Column = None
    campaign: Column = None
    session_index: Column = None
    group_id: Column = None
    previous_id: Column = None
    scope: Column = None
    direction: Column = None
    timezone: Column = None
    url: Column = None
    page_title: Column = None
    referrer: Column = None
    campaign_source: Column = None
    campaign_medium: Column = None
    campaign_term: Column = None
    campaign_content: Column = None
    item_name: Column = None
    item_brand: Column = None
    item_variant: Column = None
    item_list_id: Column = None
    coupon: Column = None
    promotion_id: Column = None
    promotion_name: Column = None
    creative_name: Column = None
    creative_slot: Column = None
    content_type: Column = None
    content_id: Column = None
    order_id: Column = None
    order_status: Column = None
    delivery_from: Column = None
    delivery_to: Column = None
    case_status: Column = None
    case_topic: Column = None
    priority: Column = None
    post_id: Column = None
    author_id: Column = None
    author_followers: Column = None
    text: Column = None
    lang: Column = None
    in_reply_to: Column = None
    purpose: Column = None
    consent_status: Column = None
    revoke_date: Column = None
    jurisdiction: Column = None
    decision_id: Column = None
    action: Column = None
    treatment: Column = None
    rank: Column = None
    outcome: Column = None
    outcome_time: Column = None


CANONICAL: Final = msgspec.convert(
    {"missing_columns": "allow", **{name: name for name in FIELD_NAMES}}, Mapping
)
"""The canonical format: every field under its own name."""


def as_list(value: str | list[str]) -> list[str]:
    """Return one text or several as a list.

    Examples
    --------
    >>> as_list("a"), as_list(["a", "b"])
    (['a'], ['a', 'b'])
    """
    return [value] if isinstance(value, str) else value
