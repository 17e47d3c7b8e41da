"""A whole run over Parquet: the bytes of the run over the same events in JSON Lines."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.runs.running import digests, lines, rtm, write_config

NUMBERS = ("price", "quantity", "value")
NUMBER = (int, float)
NAMED = ("dead_letters.jsonl", "late.jsonl")
"""Outputs that name the file that a record is from."""


def records(path: Path) -> list[dict[str, Any]]:
    """Return the records of a file of events that fit into typed columns."""
    found = []
    for line in path.read_bytes().splitlines():
        try:
            record = json.loads(line)
            dt.datetime.fromisoformat(record["time"])
        except (ValueError, TypeError, KeyError):
            continue
        if all(
            isinstance(value, NUMBER if name in NUMBERS else str) for name, value in record.items()
        ):
            found.append(record)
    return found


def typed(found: list[dict[str, Any]]) -> pa.Table:
    """Return the records as columns: times as timestamps, few texts by number."""
    rows = [{**one, "time": dt.datetime.fromisoformat(one["time"])} for one in found]
    table = pa.Table.from_pylist(rows)
    at = table.schema.get_field_index("type")
    return table.set_column(at, "type", table.column("type").dictionary_encode())


def test_parquet_gives_the_bytes_of_json_lines(events: Path, tmp_path: Path) -> None:
    """Sorted, in two processes; every dead letter's place is its row, as it was its line."""
    found = records(events)
    assert len(found) > 2000
    names = dict.fromkeys(name for record in found for name in record)
    plain, columnar = tmp_path / "events.jsonl", tmp_path / "events.parquet"
    plain.write_text("".join(json.dumps(one) + "\n" for one in found))
    table = typed([{name: one.get(name) for name in names} for one in found])
    pq.write_table(table, columnar, row_group_size=300, compression="zstd")
    config = write_config(tmp_path)

    for path in (plain, columnar):
        rtm(
            "run", config, "--input", path, "--output", tmp_path / path.suffix[1:], "--workers", "2"
        )

    jsonl, parquet = tmp_path / "jsonl", tmp_path / "parquet"
    assert digests(parquet, NAMED) == digests(jsonl, NAMED)
    for name in NAMED:
        theirs = [{**one, "place": one["place"]["line"]} for one in lines(jsonl / name)]
        assert theirs == [{**one, "place": one["place"]["line"]} for one in lines(parquet / name)]
