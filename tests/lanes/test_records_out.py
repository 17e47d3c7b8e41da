"""Late records, dead letters and sessions, as they are written."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from rtm_flows.columns import Table, as_text
from rtm_flows.lanes.progress import END, Progress
from rtm_flows.lanes.records_out import (
    PAYLOAD_BYTES,
    Dead,
    by_round,
    dead_lines,
    late_lines,
    session_lines,
)
from rtm_flows.people.session_sums import RECORD

T = 1_767_225_600_000


def test_a_late_record_is_named_with_its_place() -> None:
    """Who, what, when, how far behind, and where it stands: enough to find it again."""
    late = Table(
        {
            "time": np.array([T + 1, T]),
            "person": as_text(["u:é", "a:7"]),
            "source": as_text(["shop", "web"]),
            "id": as_text(["e1", 'say "hi"']),
            "type": as_text(["search", "custom.a"]),
            "behind": np.array([60_001, 86_400_000]),
            "row": np.array([4, 2]),
        }
    )
    first, second = late_lines(late, lambda row: (f"{row}.jsonl", 10 * row))

    assert json.loads(first) == {
        "time": "2026-01-01T00:00:00.001Z",
        "subject_id": "é",
        "subject_type": "user",
        "source": "shop",
        "id": "e1",
        "type": "search",
        "lateness_seconds": 60.001,
        "place": {"file": "4.jsonl", "line": 40},
    }
    told = json.loads(second)
    assert (told["id"], told["subject_id"], told["subject_type"]) == ('say "hi"', "7", "anonymous")
    assert (told["lateness_seconds"], told["place"]["line"]) == (86_400.0, 20)


def test_a_dead_letter_tells_place_and_reason_and_no_value() -> None:
    """The record itself may hold what nobody should read: it is not repeated."""
    (line,) = dead_lines([Dead("in.csv", 7, "bad_time", "time", "not a time")])

    assert json.loads(line) == {
        "reason": "bad_time",
        "field": "time",
        "detail": "not a time",
        "place": {"file": "in.csv", "line": 7},
    }
    assert dead_lines([]) == []


def test_a_record_of_a_topic_is_told_by_its_offset() -> None:
    """The place of a dead letter is topic, partition and offset."""
    (line,) = dead_lines([Dead("events", 7, "tombstone", None, "no value", 3)])

    place = {"topic": "events", "partition": 3, "offset": 7}
    assert json.loads(line)["place"] == place


def test_lines_of_a_round_wait_until_all_partitions_are_past_it() -> None:
    """The order is (round, partition, arrival), whatever partition tells first."""
    first = by_round("late", Progress.of(0, 4, T, T), 0, 4, [b"a", b"b"])
    second = by_round("late", Progress.of(2, 4, T, T), 2, 4, [b"c"])
    later = by_round("late", Progress.of(0, 5, T, T), 0, 5, [b"d"])
    end = by_round("late", Progress.of(0, END, END, T), 0, 0, [])

    assert first.release.tolist() == [4, 4]
    assert first.marks.tolist() == [5]
    assert first.marks[0] > first.release[0]
    assert first.order[0] == first.order[1] < second.order[0] < later.order[0]
    assert later.marks[0] > later.release[0]
    assert (list(end.lines), end.marks[0] > END) == ([], True)


def sessions(**changed: Any) -> Table:
    """Return one session with some sums, and other columns changed."""
    sums = {"events": 3, "pages": 1, **changed.pop("sums", {})}
    columns: dict[str, Any] = {"session": 2, "start": T, "end": T + 10_000, "closed_at": T + 99_000}
    numbers = {name: np.array([value]) for name, value in {**columns, **changed}.items()}
    cut = numbers.pop("cut", np.array([False]))
    evicted = numbers.pop("evicted", np.array([False]))
    row = np.array([[sums.get(name, 0) for name in RECORD]], dtype=np.int64)
    return Table(
        {"person": as_text(["u:ann"]), "sums": row, "cut": cut, "evicted": evicted, **numbers}
    )


def record(**changed: Any) -> dict[str, Any]:
    """Return the record of one session."""
    lines = session_lines(sessions(**changed), np.array([0]), np.array([5]), 60_000)
    assert (lines.order.tolist(), lines.release.tolist()) == (
        [T + 99_000],
        [(T + 99_000) // 60_000],
    )
    (line,) = lines.lines
    told: dict[str, Any] = json.loads(line)
    return told


def test_a_session_record_holds_its_sums() -> None:
    """Counts as they are, the value in currency units, times as text; pages only decide."""
    told = record(sums={"views": 1, "searches": 2, "cart_adds": 3, "cart_removes": 4,
                        "checkouts": 5, "value": 1999})  # fmt: skip

    assert told == {
        "subject_id": "ann",
        "subject_type": "user",
        "session": 2,
        "start": "2026-01-01T00:00:00.000Z",
        "end": "2026-01-01T00:00:10.000Z",
        "closed_at": "2026-01-01T00:01:39.000Z",
        "reason": "gap",
        "events": 3,
        "views": 1,
        "searches": 2,
        "cart_adds": 3,
        "cart_removes": 4,
        "checkouts": 5,
        "purchases": 0,
        "value": 19.99,
        "engaged": False,
    }
    assert record(cut=True)["reason"] == "end_of_input"


@pytest.mark.parametrize(
    ("changed", "engaged"),
    [
        ({}, False),
        ({"end": T + 10_001}, True),
        ({"sums": {"pages": 2}}, True),
        ({"sums": {"purchases": 1, "pages": 0}}, True),
        ({"end": T, "sums": {"events": 50, "searches": 49}}, False),
    ],
)
def test_a_session_is_engaged_by_length_pages_or_purchase(
    changed: dict[str, Any], engaged: bool
) -> None:
    """Longer than ten seconds, two pages or items, or a purchase."""
    assert record(**changed)["engaged"] is engaged


def test_no_sessions_have_no_lines() -> None:
    """A pass in which no session ended still tells how far the lanes have come."""
    lines = session_lines(sessions().slice(0, 0), np.array([0, 3]), np.array([5, 6]), 60_000)

    assert (list(lines.lines), lines.feeds.tolist(), lines.marks.tolist()) == ([], [0, 3], [5, 6])


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (b'{"user_id": 7', ('{"user_id": 7', "utf-8", 13)),
        (b"\xff\xfe", ("//4=", "base64", 2)),
        (b"a" * (PAYLOAD_BYTES + 5), ("a" * PAYLOAD_BYTES, "utf-8", PAYLOAD_BYTES + 5)),
    ],
)
def test_a_dead_letter_tells_the_record_only_where_it_was_asked_to(
    record: bytes, told: tuple[str, str, int]
) -> None:
    """As text, or in base 64, up to a bound, with its true length; else nothing of it."""
    letters = [Dead("events", 7, "broken_json", None, "", 3, one) for one in (record, None)]
    with_record, without = (json.loads(line) for line in dead_lines(letters))
    names = ("payload", "payload_encoding", "payload_bytes")
    assert tuple(with_record[name] for name in names) == told
    assert not set(names) & without.keys()
