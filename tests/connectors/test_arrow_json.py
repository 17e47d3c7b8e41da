"""Rows of Arrow as JSON: the same as if each value were written by itself."""

from __future__ import annotations

import json
import uuid

import pyarrow as pa
import pytest
from hypothesis import given

from rtm_flows.connectors.arrow_json import json_lines
from rtm_flows.errors import ConfigError
from tests.connectors.arrow_tables import as_lines, sliced, tables


def meant(line: bytes) -> object:
    """Return what a line holds, numbers as they were written; one that is no text as None."""
    try:
        return json.loads(line.decode(), parse_float=_number)
    except UnicodeDecodeError:
        return None


def _number(text: str) -> tuple[str, float]:
    return "number", float(text)


@given(tables())
def test_columns_are_written_as_values_are(table: pa.Table) -> None:
    """For every type, null and slice: objects, lists, maps, numbers and times."""
    for batch in sliced(table, (1, 2, 8)):
        lines = json_lines(batch).split(b"\n")

        assert lines.pop() == b""
        expected = as_lines(pa.Table.from_batches([batch]))
        assert [meant(line) for line in lines] == [meant(line) for line in expected]


def test_no_rows_are_no_lines() -> None:
    """Whatever the columns are."""
    assert json_lines(pa.record_batch({"a": pa.array([], pa.int8())})) == b""
    assert json_lines(pa.record_batch({"a": pa.nulls(2)}).slice(2)) == b""


def test_special_types_are_what_they_stand_for() -> None:
    """Ids of sixteen bytes are text, half floats numbers, and empty structs objects."""
    batch = pa.record_batch(
        {
            "id": pa.array([uuid.UUID(int=5).bytes, None], pa.uuid()),
            "half": pa.array([0.5, None], pa.float16()),
            "empty": pa.array([{}, None], pa.struct([])),
            "pair": pa.array([[1, 2], None], pa.list_(pa.int8(), 2)),
            "by_number": pa.array([[(1, "x")], None], pa.map_(pa.int8(), pa.string())),
        }
    )

    first, second = map(json.loads, json_lines(batch).splitlines())

    assert first == {
        "id": "00000000-0000-0000-0000-000000000005",
        "half": 0.5,
        "empty": {},
        "pair": [1, 2],
        "by_number": {"1": "x"},
    }
    assert set(second.values()) == {None}


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"wait": pa.array([1], pa.duration("s"))}, r"'wait' .* type duration\[s\]"),
        ({"a.b": pa.array([1]), "a": pa.array([1])}, r"'a' .* columns a\.\* beside it"),
        ({"a": pa.array([1]), "a.b": pa.array([1])}, "a is a column too"),
    ],
)
def test_what_cannot_be_json_is_refused(columns: dict[str, pa.Array], said: str) -> None:
    """The error names the column, and why."""
    with pytest.raises(ConfigError, match=said):
        json_lines(pa.record_batch(columns))
