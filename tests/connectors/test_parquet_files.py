"""Parquet files: the same events as in JSON Lines, read group by group."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.connectors.arrival import ArrivalInput
from rtm_flows.connectors.batches import Batch
from rtm_flows.connectors.files import InputFiles
from rtm_flows.connectors.memory_input import sort_in_memory
from rtm_flows.connectors.sorting import sort_files
from rtm_flows.errors import ConfigError, InputError, RecoveryError
from rtm_flows.events.mapping import CANONICAL, Mapping
from rtm_flows.events.parser import Parser
from tests.connectors.arrow_tables import PAGE, PAGES, as_lines, tables, typed
from tests.connectors.plain_parser import drain, places, read_all

COLUMNS = {
    "time": "time", "type": "type", "user_id": "user_id", "id": "id", "price": "price",
    "value": "value", "received_at": "received_at", "channel": "channel",
    "device": "ctx.device", "search_term": "page.url",
}  # fmt: skip
"""Field -> column, of which one has a dot in its name, and one is within another."""
PAGED = typed(PAGE, PAGES) | typed(
    pa.map_(pa.string(), pa.string()), st.dictionaries(st.sampled_from(["url", "x"]), st.text())
)


def parser(mapping: Mapping = CANONICAL, text: tuple[str, ...] = ("channel",)) -> Parser:
    """Return a parser that looks at a few text fields."""
    return Parser(mapping, source="shop", text=text)


def mapping_of(table: pa.Table) -> Mapping:
    """Return the mapping of the columns that a table has."""
    there = {column for name in table.column_names for column in (name, f"{name}.url")}
    return msgspec.convert({f: c for f, c in COLUMNS.items() if c in there}, Mapping)


def source_of(
    path: Path, table: pa.Table, *, rows: int = 8, reading: Parser | None = None, **options: Any
) -> ArrivalInput:
    """Return an input of one file, whose groups have so many rows."""
    pq.write_table(table, path, row_group_size=rows)
    files = InputFiles(paths=(str(path),), file_format="parquet", **options)
    return ArrivalInput(files, reading or parser())


def seen(batches: list[Batch]) -> list[object]:
    """Return the rows by the number of their line, and the dead letters, without files."""
    rows: list[tuple[object, ...]] = []
    for batch in batches:
        numbers = [number for _, number in places([batch])]
        columns = [batch.table[name].tolist() for name in sorted(batch.table) if name != "row"]
        rows += zip(numbers, *columns, strict=True)
    dead = [tuple(letter[1:]) for batch in batches for letter in batch.dead]
    records = sum(batch.records for batch in batches)
    return [sorted(rows, key=repr), sorted(dead, key=repr), records]


def as_jsonl(folder: Path, table: pa.Table, reading: Parser) -> ArrivalInput:
    """Return the rows as an input of JSON Lines, of the columns that are looked at."""
    stored = folder / "stored.parquet"
    pq.write_table(table, stored)  # which has no seconds, but milliseconds
    table = pq.read_table(stored)
    names = [
        name
        for name in table.column_names
        if any(f"{column}.".startswith(f"{name}.") for column in reading.columns)
    ]
    path = folder / "events.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in as_lines(table.select(names))))
    return ArrivalInput(InputFiles(paths=(str(path),), file_format="jsonl"), reading)


@given(tables(nested=PAGED), st.integers(1, 8), st.integers(1, 3), st.integers(1, 2000))
def test_typed_columns_are_what_json_lines_would_hold(
    tmp_path_factory: pytest.TempPathFactory,
    table: pa.Table,
    rows: int,
    stripes: int,
    block_bytes: int,
) -> None:
    """Rows, dead letters with their fields, counts and numbers of rows: all the same."""
    folder = tmp_path_factory.mktemp("input")
    for reading in (parser(), parser(mapping_of(table), ("channel", "device", "search_term"))):
        expected = seen(read_all(as_jsonl(folder, table, reading)))
        source = source_of(
            folder / "events.parquet",
            table,
            rows=rows,
            reading=reading,
            stripes=stripes,
            block_bytes=block_bytes,
        )

        batches = read_all(source)

        assert seen(batches) == expected
        assert seen(drain(source.in_file_order())) == expected
        assert sum(batch.bytes_read for batch in batches) in (0, source.total_bytes)


def events(count: int) -> pa.Table:
    """Return sound events, every fifth of which has no person."""
    return pa.table(
        {
            "time": pa.array([1_709_251_200_000 + n for n in range(count)], pa.timestamp("ms")),
            "type": pa.array(["search"] * count).dictionary_encode(),
            "user_id": [n if n % 5 else None for n in range(count)],
            "id": [f"e{n}" for n in range(count)],
            "unread": ["x" * 50] * count,
        }
    )


@given(
    st.integers(1, 30), st.integers(1, 12), st.integers(1, 900), st.integers(1, 900),
    st.integers(0, 8),
)  # fmt: skip
def test_a_position_resumes_exactly(
    tmp_path_factory: pytest.TempPathFactory,
    count: int,
    rows: int,
    block_bytes: int,
    other_bytes: int,
    stop: int,
) -> None:
    """Also with batches of another size, in the middle of what would be one now."""
    path = tmp_path_factory.mktemp("input") / "events.parquet"
    source = source_of(path, events(count), rows=rows, stripes=2, block_bytes=block_bytes)
    files = InputFiles(
        paths=(str(path),), file_format="parquet", stripes=2, block_bytes=other_bytes
    )
    whole = drain(source.open(1))

    reader = source.open(1)
    before = [batch for _ in range(stop) if (batch := reader.next()) is not None]
    after = drain(ArrivalInput(files, parser()).open(1, reader.position()))
    reader.close()

    assert seen(before + after) == seen(whole)


def test_groups_are_dealt_to_the_partitions_in_turn(tmp_path: Path) -> None:
    """Group j of all files belongs to partition j modulo their number; a place is a row."""
    source = source_of(tmp_path / "a.parquet", events(10), rows=3, stripes=2)

    dealt = [sorted(number for _, number in places(drain(source.open(n)))) for n in range(2)]

    assert dealt == [[2, 3, 7, 8, 9], [4, 5, 10]]
    dead = [letter for batch in read_all(source) for letter in batch.dead]
    assert [(letter.file, letter.line, letter.reason) for letter in dead] == [
        (str(tmp_path / "a.parquet"), row, "missing_field") for row in (1, 6)
    ]


def test_sorted_input_knows_the_rows(tmp_path: Path) -> None:
    """On disk and in memory: the same order, the same places."""
    source = source_of(tmp_path / "a.parquet", events(20), rows=7)
    on_disk = sort_files(source, tmp_path / "sorted", memory_rows=3, rows_per_batch=2)

    assert seen(read_all(on_disk))[1:] == seen(read_all(source))[1:]
    in_memory = sort_in_memory(source, rows_per_batch=2)
    assert places(read_all(on_disk)) == places(read_all(in_memory))


def test_a_group_is_read_in_batches(tmp_path: Path) -> None:
    """However large a row group is, about `block_bytes` of rows are held."""
    source = source_of(tmp_path / "a.parquet", events(1000), rows=1000, stripes=1, block_bytes=2000)

    batches = read_all(source)

    assert len(batches) > 5
    assert sum(len(batch.table) for batch in batches) == 800
    assert sum(batch.bytes_read for batch in batches) == source.total_bytes


def test_a_record_too_long_is_dead(tmp_path: Path) -> None:
    """Measured as the line of JSON that it stands for."""
    table = events(3).append_column("channel", pa.array(["web", "x" * 500, "web"]))
    source = source_of(tmp_path / "a.parquet", table, stripes=1, max_record_bytes=300)

    dead = [letter[1:5] for batch in read_all(source) for letter in batch.dead]

    assert dead[1:] == [(2, "too_large", None, "the record is longer than 300 bytes")]


@pytest.mark.parametrize("table", [events(0), events(3).slice(0, 0)])
def test_a_file_without_rows_is_fine(tmp_path: Path, table: pa.Table) -> None:
    """And sorted it still has all columns."""
    source = source_of(tmp_path / "a.parquet", table)

    assert read_all(source) == []
    assert "person" in read_all(sort_in_memory(source))[0].table


def test_a_mapped_column_that_is_missing_is_named(tmp_path: Path) -> None:
    """With the file and the nearest name, nested ones by their paths."""
    table = pa.table({"time": [1], "type": ["search"], "who": pa.array([{"userid": "a"}])})
    mapping = Mapping(time="time", type="type", user_id="who.user_id")

    with pytest.raises(ConfigError, match=r"a\.parquet: .* 'who\.user_id'; .* who\.userid\?"):
        source_of(tmp_path / "a.parquet", table, reading=parser(mapping))


def test_a_column_of_no_use_is_refused(tmp_path: Path) -> None:
    """With the file; a column that is not mapped may be of any type."""
    wait = pa.array([1], pa.duration("s"))
    table = pa.table({"time": [1709251200], "type": ["search"], "user_id": ["a"], "other": wait})
    assert len(read_all(source_of(tmp_path / "a.parquet", table))) == 1

    source = source_of(tmp_path / "a.parquet", table.append_column("price", wait))
    with pytest.raises(ConfigError, match=r"a\.parquet: the column 'price' .* duration"):
        read_all(source)


@pytest.mark.parametrize("content", [b"", b"PAR1", b'{"time": 1}\n' * 20])
def test_what_is_no_parquet_file_is_named(tmp_path: Path, content: bytes) -> None:
    """With the remedy, before anything is read."""
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    files = InputFiles(paths=(str(path),), file_format="parquet")

    with pytest.raises(InputError, match=r"a\.parquet is no Parquet file.*input\.file_format"):
        ArrivalInput(files, parser())


@pytest.mark.parametrize("path", ["-", "a.parquet.gz"])
def test_what_has_no_end_to_read_from_is_refused(
    tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Standard input and packed files can only be read from the front."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.parquet.gz").write_bytes(b"")
    files = InputFiles(paths=(path,), file_format="parquet")

    with pytest.raises(InputError, match="is read from its end"):
        ArrivalInput(files, parser())


def test_damage_is_named_with_its_place(tmp_path: Path) -> None:
    """What could be read is delivered; then an error names file, row and group."""
    path = tmp_path / "a.parquet"
    source = source_of(path, events(4000), rows=2000, stripes=1)
    data = bytearray(path.read_bytes())
    middle = pq.ParquetFile(path).metadata.row_group(1).column(0).data_page_offset
    data[middle : middle + 200] = bytes(200)
    path.write_bytes(data)
    reader = source.open(0)

    first = reader.next()
    assert first is not None
    assert len(first.table) == 1600
    with pytest.raises(InputError, match=r"a\.parquet .* after row 2000 \(row group 2\)"):
        reader.next()
    reader.close()


def test_a_file_that_was_replaced_is_refused(tmp_path: Path) -> None:
    """Its groups are no longer those that were dealt."""
    path = tmp_path / "a.parquet"
    source = source_of(path, events(20), rows=10, stripes=1)
    pq.write_table(events(12), path, row_group_size=6)

    with pytest.raises(InputError, match="changed while it was read"):
        read_all(source)


def test_a_foreign_position_is_refused(tmp_path: Path) -> None:
    """One of another partition."""
    source = source_of(tmp_path / "a.parquet", events(20), rows=3, stripes=2)

    with pytest.raises(RecoveryError, match="belongs to another"):
        source.open(0, b'{"piece":1}')
