"""CSV files: quotes, line ends, encodings, and what cannot be read."""

from __future__ import annotations

import csv
import io
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.connectors.arrival import ArrivalInput
from rtm_flows.connectors.batches import Batch
from rtm_flows.connectors.files import InputFiles
from rtm_flows.errors import ConfigError, InputError
from tests.connectors.packed import PACKED
from tests.connectors.plain_parser import PlainParser, drain, places, read_all, rows_of

FIELDS = st.text(st.sampled_from("ab,;|\"'\n\r\té "), max_size=8)
ENCODINGS = (
    "utf-8", "latin-1", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32",
)  # fmt: skip
TABLES = st.lists(st.tuples(st.integers(0, 9), FIELDS, FIELDS), max_size=12)
HEADER = ["t", "id", "x"]
SUFFIXES = st.sampled_from(["", *PACKED])


def source_of(
    folder: Path, content: bytes, *, suffix: str = "", stripes: int = 1, **options: Any
) -> ArrivalInput:
    """Return an input of one file."""
    path = folder / f"events.csv{suffix}"
    path.write_bytes(PACKED[suffix](content) if suffix else content)
    files = InputFiles(paths=(str(path),), file_format="csv", stripes=stripes, **options)
    return ArrivalInput(files, PlainParser())


def written(
    table: list[tuple[int, str, str]], delimiter: str, line_end: str, quote: str = '"'
) -> str:
    """Return a CSV file of these records, with a header; fields are quoted where they must be."""
    lone = any("\r" in text for record in table for text in record[1:])
    out = io.StringIO()
    writer = csv.writer(
        out,
        delimiter=delimiter,
        lineterminator=line_end,
        quotechar=quote,
        quoting=csv.QUOTE_ALL if lone else csv.QUOTE_MINIMAL,
    )
    writer.writerows([HEADER, *table])
    return out.getvalue()


@given(
    TABLES,
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(ENCODINGS),
    st.sampled_from(['"', "'", "|"]),
    st.integers(1, 100),
    SUFFIXES,
)
def test_records_are_what_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    table: list[tuple[int, str, str]],
    delimiter: str,
    line_end: str,
    encoding: str,
    quote: str,
    block_bytes: int,
    suffix: str,
) -> None:
    """Any text survives, and each record's place is the line on which it begins."""
    text = written(table, delimiter, line_end, quote)
    source = source_of(
        tmp_path_factory.mktemp("input"),
        text.encode(encoding),
        suffix=suffix,
        delimiter=delimiter,
        quote=quote,
        encoding=encoding,
        block_bytes=block_bytes,
    )

    batches = read_all(source)

    assert [(time, name, text or "") for time, _, name, text, _ in rows_of(batches)] == table
    taken = [2, *(1 + "".join(record[1:]).count("\n") for record in table)]
    assert [number for _, number in places(batches)] == list(accumulate(taken))[:-1]
    assert not any(batch.dead for batch in batches)


@given(
    TABLES,
    st.integers(1, 100),
    SUFFIXES,
    st.integers(0, 5),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-16"]),
)
def test_a_position_resumes_exactly(
    tmp_path_factory: pytest.TempPathFactory,
    table: list[tuple[int, str, str]],
    block_bytes: int,
    suffix: str,
    stop: int,
    torn: bool,
    encoding: str,
) -> None:
    """What a reader returns after a stop is what it would have returned without."""
    content = written(table, ",", "\n").encode(encoding) + (b'1,"\xff\n' * 3 if torn else b"")
    folder = tmp_path_factory.mktemp("input")
    source = source_of(folder, content, suffix=suffix, block_bytes=block_bytes, encoding=encoding)
    whole = drain(source.open(0))

    reader = source.open(0)
    before = [batch for _ in range(stop) if (batch := reader.next()) is not None]
    after = drain(source.open(0, reader.position()))
    reader.close()

    assert _seen(before + after) == _seen(whole)


def _seen(batches: list[Batch]) -> list[object]:
    return [(rows_of([b]), places([b]), b.dead, b.records, b.ignored) for b in batches]


def read_text(
    folder: Path, content: bytes, **options: Any
) -> tuple[list[str], list[tuple[int, str]]]:
    """Return the ids of the records, and lines and reasons of the dead letters."""
    batches = read_all(source_of(folder, content, **options))
    dead = [(letter.line, letter.reason) for batch in batches for letter in batch.dead]
    assert sum(batch.records for batch in batches) == len(rows_of(batches)) + len(dead)
    return [row[2] for row in rows_of(batches)], dead


def test_columns_replace_a_missing_header(tmp_path: Path) -> None:
    """With `columns` the first line is a record."""
    assert read_text(tmp_path, b"1,a\n2,b\n", columns=("t", "id")) == (["a", "b"], [])


def test_blank_lines_are_no_records(tmp_path: Path) -> None:
    """Empty lines are passed over everywhere, and still counted as lines."""
    content = b"\n\r\nt,id\n\n1,a\r\n\n2\n"

    assert read_text(tmp_path, content) == (["a"], [(7, "not_an_object")])


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b"t,id", b"t,id\n"])
def test_a_file_without_records_is_fine(tmp_path: Path, content: bytes) -> None:
    """Neither an empty file nor a lone header is an error."""
    assert read_text(tmp_path, content) == ([], [])


def test_a_lone_header_reaches_the_parser_once(tmp_path: Path) -> None:
    """It gives one batch without rows, so that a header that lacks columns is found."""
    source = source_of(tmp_path, b"\nt,id\n\n")
    reader = source.open(0)
    batch = reader.next()

    assert batch is not None
    assert len(batch.table) == batch.records == 0
    assert reader.next() is None
    assert source.open(0, reader.position()).next() is None


