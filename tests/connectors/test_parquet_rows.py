"""Rows of a Parquet output: the lines that are asked for, and nothing read for the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtm_flows.connectors import parquet_output, parquet_rows
from rtm_flows.connectors.parquet_output import lines_of
from rtm_flows.connectors.parquet_rows import Having, Highest, Rows
from rtm_flows.decisions.record import Score
from rtm_flows.times import format_time
from tests.connectors.test_parquet_output import written

START = 1_704_067_200_000
IDS = ("7", "77", "u\u00e9", "\U0001f600", "z", "")


def scores(drawn: list[tuple[int, int, float]]) -> list[Score]:
    """Return scores in order of time."""
    return [
        Score(format_time(START + time), IDS[whose], "user", f"e{n}", "intent", n, score)
        for n, (time, whose, score) in enumerate(sorted(drawn))
    ]


some = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, len(IDS) - 1), st.sampled_from([0.1, 0.5, 0.9])),
    max_size=30,
).map(scores)


def told(folder: Path, records: list[Score], rows: Rows) -> list[dict[str, Any]]:
    """Return what is read of these rows, from row groups of a few lines each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet_output, "BLOCK_BYTES", 400)
        path = written(folder, msgspec.json.Encoder().encode_lines(records), "scores")
    lines = b"".join(lines_of(path, rows=rows)).splitlines()
    return [msgspec.json.decode(line) for line in lines]


def as_told(records: list[Score]) -> list[dict[str, Any]]:
    """Return records as lines have them."""
    return [msgspec.to_builtins(one) for one in records]


@settings(max_examples=60)
@given(some, st.sampled_from([*IDS, "8", "u"]), st.booleans())
def test_the_rows_of_a_text_are_those_of_a_plain_loop(
    tmp_path_factory: pytest.TempPathFactory, records: list[Score], text: str, begins: bool
) -> None:
    """Whole, in the order of the file; with any text, or one that begins so."""
    folder = tmp_path_factory.mktemp("out")
    wanted = [
        one
        for one in records
        if (one.subject_id.startswith(text) if begins else one.subject_id == text)
    ]

    assert told(folder, records, Having("subject_id", text, begins)) == as_told(wanted)


@settings(max_examples=30)
@given(some, st.integers(-1, 10))
def test_times_are_asked_for_as_lines_have_them(
    tmp_path_factory: pytest.TempPathFactory, records: list[Score], at: int
) -> None:
    """They are timestamps in the file."""
    time = format_time(START + at)
    wanted = [one for one in records if one.time == time]

    assert told(tmp_path_factory.mktemp("out"), records, Having("time", time)) == as_told(wanted)


@settings(max_examples=30)
@given(some)
def test_the_highest_are_found_among_those_not_left_out(
    tmp_path_factory: pytest.TempPathFactory, records: list[Score]
) -> None:
    """All of them, if several are."""
    left = [one for one in records if one.subject_id != "7"]
    wanted = [one for one in left if one.score == max(other.score for other in left)]
    found = told(tmp_path_factory.mktemp("out"), records, Highest("score", "subject_id", "7"))

    assert found == as_told(wanted)


def test_a_file_without_the_column_is_read_whole(tmp_path: Path) -> None:
    """Whoever reads its lines then says what they lack."""
    records = scores([(1, 1, 0.5), (2, 2, 0.9)])

    assert told(tmp_path, records, Having("decision_id", "x")) == as_told(records)
    assert told(tmp_path, records, Highest("priority", "name", "x")) == as_told(records)


def test_only_some_columns_are_read(tmp_path: Path) -> None:
    """Of those that there are."""
    data = msgspec.json.Encoder().encode_lines(scores([(1, 0, 0.5)]))
    path = written(tmp_path, data, "scores")

    found = b"".join(lines_of(path, columns=["score", "subject_id", "nothing"]))
    assert msgspec.json.decode(found) == {"subject_id": "7", "score": 0.5}


def test_row_groups_that_cannot_hold_it_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a column in order, one or two are."""
    looked: list[int] = []
    column = parquet_rows._column

    def counted(file: pq.ParquetFile, group: int, name: str) -> object:
        looked.append(group)
        return column(file, group, name)

    monkeypatch.setattr(parquet_rows, "_column", counted)
    records = scores([(n, 0, 0.5) for n in range(100)])
    (one,) = told(tmp_path, records, Having("time", format_time(START + 50)))

    assert one["event_id"] == "e50"
    assert pq.ParquetFile(tmp_path / "scores.parquet").num_row_groups > 20
    assert len(looked) == 1
