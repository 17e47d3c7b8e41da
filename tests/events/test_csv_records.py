"""Tests of CSV records, which come to the same as JSON of the same content."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.errors import ConfigError
from rtm_flows.events.mapping import CANONICAL, Mapping
from rtm_flows.events.parser import Parser
from tests.events.records import plain

HEADER = [
    "time", "id", "user_id", "anonymous_id", "type", "price", "quantity", "received_at", "device"
]  # fmt: skip
mapping = msgspec.convert({name: name for name in HEADER}, Mapping)
parser = Parser(mapping, source="shop", text=("device",))
GOOD = ["2024-03-13T10:21:14Z", "e1", "u1", "", "view_item", "9.99", "2", "", "mobile"]

TEXT = st.sampled_from(["", "a", "é", "7", "null"]) | st.text(st.characters(codec="utf-8"))
TIMES = st.sampled_from(
    [
        "",
        "2024-03-13T10:21:14Z",
        "2024-03-13 10:21:14.5",
        "1710325274.509",
        "1710325274509",
        "x",
        "0",
    ]
)
TYPES = st.sampled_from(["", "view_item", "search", "custom.x", "other"])
NUMBERS = st.sampled_from(["", "1", "2.5", "0.285", "-3", "1e3", "1e99", "x"])
RECORDS = st.tuples(TIMES, TEXT, TEXT, TEXT, TYPES, NUMBERS, NUMBERS, TIMES, TEXT).map(list)


@given(st.lists(RECORDS, max_size=8))
def test_csv_and_json_come_to_the_same(records: list[list[str]]) -> None:
    """The same texts give the same events and dead letters in either format."""
    as_json = [
        msgspec.json.encode({k: v for k, v in zip(HEADER, record, strict=True) if v})
        for record in records
    ]

    parsed = parser.parse_records(HEADER, records)

    assert plain(parsed) == plain(parser.parse_lines(as_json))
    assert parsed.records == len(records) == len(parsed.table) + len(parsed.bad)


@given(st.lists(RECORDS, max_size=8), st.permutations(range(len(HEADER))))
def test_columns_may_stand_in_any_order(records: list[list[str]], order: list[int]) -> None:
    """Columns are found by the header, and others do not matter."""
    header = [*(HEADER[n] for n in order), "other"]
    moved = [[*(record[n] for n in order), "x"] for record in records]

    assert plain(parser.parse_records(header, moved)) == plain(
        parser.parse_records(HEADER, records)
    )


def test_records_that_do_not_fit_are_dead_letters() -> None:
    """A record with more or fewer columns than the header, or with broken text, says so."""
    broken = [*GOOD[:-1], "caf\udce9"]

    parsed = parser.parse_records(HEADER, [GOOD[:-1], GOOD, [*GOOD, ""], broken, [], GOOD])

    assert [bad[:2] for bad in parsed.bad] == [
        (0, "wrong_column_count"),
        (2, "wrong_column_count"),
        (3, "bad_encoding"),
        (4, "wrong_column_count"),
    ]
    assert parsed.bad[0].detail == "expected 9 columns, got 8"
    assert parsed.table["row"].tolist() == [1, 5]


def test_text_beyond_ascii_is_text() -> None:
    """Letters of any script are kept."""
    assert parser.parse_records(HEADER, [[*GOOD[:-1], "größe"]]).table["device"][0] == "größe"


def test_missing_ids_are_derived_as_in_json() -> None:
    """Only records without id get a derived one, and without an id column all do."""
    without = [GOOD[0], "", *GOOD[2:]]

    assert parser.parse_records(HEADER, [GOOD, without, GOOD]).table["derived"].tolist() == [
        False, True, False,
    ]  # fmt: skip
    no_id = Parser(msgspec.structs.replace(mapping, id=None), source="shop")
    assert no_id.parse_records(HEADER, [GOOD, without]).table["derived"].tolist() == [True, True]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ([*HEADER, "time"], r"'time' twice \(duplicate_column\)"),
        (["tme", *HEADER[1:]], r"no column 'time'; did you mean tme\?"),
        (["x"], r"no column 'time'$"),
    ],
)
def test_headers_that_do_not_fit_are_refused(header: list[str], message: str) -> None:
    """A header that lacks a mapped column, or has one twice, is a mistake before any record."""
    with pytest.raises(ConfigError, match=message):
        parser.parse_records(header, [])


def test_names_that_json_cannot_have_are_fine_in_csv() -> None:
    """In CSV dots and quotes in a column's name mean nothing."""
    odd = Parser(
        Mapping(time="t", user_id="a", type="a.b", device='"x"'), source="s", text=("device",)
    )

    parsed = odd.parse_records(["t", "a", "a.b", '"x"'], [["1710325274", "u", "search", "tv"]])

    assert parsed.table["device"].tolist() == ["tv"]


@given(st.lists(RECORDS, max_size=8))
def test_a_decimal_comma_stands_for_the_point(records: list[list[str]]) -> None:
    """The same numbers written with a comma are the same; texts and times keep their points."""
    with_comma = Parser(mapping, source="shop", text=("device",), decimal=",")
    at = [HEADER.index(name) for name in ("price", "quantity")]
    swapped = [
        [text.replace(".", ",") if n in at else text for n, text in enumerate(record)]
        for record in records
    ]

    ours, theirs = with_comma.parse_records(HEADER, swapped), parser.parse_records(HEADER, records)

    # A derived id is made of the texts as they were written, and these differ.
    assert ours.table.without(["id"])["amount"].tolist() == theirs.table["amount"].tolist()
    assert ours.table["time"].tolist() == theirs.table["time"].tolist()
    assert ours.bad == theirs.bad


@pytest.mark.parametrize("price", ["9.99", "1.000,00", "1,000.00", "1,0,0"])
def test_with_a_decimal_comma_a_point_is_no_number(price: str) -> None:
    """Whether 1.000 is one or a thousand cannot be told, so it is not guessed."""
    with_comma = Parser(mapping, source="shop", decimal=",")

    parsed = with_comma.parse_records(HEADER, [[*GOOD[:5], price, *GOOD[6:]]])

    assert [bad[1:3] for bad in parsed.bad] == [("bad_number", "price")]


def test_canonical_columns_may_be_missing() -> None:
    """The canonical format names all fields there are; a file need not have them all."""
    canonical = Parser(CANONICAL, source="shop", text=("device",))
    header, record = ["type", "time", "anonymous_id"], ["search", "2024-03-13T10:21:14Z", "7"]
    as_json = msgspec.json.encode(dict(zip(header, record, strict=True)))

    assert plain(canonical.parse_records(header, [record])) == plain(
        canonical.parse_lines([as_json])
    )


@pytest.mark.parametrize("missing", ["time", "type", "user_id"])
def test_canonical_columns_without_which_nothing_is_an_event_are_asked_for(missing: str) -> None:
    """Every record would be a dead letter."""
    header = [name for name in ("time", "type", "user_id") if name != missing]

    with pytest.raises(ConfigError, match=f"no column '{missing}'"):
        Parser(CANONICAL, source="shop").parse_records(header, [])