def test_undecodable_bytes_cost_one_record(tmp_path: Path) -> None:
    """A record with foreign bytes is dead, also if it has several lines; its neighbours live."""
    content = b't,id\n1,a\n2,"b\n\xff\nb"\n3,c\n4,\xe9\n5,d\n'

    assert read_text(tmp_path, content) == (
        ["a", "c", "d"],
        [(3, "bad_encoding"), (7, "bad_encoding")],
    )


@pytest.mark.parametrize(
    ("encoding", "wrong"),
    [("cp1252", b"\x81"), ("utf-16-le", b"\x00\xd8"), ("utf-16-be", b"\xdc\x00")],
)
def test_what_an_encoding_lacks_costs_one_record(
    tmp_path: Path, encoding: str, wrong: bytes
) -> None:
    """A byte without a letter, half a surrogate pair: dead with the encoding's name."""
    first, second = (text.encode(encoding) for text in ("t,id\n1,a\n2,b", "c\n3,d\n"))
    source = source_of(tmp_path, first + wrong + second, encoding=encoding)
    batches = read_all(source)

    assert [row[2] for row in rows_of(batches)] == ["a", "d"]
    assert [letter[1:5] for batch in batches for letter in batch.dead] == [
        (3, "bad_encoding", None, f"the record is not {encoding}")
    ]


def test_half_a_letter_at_the_end_costs_one_record(tmp_path: Path) -> None:
    """A file of UTF-16 with an odd number of bytes was cut off; only its last record is lost."""
    content = "t,id\n1,a\n2,b".encode("utf-16")[:-1]

    assert read_text(tmp_path, content, encoding="utf-16") == (["a"], [(3, "bad_encoding")])


def test_without_a_quote_nothing_is_quoted(tmp_path: Path) -> None:
    """Quotes are letters like any other, and each line is a record."""
    content = b't\tid\n1\t"a\n2\t""\n3\tb\rc\n'

    kept, dead = read_text(tmp_path, content, delimiter="\t", quote="")

    assert (kept, dead) == (['"a', '""'], [(4, "wrong_column_count")])


def test_a_field_too_large_costs_its_lines(tmp_path: Path) -> None:
    """What `csv` refuses is dead, and reading goes on."""
    huge = b"x" * (csv.field_size_limit() + 1)
    content = b"t,id\n1,a\n2," + huge + b"\n3,c\n"

    assert read_text(tmp_path, content) == (["a", "c"], [(3, "too_large")])


def test_a_lone_carriage_return_costs_one_record(tmp_path: Path) -> None:
    """A line end of another kind within a line is refused where it is."""
    assert read_text(tmp_path, b"t,id\n1,a\rb\n2,c\n") == (["c"], [(2, "wrong_column_count")])


@pytest.mark.parametrize("block_bytes", [1, 30, 1000])
def test_a_record_too_long_is_dead(tmp_path: Path, block_bytes: int) -> None:
    """A long line, a long record of short lines, and a long line within a record."""
    content = b't,id\n1,%b\n2,b\n3,"%by"\n4,d\n5,"e\n%b"\n6,f\n'
    content %= (b"x" * 60, b"x\n" * 25, b"x" * 60)

    kept, dead = read_text(tmp_path, content, max_record_bytes=50, block_bytes=block_bytes)

    assert [place for place in dead if "too_large" in place] == [
        (2, "too_large"), (4, "too_large"), (31, "too_large")
    ]  # fmt: skip
    assert kept == ["b", "d", "f"]


def test_a_quote_never_closed_is_named(tmp_path: Path) -> None:
    """A quote that stays open to the end is dead, with the lines it took."""
    source = source_of(tmp_path, b't,id\n1,a\n2,"b\n3,c\n')

    (dead,) = [letter for batch in read_all(source) for letter in batch.dead]

    assert dead.line == 3
    assert dead.detail == "a quote is opened and never closed (lines 3 to 4)"


def test_a_header_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """Without its header a file means nothing."""
    with pytest.raises(InputError, match=r"header of .*events\.csv.*encoding"):
        read_text(tmp_path, b"t,\xff\n1,a\n")


@pytest.mark.parametrize("encoding", ["cp037", "hex", "klingon"])
def test_an_encoding_without_plain_line_ends_is_refused(tmp_path: Path, encoding: str) -> None:
    """An encoding that cannot be read line by line is refused before reading."""
    with pytest.raises(ConfigError, match=r"input\.csv\.encoding"):
        source_of(tmp_path, b"", encoding=encoding)


WORDS = st.text(st.sampled_from("ab,;é"), min_size=1, max_size=5)
BLANKS = st.integers(1, 4).map(lambda count: " " * count)


@given(
    st.lists(st.tuples(st.integers(0, 9), WORDS, WORDS | st.just('"a  b"')), max_size=9),
    st.lists(BLANKS, min_size=40, max_size=40),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_runs_of_blanks_are_one_delimiter(
    tmp_path_factory: pytest.TempPathFactory,
    table: list[tuple[int, str, str]],
    blanks: list[str],
    line_end: str,
    broken: bool,
) -> None:
    """Those at the ends of a line separate nothing, those in quotes belong to the field.

    What is read line by line, and record by record where one is broken, comes to the same.
    """
    between = iter(blanks)
    text = "t id x\n"
    for time, name, word in table:
        text += "".join([next(between), str(time), next(between), name, next(between), word])
        text += next(between) + line_end
    text += '7 "never closed\n' if broken else ""
    folder = tmp_path_factory.mktemp("input")
    batches = read_all(source_of(folder, text.encode(), delimiter=" "))

    wanted = [(time, name, word.strip('"')) for time, name, word in table]
    assert [(row[0], row[2], row[3]) for row in rows_of(batches)] == wanted
    assert sum(len(batch.dead) for batch in batches) == broken
