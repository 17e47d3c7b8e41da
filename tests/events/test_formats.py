"""Formats of others: what they send for an event comes to that event."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import pytest

from rtm_flows.config import load
from rtm_flows.events.formats import FORMATS, columns_of, mapping_of
from rtm_flows.events.mapping import CANONICAL, Mapping
from rtm_flows.events.mapping_checks import check_mapping
from rtm_flows.events.parser import Parser
from tests.events.foreign import WRITERS, without_nothing

COMMON = {"time": "2024-03-13T10:21:14.123+00:00", "user_id": "u1", "anonymous_id": "b1"}
PAGE = {"url": "https://shop.example/sale", "locale": "de-AT", "campaign": "spring"}
ITEM = {
    "item_id": "sku1", "item_category": "shoes", "price": 12.5, "quantity": 2, "currency": "EUR",
}  # fmt: skip
ORDER = {"transaction_id": "o1", "order_id": "o1", "value": 24.99}
EVENTS: list[dict[str, Any]] = [
    {**COMMON, **PAGE, "id": "e1", "type": "page_view"},
    {**COMMON, **PAGE, "id": "e2", "type": "view_item", **ITEM, "item_brand": "acme"},
    {**COMMON, "id": "e3", "type": "add_to_cart", **ITEM},
    {**COMMON, "id": "e4", "type": "search", "search_term": "röd skor", "user_id": None},
    {**COMMON, "id": "e5", "type": "purchase", **ITEM, **ORDER, "anonymous_id": None},
    {**COMMON, "id": "e6", "type": "custom.quiz_done"},
    {**COMMON, "id": "e7", "type": "email_opened"},
    {**COMMON, "id": "e8", "type": "alias", "previous_id": "b0"},
    {**COMMON, "id": "e9", "type": "modify_consent"},
]
# What a format has no place for.
UNSAID: dict[str, tuple[str, ...]] = {
    "segment": ("modify_consent",), "rudderstack": ("modify_consent",), "cloudevents": (),
    "ga4": (), "snowplow": ("view_item", "email_opened", "alias"),
}  # fmt: skip
LOST: dict[str, tuple[str, ...]] = {
    "segment": (), "rudderstack": (), "cloudevents": (), "ga4": ("order_id", "previous_id"),
    "snowplow": ("item_brand", "search_term"),
}  # fmt: skip
TEXT = (
    "url", "locale", "campaign", "item_id", "item_category", "item_brand", "currency",
    "transaction_id", "order_id", "search_term", "previous_id",
)  # fmt: skip
COLUMNS = ("time", "type", "person", "price", "quantity", "amount", *TEXT)


@pytest.mark.parametrize("name", FORMATS)
def test_formats_are_sound(name: str) -> None:
    """Each is accepted without a key of the job's own, but for `mapping`, which has none."""
    if name != "mapping":
        check_mapping(mapping_of(name), ())
        table = {"mapping": {"time": "t", "type": "t", "user_id": "u"}}
        own: dict[str, Any] = {} if name == "canonical" else table
        assert load({"name": "shop", "input": {"format": name, **own}}).mapping.time


@pytest.mark.parametrize("name", WRITERS)
def test_events_come_back_from_every_format(name: str) -> None:
    """Written as the foreign system does, with nulls or without, and read by the format."""
    events = [event for event in EVENTS if event["type"] not in UNSAID[name]]
    plain = Parser(CANONICAL, source="shop", text=TEXT)
    wanted = plain.parse_lines([msgspec.json.encode(event) for event in events]).table
    foreign = [WRITERS[name](event) for event in events]

    for records in (foreign, [without_nothing(record) for record in foreign]):
        parser = Parser(mapping_of(name), source="shop", text=TEXT)
        found = parser.parse_lines([msgspec.json.encode(record) for record in records])
        assert (found.bad, found.ignored, found.clamped) == ([], 0, 0)
        for column in set(COLUMNS) - set(LOST[name]):
            assert found.table[column].tolist() == wanted[column].tolist(), column
        if name != "ga4":  # whose events have no ids
            assert found.table["id"].tolist() == wanted["id"].tolist()


@pytest.mark.parametrize("delimiter", ["\t", ","])
def test_snowplow_rows_come_to_the_same_as_its_json(delimiter: str) -> None:
    """Without a header all 131 columns stand in their order; with one, some may be absent."""
    events = [event for event in EVENTS if event["type"] not in UNSAID["snowplow"]]
    records = [WRITERS["snowplow"](event) for event in events]
    header = columns_of("snowplow", delimiter) or tuple(records[0])
    rows = [[str(r.get(c) or "") for c in header] for r in map(without_nothing, records)]
    parser = Parser(mapping_of("snowplow"), source="shop", text=TEXT)

    found = parser.parse_records(header, rows)
    wanted = parser.parse_lines([msgspec.json.encode(record) for record in records])
    assert found.bad == []
    for column in found.table:
        assert found.table[column].tolist() == wanted.table[column].tolist(), column


