"""Records that somebody else has read: the batches that lines of a file would be."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from rtm_flows.config import load
from rtm_flows.connectors.parsers import parser_of
from rtm_flows.connectors.record_batches import Record, RecordBatches

EVENT = {"time": "2026-03-02T10:00:00Z", "id": "1", "user_id": "ann", "type": "search"}


def batches(limit: int = 1 << 20) -> RecordBatches:
    """Return what makes batches of a partition called `web`."""
    return RecordBatches("web", parser_of(load({"name": "shop"})), limit)


@pytest.mark.parametrize(
    "record",
    [
        EVENT,
        {**EVENT, "time": datetime(2026, 3, 2, 10, tzinfo=UTC)},
        json.dumps(EVENT).encode(),
        json.dumps(EVENT).encode() + b"\r\n",
        json.dumps(EVENT, indent=2).encode(),
    ],
)
def test_a_record_is_what_it_says_however_it_is_given(record: Record) -> None:
    """As a mapping, with a real time, as bytes, with a line end, over several lines."""
    batch = batches().take([record])

    assert (batch.records, batch.dead) == (1, [])
    rows = batch.table
    assert rows["id"].tolist() == ["1"]
    assert rows["time"].tolist() == [1_772_445_600_000]
    assert batch.place(int(rows["row"][0])) == ("web", 1)


def test_records_are_numbered_through_all_batches() -> None:
    """From 1; what is dead knows its number, and so does what may turn out late."""
    whose = batches()
    whose.take([EVENT, b"broken"])
    batch = whose.take([b"broken too", EVENT])

    assert [(one.file, one.line, one.reason) for one in batch.dead] == [("web", 3, "broken_json")]
    assert batch.place(int(batch.table["row"][0])) == ("web", 4)
    assert whose.taken == 4


def test_a_broken_record_does_not_become_sound() -> None:
    """A line end within a text is a mistake, not a blank."""
    batch = batches().take([b'{"time": 0, "type": "search", "user_id": "a\nb"}'])

    assert [one.reason for one in batch.dead] == ["broken_json"]


def test_a_record_that_is_too_long_is_a_dead_letter() -> None:
    """As in a file."""
    batch = batches(limit=40).take([EVENT, b"{}"])

    assert [one.reason for one in batch.dead] == ["too_large", "missing_field"]


def test_what_json_has_nothing_for_is_refused() -> None:
    """It is a mistake of the program, not of a record."""
    with pytest.raises(TypeError):
        batches().take([{**EVENT, "item_id": object()}])
