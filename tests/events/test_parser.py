"""Tests of the parser: what an event is made of."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Literal
from zlib import crc32

import msgspec
import numpy as np
import pytest

from rtm_flows.errors import ConfigError
from rtm_flows.events.field_names import DIGEST_FIELDS
from rtm_flows.events.mapping import CANONICAL, Mapping
from rtm_flows.events.outcome import Parsed
from rtm_flows.events.parser import Parser
from tests.events.records import GOOD, line, plain

canonical = Parser(CANONICAL, source="shop", text=("device", "item_id", "campaign"))
NOW = "2024-03-13T10:21:14.123Z"


def parse(*changes: dict[str, Any], parser: Parser = canonical) -> Parsed:
    """Parse good records with changes, one for each."""
    return parser.parse_lines([line(**change) for change in changes])


def test_an_event_has_all_its_columns() -> None:
    """A record becomes a row of the canonical table, column by column."""
    parsed = parse(
        {"price": 9.99, "quantity": 2, "source": "app", "device": "mobile", "item_id": 33}
    )

    assert {name: column.tolist() for name, column in parsed.table.columns.items()} == {
        "time": [1_710_325_274_123],
        "clamped": [False],
        "type": ["view_item"],
        "person": ["u:u1"],
        "price": [999],
        "quantity": [2],
        "amount": [1998],
        "id": ["e1"],
        "derived": [False],
        "source": ["app"],
        "row": [0],
        "device": ["mobile"],
        "item_id": ["33"],
        "campaign": [None],
        "hash": [crc32(b"u:u1")],
        "identity": [crc32(b"u:u1")],
    }


@pytest.mark.parametrize("change", [{}, {"id": None}, {"user_id": None}, {"device": ""}])
def test_columns_keep_their_types(change: dict[str, Any]) -> None:
    """Whatever way a record is read, the columns have the same types; so has an empty table."""
    kinds = {name: column.dtype for name, column in parse(change).table.columns.items()}

    assert kinds == {
        **dict.fromkeys(("time", "price", "quantity", "amount", "row"), np.dtype(np.int64)),
        **dict.fromkeys(("hash", "identity"), np.dtype(np.uint32)),
        **dict.fromkeys(("clamped", "derived"), np.dtype(np.bool_)),
        **dict.fromkeys(("type", "person", "id", "source"), np.dtype(object)),
        **dict.fromkeys(("device", "item_id", "campaign"), np.dtype(object)),
    }


def test_persons_are_users_or_anonymous() -> None:
    """An empty user id is none; integers are written in decimal; nobody is a dead letter."""
    parsed = parse(
        {"user_id": 7, "anonymous_id": "x"},
        {"user_id": "", "anonymous_id": 8},
        {"user_id": None, "anonymous_id": ""},
        {"user_id": 10**30},
    )

    assert parsed.table["person"].tolist() == ["u:7", "a:8", f"u:{10**30}"]
    assert parsed.table["identity"].tolist()[:2] == [crc32(b"a:x"), crc32(b"a:8")]
    assert [bad[:3] for bad in parsed.bad] == [(2, "missing_field", "user_id")]


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"time": None}, "missing_field", "time"),
        ({"time": ""}, "missing_field", "time"),
        ({"time": "yesterday"}, "bad_time", "time"),
        ({"time": "2024-02-30T00:00:00Z"}, "bad_time", "time"),
        ({"received_at": "soon"}, "bad_time", "received_at"),
        ({"time": "1989-12-31T23:59:59.999Z"}, "time_out_of_range", "time"),
        ({"time": "2100-01-01T00:00:00Z"}, "time_out_of_range", "time"),
        ({"time": -1e300}, "time_out_of_range", "time"),
        ({"type": None}, "missing_field", "type"),
        ({"type": "veiw_item"}, "unknown_type", "type"),
        ({"type": 5}, "unknown_type", "type"),
        ({"price": "dear"}, "bad_number", "price"),
        ({"quantity": 0.5}, "bad_number", "quantity"),
        ({"value": 1e11}, "bad_number", "value"),
    ],
)
def test_records_that_are_no_events_say_why(
    change: dict[str, Any], reason: str, field: str
) -> None:
    """A record whose fields are not good is a dead letter at the first of them."""
    parsed = parse({}, change)

    assert [bad[:3] for bad in parsed.bad] == [(1, reason, field)]
    assert len(parsed.table) == 1


def test_times_too_far_ahead_are_clamped() -> None:
    """A time later than the receipt by more than allowed becomes that of the receipt."""
    parser = Parser(CANONICAL, source="shop", ahead_ms=1_000)
    late = [{"received_at": f"2024-03-13T10:21:{second}Z"} for second in ("13.123", "13.122")]

    parsed = parse(*late, {"time": 5e12, "received_at": NOW}, {"received_at": ""}, parser=parser)

    assert parsed.table["clamped"].tolist() == [False, True, True, False]
    assert parsed.clamped == 2
    assert parsed.table["time"].tolist()[1:3] == [1_710_325_273_122, 1_710_325_274_123]


def test_clamping_does_not_save_an_impossible_receipt() -> None:
    """A time clamped to a receipt before 1990 is out of range."""
    assert [bad.reason for bad in parse({"received_at": 0}).bad] == ["time_out_of_range"]


def test_derived_ids_hash_the_first_fields() -> None:
    """The id of a record without one is the hash of what it says, wanted as a column or not.

    Fields that came into the plan later, such as url, change no id.
    """
    parsed = parse(
        {}, {"id": None}, {"id": "", "locale": "de"}, {"id": None, "url": "/", "more": 1}
    )
    told = {**GOOD, "id": None}
    texts = [told.get(name) or "\x00" for name in DIGEST_FIELDS]
    digest = blake2b("\x1f".join(texts).encode(), digest_size=8).hexdigest()

    ids = parsed.table["id"].tolist()

    assert parsed.table["derived"].tolist() == [False, True, True, True]
    assert [ids[0], ids[1], ids[3]] == ["e1", f"~{digest}", f"~{digest}"]
    assert ids[2] != ids[1]


def test_a_field_that_is_only_hashed_must_still_be_right() -> None:
    """Without an id all mapped fields are read; with one, only those that are wanted."""
    parsed = parse({"locale": []}, {"id": None, "locale": []}, {"id": None})

    assert [bad[:3] for bad in parsed.bad] == [(1, "wrong_type", "locale")]
    assert parsed.table["row"].tolist() == [0, 2]


def test_types_are_mapped_ignored_or_refused() -> None:
    """A foreign type becomes an event type, is ignored, or is treated as `unmapped` says."""
    names = ["view", "ping", "page_view", "QuizDone", "?"]
    outcomes = {}
    rules: list[Literal["dead_letter", "ignore", "custom"]] = ["dead_letter", "ignore", "custom"]
    for unmapped in rules:
        mapping = Mapping(
            time="time",
            user_id="user_id",
            type="type",
            types={"view": "view_item"},
            ignore=["ping"],
            unmapped=unmapped,
        )
        parser = Parser(mapping, source="shop")
        parsed = parse(*({"type": name} for name in names), parser=parser)
        outcomes[unmapped] = (parsed.table["type"].tolist(), parsed.ignored, len(parsed.bad))

    assert outcomes == {
        "dead_letter": (["view_item"], 1, 3),
        "ignore": (["view_item"], 4, 0),
        "custom": (["view_item", "custom.page_view", "custom.quiz_done"], 1, 1),
    }


def test_a_broken_record_of_an_ignored_type_is_a_dead_letter() -> None:
    """Dead letter comes before ignored."""
    mapping = msgspec.structs.replace(CANONICAL, ignore=["search"])

    parsed = parse(
        {"type": "search"},
        {"type": "search", "price": "x"},
        {},
        parser=Parser(mapping, source="shop"),
    )

    assert (len(parsed.table), parsed.ignored, len(parsed.bad), parsed.records) == (1, 1, 1, 3)


def test_equal_types_are_one_object() -> None:
    """Types, custom ones too, can be told apart by identity, across batches."""
    for name in ("view_item", "custom.quiz"):
        first, second = parse({"type": name}).table["type"][0], parse({"type": name}).table["type"]
        assert second[0] is first


def test_nested_columns_are_reached_by_dots() -> None:
    """Dots lead into objects; what is missing on the way is missing."""
    mapping = Mapping(time="at.ms", user_id="who.user.id", type="type", device="ctx.device")
    parser = Parser(mapping, source="shop", text=("device",))
    records: list[dict[str, Any]] = [
        {"at": {"ms": 1_710_325_274_123}, "who": {"user": {"id": 1}}, "ctx": {"device": "tv"}},
        {"at": {"ms": NOW}, "who": {"user": {"id": "2"}}, "ctx": None},
        {"at": {"ms": NOW}, "who": {"user": None}, "ctx": {}},
        {"at": {"ms": NOW}, "who": {"user": 3}},
        {"at": {"ms": NOW}, "who": {"user": {"id": False}}},
        {"at": {"ms": NOW}, "who": {"user": {"id": "6"}}},
    ]

    parsed = parser.parse_lines([msgspec.json.encode({"type": "search", **r}) for r in records])

    assert parsed.table["person"].tolist() == ["u:1", "u:2", "u:6"]
    assert parsed.table["device"].tolist() == ["tv", None, None]
    assert [bad[:3] for bad in parsed.bad] == [
        (2, "missing_field", "who.user.id"),
        (3, "wrong_type", "who.user"),
        (4, "wrong_type", "who.user.id"),
    ]


@pytest.mark.parametrize(
    ("device", "message"),
    [("who", "empty between dots, or also read"), ("who.id.x", "id is also"), ("a..b", "empty"),
     ('"', "quotes"), (".", "empty")],
)  # fmt: skip
def test_impossible_columns_are_refused(device: str, message: str) -> None:
    """A column cannot be a value and an object, nor have a name that is no name."""
    mapping = Mapping(time="t", user_id="who.id", type="e", device=device)

    with pytest.raises(ConfigError, match=message):
        Parser(mapping, source="shop", text=("device",)).parse_lines([])


def test_time_may_stand_in_two_columns() -> None:
    """Date and time columns are read as one text; both must be there."""
    mapping = Mapping(
        time=["day", "hour"], time_format="%Y%m%d %H:%M", zone="Europe/Berlin",
        user_id="u", type="e", received_at="seen",
    )  # fmt: skip
    records: list[dict[str, Any]] = [
        {"day": 20240701, "hour": "12:00", "seen": "20240701 12:30"},
        {"day": 20240701, "hour": "12:00", "seen": "2024-07-01T10:00:00Z"},
        {"day": 20240701, "hour": ""},
        {"day": 20240701, "hour": "noon"},
    ]

    parsed = Parser(mapping, source="shop").parse_lines(
        [msgspec.json.encode({"u": 1, "e": "search", **record}) for record in records]
    )

    assert parsed.table["time"].tolist() == [1_719_828_000_000] * 2
    assert [bad[:3] for bad in parsed.bad] == [
        (2, "missing_field", "day+hour"),
        (3, "bad_time", "day+hour"),
    ]


def test_constants_hold_for_every_record() -> None:
    """A constant stands in for a column, of type, source, numbers and text alike."""
    constants = {"type": "purchase", "source": "till", "price": "2.50", "device": "till"}
    mapping = Mapping(time="time", anonymous_id="user_id", constants=constants)

    parsed = Parser(mapping, source="shop", text=("device",)).parse_lines([line(), line()])

    for name, value in {
        "type": "purchase",
        "source": "till",
        "price": 250,
        "device": "till",
    }.items():
        assert parsed.table[name].tolist() == [value, value]
    assert parsed.table["person"].tolist() == ["a:u1", "a:u1"]


def test_a_column_may_serve_several_fields() -> None:
    """One column may be a person, a text and a number at once, each read in its own way."""
    mapping = Mapping(
        time="t", user_id="n", type="e", price="n", item_id="n", session_id="t", campaign="e"
    )
    parser = Parser(mapping, source="shop", text=("item_id", "session_id", "campaign"))

    for t, n in [(1_710_325_274, 7), ("1710325274", "7")]:
        parsed = parser.parse_lines([msgspec.json.encode({"t": t, "n": n, "e": "search"})])
        row = {name: parsed.table[name].tolist() for name in ("time", "person", "price", "item_id")}
        assert row == {
            "time": [1_710_325_274_000],
            "person": ["u:7"],
            "price": [700],
            "item_id": ["7"],
        }
        assert parsed.table["session_id"].tolist() == ["1710325274"]
        assert parsed.table["campaign"].tolist() == ["search"]


def test_numbers_become_text_in_decimal() -> None:
    """A text field that holds a number shows it without an exponent."""
    parsed = parse(*({"item_id": value} for value in (12, -0.5, 1e-7, 1e22, 5.0)))

    assert parsed.table["item_id"].tolist() == [
        "12", "-0.5", "0.0000001", "10000000000000000000000", "5.0",
    ]  # fmt: skip


def test_many_records_are_parsed_as_each_by_itself() -> None:
    """However many records come at once, rows and dead letters know which ones they are."""
    lines = [line(id=f"e{number}", price=number) for number in range(2500)]
    broken = [0, 1023, 1024, 2047, 2048, 2499]
    for number in broken:
        lines[number] = b"{"

    parsed = canonical.parse_lines(lines)

    right = [number for number in range(2500) if number not in broken]
    assert [bad.row for bad in parsed.bad] == broken
    assert parsed.table["row"].tolist() == right
    assert parsed.table["id"].tolist() == [f"e{number}" for number in right]
    assert parsed.table["price"].tolist() == [100 * number for number in right]
    assert parsed.records == 2500


def test_a_parser_keeps_nothing() -> None:
    """The same batch comes to the same, whatever was parsed before."""
    batch = [line(type="custom.a"), line(id=None), b"{"]
    before = plain(canonical.parse_lines(batch))

    canonical.parse_lines([line(type="custom.b", id=None), b"[]"])

    assert plain(canonical.parse_lines(batch)) == before