def test_snowplow_tells_commerce_by_its_own_action() -> None:
    """The kind of an e-commerce action is the type, whatever the event's name is."""
    action = "unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1"
    record = {
        **WRITERS["snowplow"](EVENTS[0]),
        "event_name": "snowplow_ecommerce_action",
        action: {"type": "product_view", "name": "list"},
    }
    parser = Parser(mapping_of("snowplow"), source="shop")

    assert parser.parse_lines([msgspec.json.encode(record)]).table["type"].tolist() == ["view_item"]


def test_segment_clocks_are_corrected_only_where_no_time_is_given() -> None:
    """As Segment does: the time of receipt, less what passed from the event to its sending."""
    told = {
        "originalTimestamp": "2024-03-13T07:00:00Z", "sentAt": "2024-03-13T07:00:05Z",
        "receivedAt": "2024-03-13T10:00:05Z",
    }  # fmt: skip
    record = {"type": "page", "anonymousId": "b", **told}
    times = [
        record, {**record, "timestamp": "2024-03-13T09:00:00Z"}, {**record, "sentAt": None},
        {**record, "originalTimestamp": None}, {**record, "sentAt": "soon"},
        {**record, "timestamp": "2024-03-13T09:00:00Z", "sentAt": "soon"},
    ]  # fmt: skip
    parser = Parser(mapping_of("segment"), source="shop")
    found = parser.parse_lines([msgspec.json.encode(one) for one in times])

    hours = [(time - 1_710_288_000_000) / 3_600_000 for time in found.table["time"].tolist()]
    assert hours == [10.0, 9.0, 7.0, 9.0]
    assert [(bad.row, bad.reason, bad.field) for bad in found.bad] == [
        (3, "missing_field", "timestamp"), (4, "bad_time", "sentAt"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", [*WRITERS, "mapping"])
@pytest.mark.parametrize("unmapped", ["custom", "ignore", "dead_letter"])
def test_unmapped_types_become_what_is_configured(
    name: str, unmapped: Literal["custom", "ignore", "dead_letter"]
) -> None:
    """A custom event, an ignored record, or a dead letter that names the column, in any format."""
    own: dict[str, Any] = {"time": "t", "user_id": "u", "type": "k", "types": {"x": "search"}}
    given = {**({} if name in WRITERS else own), "unmapped": unmapped}
    parser = Parser(mapping_of(name, msgspec.convert(given, Mapping)), source="shop")
    quiz = {**COMMON, "id": "e", "type": "custom.quiz_done"}
    record = WRITERS[name](quiz) if name in WRITERS else {"t": 1.5e9, "u": 1, "k": "Quiz Done"}
    if name == "cloudevents":
        record["type"] = "Quiz Done"
    found = parser.parse_lines([msgspec.json.encode(record)])

    assert found.table["type"].tolist() == (["custom.quiz_done"] if unmapped == "custom" else [])
    assert found.ignored == (unmapped == "ignore")
    reasons = [(bad.reason, bad.field is not None) for bad in found.bad]
    assert reasons == ([("unknown_type", True)] if unmapped == "dead_letter" else [])


def test_a_job_changes_what_it_wants_of_a_format() -> None:
    """Its columns and constants take the format's place; its types and rules come on top."""
    own = {
        "types": {"session_start": "login", "quiz": "custom.quiz"}, "item_id": "sku",
        "constants": {"channel": "app"}, "ignore": ["scroll"],
        "type_rules": [{"type": "generate_lead", "present": "lead"}],
    }  # fmt: skip
    mapping = mapping_of("ga4", msgspec.convert(own, Mapping))
    check_mapping(mapping, ())
    parser = Parser(mapping, source="shop", text=("item_id", "channel"))
    row = {"event_timestamp": 1710325274000000, "user_pseudo_id": "b", "sku": "s"}
    names = ["session_start", "first_visit", "scroll", "quiz", "purchase", "other"]
    lines = [msgspec.json.encode({**row, "event_name": name}) for name in names]
    found = parser.parse_lines([*lines, msgspec.json.encode({**row, "lead": 1})])

    assert found.bad == []
    assert found.ignored == 2
    assert found.table["type"].tolist() == [
        "login", "custom.quiz", "purchase", "custom.other", "generate_lead"
    ]  # fmt: skip
    assert set(found.table["item_id"]) == {"s"}
    assert set(found.table["channel"]) == {"app"}


def test_types_of_a_job_stand_beside_our_own_in_cloudevents() -> None:
    """What the format understood before it still understands; custom types keep their names."""
    own = Mapping(types={"com.shop.viewed": "view_item"})
    parser = Parser(mapping_of("cloudevents", own), source="shop")
    names = ["com.shop.viewed", "purchase", "custom.quiz"]
    lines = [
        msgspec.json.encode({"id": n, "time": COMMON["time"], "subject": "s", "type": n})
        for n in names
    ]

    assert parser.parse_lines(lines).table["type"].tolist() == [
        "view_item", "purchase", "custom.quiz"
    ]  # fmt: skip
