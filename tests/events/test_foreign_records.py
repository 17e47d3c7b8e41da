"""Foreign records by every means of a mapping, held against the naive reference."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.events.mapping import CANONICAL, Mapping
from rtm_flows.events.outcome import Parsed
from rtm_flows.events.parser import Parser
from tests.reference.mapping import IGNORED, canonical_record

TEXT = ("item_id", "url", "channel", "order_id")
START = "2024-03-13T10:21:14Z"
MAPPINGS: dict[str, dict[str, Any]] = {
    "lists": {
        "id": "id", "time": "t", "user_id": "who.0", "type": "kind",
        "item_id": "items.1.sku", "url": "params.key=page.value", "channel": "params.0.value",
        "value": {"sum": ["items.*.price", "items.*.n"]}, "price": "items.0.price",
    },
    "choices": {
        "id": {"first_of": ["id", "other_id"]}, "time": "t", "user_id": {"first_of": ["u", "v"]},
        "anonymous_id": "s", "type": {"first_of": ["event", "kind"]}, "missing": ["NA", "-"],
        "types": {"view": "view_item", "buy": "purchase", "cat": "custom.cat"},
        "ignore": ["ping"], "unmapped": "custom", "item_id": {"first_of": ["a.b", "a.c", "d"]},
        "price": {"first_of": ["p", "a.p"]}, "constants": {"channel": "web"},
    },
    "rules": {
        "id": "id", "time": "t", "anonymous_id": "s",
        "type_rules": [
            {"ignore": True, "equals": {"bot": "true"}},
            {"type": "purchase", "present": "order.no", "absent": ["items", "d"]},
            {"type": "view_item", "equals": {"kind": ["view", "7"]}, "present": "s"},
        ],
        "constants": {"type": "page_view"}, "order_id": "order.no",
    },
    "ruled": {
        "id": "id", "time": "t", "anonymous_id": "s", "type": "kind", "unmapped": "ignore",
        "types": {"view": "view_item"}, "type_rules": [{"type": "refund", "present": "items"}],
    },
    "clocks": {
        "id": "id", "time": "t", "original_timestamp": "told", "sent_at": "sent",
        "received_at": "got", "anonymous_id": "s", "constants": {"type": "search"},
    },
    "offset": {
        "id": "id", "time": "day", "time_format": "%d.%m.%Y", "zone": "Europe/Berlin",
        "time_offset": "ms", "anonymous_id": "s", "constants": {"type": "search"},
    },
    "counts": {
        "id": "id", "time": "us", "time_unit": "us", "user_id": "s", "type": "event",
        "ignore": ["search"],
    },
}  # fmt: skip
ITEM = {"sku": ("A", 7, None), "price": (1.005, "2.50", 3, "x", "", None), "n": (2, "3", None)}
COLUMNS: dict[str, tuple[Any, ...]] = {
    "id": ("1", 2, "NA", "", None), "other_id": ("3",), "t": (START, "", None, "NA"),
    "u": ("u", "-", None), "v": (8, "NA"), "s": ("s", "", None), "d": ("D", 5),
    "event": ("view", "view_item", "search", "", "NA"),
    "kind": ("view", "ping", "quiz", "7", "buy"),
    "p": (5, "NA", "1.25"), "bot": (True, False), "order": ({"no": "o1"}, {"no": ""}, {}, None),
    "a": ({"b": "B", "p": 2}, {"b": "", "c": "C"}, None), "who": (["w"], [], [None, "x"], None),
    "told": ("2024-03-13T10:00:00Z", None), "sent": ("2024-03-13T10:00:05Z", None),
    "got": ("2024-03-13T10:21:14Z", None), "day": ("13.03.2024", "31.03.2024", None),
    "ms": (0, 526309, "1", None), "us": (1_710_325_274_123_456, "1710325274000999", None),
    "params": (
        [{"key": "x", "value": "X"}, {"key": "page", "value": "/"}, {"key": "page", "value": "!"}],
        [{"key": 5, "value": 1}], [None, {"value": 3}], [], None,
    ),
}  # fmt: skip


def _optional(columns: dict[str, tuple[Any, ...]]) -> st.SearchStrategy[dict[str, Any]]:
    values = {name: st.sampled_from(each) for name, each in columns.items()}
    return st.fixed_dictionaries({}, optional=values)


RECORDS = st.builds(
    lambda record, items: record if items is None else {**record, "items": items},
    _optional(COLUMNS),
    st.none() | st.lists(st.none() | _optional(ITEM), max_size=3),
)


def told(parsed: Parsed) -> list[Any]:
    """Return what parsing a record gave: event, or the reason of the dead letter, or nothing."""
    table = parsed.table
    names = ["time", "source", "type", "person", "price", "quantity", "amount", "derived", *TEXT]
    own = [table["id"].tolist()] if not table["derived"].any() else []
    return [
        *([table[name].tolist() for name in names]), own,
        [bad.reason for bad in parsed.bad], parsed.ignored, parsed.clamped, parsed.records,
    ]  # fmt: skip


ours = Parser(msgspec.structs.replace(CANONICAL, ignore=[IGNORED]), source="shop", text=TEXT)


@pytest.mark.parametrize("name", MAPPINGS)
def test_mappings_agree_with_the_reference(name: str) -> None:
    """A mapped record comes to the same as the canonical record that the reference makes of it."""
    plain = MAPPINGS[name]
    parser = Parser(msgspec.convert(plain, Mapping), source="shop", text=TEXT)

    @given(RECORDS)
    def agrees(record: dict[str, Any]) -> None:
        wanted = canonical_record(record, plain)
        found = parser.parse_lines([msgspec.json.encode(record)])
        assert told(found) == told(ours.parse_lines([msgspec.json.encode(wanted)])), wanted

    agrees()


@given(st.lists(RECORDS, max_size=6))
def test_records_do_not_touch_each_other(records: list[dict[str, Any]]) -> None:
    """What becomes of a record does not depend on those parsed with it."""
    parser = Parser(msgspec.convert(MAPPINGS["lists"], Mapping), source="shop", text=TEXT)
    lines = [msgspec.json.encode(record) for record in records]
    together, alone = parser.parse_lines(lines), [parser.parse_lines([line]) for line in lines]

    for column in ("time", "id", "type", "person", "amount", *TEXT):
        assert together.table[column].tolist() == [
            value for one in alone for value in one.table[column].tolist()
        ]
    assert [bad.reason for bad in together.bad] == [b.reason for one in alone for b in one.bad]


def test_lists_of_the_wrong_kind_are_told_with_their_place() -> None:
    """The path as far as it was sound, what was expected, and no value."""
    parser = Parser(msgspec.convert(MAPPINGS["lists"], Mapping), source="shop", text=TEXT)
    wrong: list[dict[str, Any]] = [{"items": {}}, {"items": [5]}, {"items": [{"sku": []}]}]
    bad = parser.parse_lines([msgspec.json.encode(record) for record in wrong]).bad

    assert [(one.reason, one.field, one.detail) for one in bad] == [
        ("wrong_type", "items", "expected a list, got object"),
        ("wrong_type", "items.*", "expected an object, got int"),
        ("wrong_type", "items.*.sku", "expected text or a number, got array"),
    ]


COLUMN_NAMES = [
    "id",
    "other_id",
    "t",
    "u",
    "v",
    "s",
    "event",
    "kind",
    "d",
    "p",
    "a.b",
    "a.c",
    "a.p",
]


@given(
    st.lists(st.tuples(*(st.sampled_from(["", "NA", "1", "view", START]) for _ in COLUMN_NAMES)))
)
def test_csv_is_mapped_as_json_is(rows: list[tuple[str, ...]]) -> None:
    """Choices, words for missing ones and tables of types, out of columns with a header."""
    parser = Parser(msgspec.convert(MAPPINGS["choices"], Mapping), source="shop", text=TEXT)
    records: list[dict[str, Any]] = []
    for row in rows:
        given_values = dict(zip(COLUMN_NAMES, row, strict=True))
        inner = {name: given_values.pop(f"a.{name}") for name in "bcp"}
        records.append({**given_values, "a": inner})

    found = parser.parse_records(COLUMN_NAMES, [list(row) for row in rows])
    wanted = parser.parse_lines([msgspec.json.encode(record) for record in records])
    assert found.bad == wanted.bad
    assert (found.ignored, found.records) == (wanted.ignored, wanted.records)
    for name in found.table:
        assert found.table[name].tolist() == wanted.table[name].tolist(), name
