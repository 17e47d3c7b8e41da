"""Tests of JSON Lines: framing, and what is wrong with a line."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.events.framing import MAX_DEPTH, is_too_deep, regular_lines
from rtm_flows.events.mapping import CANONICAL
from rtm_flows.events.parser import Parser
from tests.events.records import line, plain, torn_lines

parser = Parser(CANONICAL, source="shop", text=("device", "item_id"), max_bytes=1_000)
GOOD = line()


def nested(depth: int) -> bytes:
    """Return a good record as deep as asked, itself included."""
    return line()[:-1] + b',"more":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


@pytest.mark.parametrize(
    ("bad", "reason", "field", "detail"),
    [
        (b"{", "broken_json", None, "not JSON"),
        (GOOD + GOOD, "broken_json", None, "not JSON"),
        (b"[1, 2", "broken_json", None, "not JSON"),
        (b'{"user_id": [1], "type"', "broken_json", None, "not JSON"),
        (line(price=1)[:-2] + b"NaN}", "broken_json", None, "not JSON"),
        (b'\xef\xbb\xbf{"a": 1}', "broken_json", None, "not JSON"),
        (b'{"id": "\\ud800x"}', "broken_json", None, "not JSON"),
        (b"[]", "not_an_object", None, "expected an object, got array"),
        (b"null", "not_an_object", None, "expected an object, got null"),
        (b'{"id": "\xff"}', "bad_encoding", None, "not UTF-8"),
        (b'{"unmapped": "\xff"}', "bad_encoding", None, "not UTF-8"),
        (line(more="x" * 1_000), "too_large", None, "more than 1000 bytes"),
        (nested(MAX_DEPTH + 1), "too_deep", None, "nested deeper than 32"),
        (b"[" * 400 + b"]" * 400, "too_deep", None, "nested deeper than 32"),
        (b"[" * 900, "too_deep", None, "nested deeper than 32"),
        (line(user_id=True), "wrong_type", "user_id", "expected text or an integer, got bool"),
        (line(id=1.5), "wrong_type", "id", "expected text or an integer, got float"),
        (line(type=["a"]), "wrong_type", "type", "expected text or an integer, got array"),
        (line(time={}), "wrong_type", "time", "expected a time or a number, got object"),
        (line(price=[]), "wrong_type", "price", "expected a number, got array"),
        (line(device=False), "wrong_type", "device", "expected text or a number, got bool"),
    ],
)
def test_lines_that_are_no_records_say_why(
    bad: bytes, reason: str, field: str | None, detail: str
) -> None:
    """A line that cannot be decoded is told of with its reason, field and what was expected."""
    parsed = parser.parse_lines([GOOD, bad, GOOD])

    assert parsed.bad == [(1, reason, field, detail)]
    assert parsed.table["row"].tolist() == [0, 2]
    assert parsed.records == 3


@pytest.mark.parametrize(
    ("number", "field", "reason"),
    [
        (b"1e400", "price", "bad_number"),
        (b"-1e400", "value", "bad_number"),
        (b"9" * 400, "quantity", "bad_number"),
        (b"1e400", "device", "bad_number"),
        (b"1e400", "time", "bad_time"),
        (b"9" * 400, "time", "bad_time"),
        (b"1e400", "user_id", "wrong_type"),
        (b"9" * 900, "price", "bad_number"),
    ],
)
def test_numbers_out_of_range_are_dead_letters(number: bytes, field: str, reason: str) -> None:
    """A number that no float or integer can hold stops nothing."""
    bad = line(**{field: "?"}).replace(b'"?"', number)

    assert [b[1:3] for b in parser.parse_lines([bad]).bad] == [(reason, field)]


def test_depth_up_to_the_limit_is_fine() -> None:
    """A record just as deep as allowed is an event; brackets in text do not count."""
    parsed = parser.parse_lines([nested(MAX_DEPTH), line(more="[{" * 40), GOOD])

    assert len(parsed.table) == 3


def test_details_hold_no_values() -> None:
    """Nothing of what a record says shows in a dead letter, only the names of fields."""
    secret = "s3cret"
    records: list[dict[str, Any]] = [
        {"price": secret},
        {"time": secret},
        {"type": secret},
        {"quantity": [secret]},
    ]

    bad = parser.parse_lines([line(**changes) for changes in records]).bad

    assert len(bad) == len(records)
    assert secret not in repr(bad)


@given(st.lists(torn_lines(), max_size=12), st.sampled_from([b"\n", b"\r\n"]))
def test_torn_lines_are_all_accounted_for(lines: list[bytes], end: bytes) -> None:
    """Whatever a line is, it is an event, a dead letter, ignored, or blank."""
    block = b"".join(text + end for text in lines)
    filled = [n for n, text in enumerate(block.split(b"\n")) if text.strip()]

    parsed = parser.parse_block(block)

    assert parsed.records == len(filled)
    told = sorted([*parsed.table["row"].tolist(), *(bad.row for bad in parsed.bad)])
    assert told == filled
    assert parsed.ignored == 0


@given(st.lists(torn_lines(), min_size=1, max_size=12))
def test_a_line_is_judged_alone(lines: list[bytes]) -> None:
    """A record comes to the same in a block, in a list of lines, and on its own."""
    block = b"\n".join(lines)
    numbered = [(n, text) for n, text in enumerate(block.split(b"\n")) if text.strip()]

    whole = parser.parse_block(block)
    alone = [parser.parse_lines([text.removesuffix(b"\r")]) for _, text in numbered]

    for name in whole.table:
        if name != "row":
            values = [value for one in alone for value in one.table[name].tolist()]
            assert whole.table[name].tolist() == values
    assert whole.bad == [
        bad._replace(row=n) for (n, _), one in zip(numbered, alone, strict=True) for bad in one.bad
    ]


@given(st.lists(torn_lines().filter(lambda text: text.strip() and b"\n" not in text)))
def test_blocks_and_lines_come_to_the_same(lines: list[bytes]) -> None:
    """How records are handed over changes nothing."""
    block = b"".join(text + b"\n" for text in lines).replace(b"\r\n", b"\n")

    assert plain(parser.parse_block(block)) == plain(parser.parse_lines(block.split(b"\n")[:-1]))


@pytest.mark.parametrize(
    ("block", "regular"),
    [
        (b'{"a":1}\n{"a":2}\n', [True, True]),
        (b'{"a":\n1}\n', [False, False]),
        (b'{"a":1\n}{"a":2}\n', [False, False]),
        (b'{"a":[{}\n,{}]}\n', [True, False]),
        (b'\n{"a":1}\n\n', [False, True, False]),
        (b'{"a":"\xff"}\n{"a":"\xc3\xa9"}\n', [False, True]),
        (b'{"a":"' + b"x" * 94 + b'"}\n{"a":"' + b"x" * 92 + b'"}\n', [False, True]),
        (b'{"a":' + b"[" * 32 + b"]" * 32 + b"}\n{}\n", [False, True]),
    ],
)
def test_lines_that_could_mix_are_irregular(block: bytes, regular: list[bool]) -> None:
    """A line that may hold half a record is not decoded together with others."""
    assert regular_lines(block, 100).tolist() == regular


@pytest.mark.parametrize("torn", [b'{"a":1\n}', b'{"a":\n1}', b"{}{}\n{", b"{\n}"])
def test_two_halves_are_no_record(torn: bytes) -> None:
    """A record on two lines is two dead letters, and spoils no line beside it."""
    parsed = parser.parse_block(GOOD + b"\n" + torn + b"\n" + GOOD + b"\n")

    assert [(bad.row, bad.reason) for bad in parsed.bad] == [(1, "broken_json"), (2, "broken_json")]
    assert parsed.table["row"].tolist() == [0, 3]


def test_a_message_may_span_lines() -> None:
    """A record given as one line may itself hold line breaks, as messages do."""
    assert len(parser.parse_lines([GOOD.replace(b",", b",\n"), GOOD]).table) == 2


def test_blank_lines_are_counted_but_no_records() -> None:
    """Blank lines move the numbers of the lines after them, and nothing else."""
    parsed = parser.parse_block(b"\n" + GOOD + b"\n \t\n" + GOOD)

    assert parsed.table["row"].tolist() == [1, 3]
    assert parsed.records == 2


@pytest.mark.parametrize("nothing", [b"", b"\n", b" \n\n"])
def test_nothing_comes_to_nothing(nothing: bytes) -> None:
    """A block without records gives an empty table with all its columns."""
    parsed = parser.parse_block(nothing)

    assert (len(parsed.table), parsed.bad, parsed.records) == (0, [], 0)
    assert set(parsed.table) == set(parser.parse_lines([GOOD]).table)


def _depth(value: Any) -> int:
    items = value.values() if isinstance(value, dict) else value
    return 1 + max(map(_depth, items), default=0) if isinstance(value, dict | list) else 0


TREES = st.recursive(
    st.integers() | st.text('[]{}"\\,x'),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text('[{"\\'), inner, max_size=2)
    ),
)


@given(st.lists(st.tuples(TREES, st.integers(0, 40)), min_size=1, max_size=5))
def test_depth_is_that_of_the_objects(trees: list[tuple[Any, int]]) -> None:
    """Brackets in text and escaped quotes do not count, on a line or in a block of them."""
    records: list[Any] = []
    for tree, wraps in trees:
        record = {"a": tree}
        for _ in range(wraps):
            record = {"a": [record, []]}
        records.append({"many": [[], {}] * 20, "deep": record})
    lines = [msgspec.json.encode(record) for record in records]

    deep = [_depth(record) > MAX_DEPTH for record in records]

    assert list(map(is_too_deep, lines)) == deep
    block = b"".join(text + b"\n" for text in lines)
    assert regular_lines(block, len(block)).tolist() == [not is_deep for is_deep in deep]


@given(st.binary(max_size=300))
def test_any_bytes_have_a_depth(text: bytes) -> None:
    """Depth is found of any bytes, and is no deeper than there are brackets."""
    deep = is_too_deep(text * 3)

    assert not deep or text.count(b"[") + text.count(b"{") > MAX_DEPTH // 3


@pytest.mark.parametrize("place", range(0, 50, 7))
def test_one_bad_line_leaves_the_others(place: int) -> None:
    """Of many lines exactly the bad one is a dead letter, wherever it stands."""
    lines = [GOOD] * 50
    lines[place] = line(user_id=True)

    parsed = parser.parse_lines(lines)

    assert [bad.row for bad in parsed.bad] == [place]
    assert len(parsed.table) == 49
