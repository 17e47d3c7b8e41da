"""The connectors with the parser of `rtm_flows.events`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import Table
from rtm_flows.connectors.arrival import ArrivalInput
from rtm_flows.connectors.batches import Batch
from rtm_flows.connectors.files import InputFiles
from rtm_flows.connectors.memory_input import sort_in_memory
from rtm_flows.connectors.sorting import sort_files
from rtm_flows.errors import ConfigError
from rtm_flows.events.mapping import CANONICAL, Mapping
from rtm_flows.events.parser import Parser
from tests.connectors.plain_parser import drain, places

RECORDS = st.fixed_dictionaries(
    {
        "time": st.sampled_from(["2024-03-13T10:21:14Z", "2024-03-13T10:21:15Z", "never"]),
        "type": st.sampled_from(["search", "purchase"]),
        "user_id": st.sampled_from([1, "b", ""]),
    },
    optional={
        "id": st.sampled_from(["a", "b", 1]),
        "source": st.sampled_from(["web", "app"]),
        "channel": st.sampled_from(["web", "é", None]),
        "price": st.sampled_from([1, 2.5, -1e13]),
        "received_at": st.just("2024-03-13T08:00:00Z"),
    },
)
LINES = st.lists(
    st.one_of(RECORDS.map(lambda record: json.dumps(record).encode()), st.just(b"{")), max_size=25
)


def parser() -> Parser:
    """Return a parser of the canonical format."""
    return Parser(CANONICAL, source="shop", text=("channel",))


def joined(batches: list[Batch], without: tuple[str, ...] = ("row",)) -> dict[str, list[Any]]:
    """Return the columns of all batches."""
    names = [name for name in parser().parse_block(b"").table if name not in without]
    return {name: [v for b in batches for v in b.table[name].tolist()] for name in names}


@given(LINES, st.integers(1, 200), st.sampled_from([b"\n", b"\r\n"]))
def test_blocks_give_what_all_lines_at_once_give(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], block_bytes: int, end: bytes
) -> None:
    """Rows, dead letters and counts do not depend on how the file is read."""
    path = tmp_path_factory.mktemp("input") / "events.jsonl"
    path.write_bytes(end.join(lines))
    files = InputFiles(paths=(str(path),), file_format="jsonl", block_bytes=block_bytes)
    whole = parser().parse_lines(lines)

    batches = drain(ArrivalInput(files, parser()).in_file_order())

    assert joined(batches) == {name: whole.table[name].tolist() for name in joined(batches)}
    dead = [(letter.line - 1, *letter[2:5]) for batch in batches for letter in batch.dead]
    assert dead == [tuple(bad) for bad in whole.bad]
    assert sum(batch.records for batch in batches) == len(lines) == whole.records
    assert sum(batch.clamped for batch in batches) == whole.clamped


@given(LINES, st.data())
def test_sorted_tables_do_not_depend_on_the_order_of_lines(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], data: st.DataObject
) -> None:
    """Every column of the sorted rows is the same, on disk and in memory."""
    folder = tmp_path_factory.mktemp("input")
    found = []
    for name, order in (("one", lines), ("two", data.draw(st.permutations(lines)))):
        path = folder / f"{name}.jsonl"
        path.write_bytes(b"\n".join(order))
        files = InputFiles(paths=(str(path),), file_format="jsonl", stripes=1)
        source = ArrivalInput(files, parser())
        on_disk = sort_files(source, folder / name, memory_rows=3, rows_per_batch=2)
        found.append(joined(drain(on_disk.open(0))))
        found.append(joined(drain(sort_in_memory(source).open(0))))

    assert found[0] == found[1] == found[2] == found[3]


def test_csv_goes_through_the_mapping(tmp_path: Path) -> None:
    """Columns are found by name, and places are those of the file."""
    path = tmp_path / "events.csv"
    path.write_text('who;when;what\n7;"2024-03-13\n10:21:14";search\n8;never;search\n')
    mapping = Mapping(time="when", time_format="%Y-%m-%d\n%H:%M:%S", user_id="who", type="what")
    files = InputFiles(paths=(str(path),), file_format="csv", delimiter=";", stripes=1)
    source = ArrivalInput(files, Parser(mapping, source="shop"))

    (batch,) = drain(source.open(0))

    assert batch.table["person"].tolist() == ["u:7"]
    assert places([batch]) == [(str(path), 2)]
    assert [letter[1:4] for letter in batch.dead] == [(4, "bad_time", "when")]


def test_a_header_without_a_mapped_column_is_refused(tmp_path: Path) -> None:
    """Also where no record follows it."""
    path = tmp_path / "events.csv"
    path.write_text("who,what\n")
    files = InputFiles(paths=(str(path),), file_format="csv", stripes=1)
    source = ArrivalInput(
        files, Parser(Mapping(time="when", user_id="who", type="what"), source="s")
    )

    with pytest.raises(ConfigError, match="when"):
        drain(source.open(0))


def test_empty_inputs_have_all_columns(tmp_path: Path) -> None:
    """Without a record there is still a table of the right shape."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"")
    source = ArrivalInput(InputFiles(paths=(str(path),), file_format="jsonl"), parser())

    (batch,) = drain(sort_files(source, tmp_path / "sorted").open(0))

    expected = source.empty_table()
    assert _kinds(batch.table) == {**_kinds(expected), "file": "int64", "line": "int64"}


def _kinds(table: Table) -> dict[str, str]:
    return {name: str(column.dtype) for name, column in table.columns.items()}
