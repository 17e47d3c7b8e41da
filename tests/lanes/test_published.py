"""Lines dealt to partitions: all of them, once, each person's in the order of the file."""

from __future__ import annotations

import json
import zlib
from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import as_text
from rtm_flows.lanes.line_block import block_of
from rtm_flows.lanes.messages import Lines
from rtm_flows.lanes.ordered import Ordered
from rtm_flows.lanes.progress import END
from rtm_flows.lanes.published import Record, by_partition, id_of, records_of

PEOPLE = st.sampled_from(
    ["u:ann", "u:Łukasz", "a:ann", "a:", "u:🙂", *(f"u:{n}" for n in range(9))]
)
ROWS = st.lists(st.tuples(PEOPLE, st.integers(0, 3), st.integers(0, 9)), max_size=30)
PASSES = st.lists(ROWS, max_size=6)

Row = tuple[str, int, int]


def ints(*values: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return an array."""
    return np.array(values, dtype=np.int64)


def told(rows: list[Row], output: str = "scores", mark: int = 0, *, tied: bool = True) -> Lines:
    """Return lines of rows of (person, time, number); untied, time is a round."""
    times = ints(*(time for _, time, _ in rows))
    persons = as_text([person for person, _, _ in rows])
    lines = block_of(json.dumps(row).encode() for row in rows)
    keys = {"tie": persons} if tied else {"tie": None, "keys": persons}
    return Lines(output, ints(0), ints(mark), times, times, lines=lines, **keys)


def in_passes(passes: list[list[Row]]) -> list[list[Row]]:
    """Let each person's clock never go back from pass to pass, as it does not in a lane."""
    clocks: defaultdict[str, int] = defaultdict(int)
    moved = []
    for rows in passes:
        base = dict(clocks)
        one = [(person, base.get(person, 0) + time, number) for person, time, number in rows]
        for person, time, _ in one:
            clocks[person] = max(clocks[person], time)
        moved.append(one)
    return moved


@given(PASSES, st.integers(1, 7))
def test_each_line_goes_to_the_partition_of_its_person_once(
    passes: list[list[Row]], partitions: int
) -> None:
    """What is dealt is what was told, and a person's partition is the CRC-32 of the key."""
    dealt = [pair for rows in passes for pair in by_partition(told(rows), partitions)]
    records = [(number, record) for number, part in dealt for record in part.records]

    expected = Counter(json.dumps(row).encode() for rows in passes for row in rows)
    assert Counter(record.value for _, record in records) == expected
    for number, record in records:
        person, time, _ = json.loads(record.value)
        assert (record.key, record.time) == (person, time)
        assert number == zlib.crc32(person.encode()) % partitions


@given(PASSES, st.integers(1, 7))
def test_a_persons_records_are_in_the_order_of_the_file(
    passes: list[list[Row]], partitions: int
) -> None:
    """Told at once, a person's lines come in the order in which a file has them at the end."""
    passes = in_passes(passes)
    file = Ordered(feeds=1)
    topic: defaultdict[int, list[Record]] = defaultdict(list)
    for rows in passes:
        file.add(told(rows))
        for number, part in by_partition(told(rows), partitions):
            topic[number] += part.records
    file.add(told([], mark=END))

    by_person: defaultdict[str | None, list[bytes]] = defaultdict(list)
    for records in topic.values():
        for record in records:
            by_person[record.key].append(record.value)
    expected: defaultdict[str | None, list[bytes]] = defaultdict(list)
    for line in file.ready():
        expected[json.loads(line)[0]].append(line)
    assert by_person == expected


@given(ROWS)
def test_late_lines_have_their_person_and_no_time(rows: list[Row]) -> None:
    """Lines in the order of rounds keep that order, with the keys that they are given."""
    records = records_of(told(rows, "late", tied=False))

    expected = sorted(rows, key=lambda row: row[1])
    assert [json.loads(record.value) for record in records] == [list(row) for row in expected]
    assert [record.key for record in records] == [person for person, _, _ in expected]
    assert {record.time for record in records} <= {None}


def test_what_is_nobodys_goes_to_the_first_partition() -> None:
    """Dead letters and notes of models have no key, and stay in one order."""
    lines = block_of([b"{}", b"[]"])
    part = Lines("dead_letters", ints(0), ints(1), ints(0, 0), ints(0, 0), None, lines)

    ((number, dealt),) = by_partition(part, 8)

    assert number == 0
    assert [(record.key, record.value) for record in dealt.records] == [
        (None, b"{}"),
        (None, b"[]"),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("scores", "u:a", b"x"), ("late", "u:a", b"x")),
        (("scores", "u:a", b"x"), ("scores", "u:b", b"x")),
        (("scores", "u:a", b"x"), ("scores", "u:a", b"y")),
        (("scores", None, b"x"), ("scores", "u:a", b"x")),
    ],
)
def test_ids_differ_with_output_person_and_value(
    one: tuple[str, str | None, bytes], other: tuple[str, str | None, bytes]
) -> None:
    """Sixteen hex digits, the same whenever a line is told again, and another line's are others."""
    assert id_of(*one) == id_of(*one) != id_of(*other)
    assert len(id_of(*one)) == 16


def test_a_decision_without_its_id_gets_a_hash() -> None:
    """Flat decisions may leave their id out."""
    assert id_of("decisions", "u:a", b'{"decision_id":"ab","name":"x"}') == "ab"
    assert len(id_of("decisions", "u:a", b'{"action":"x"}')) == 16
