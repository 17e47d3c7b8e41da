"""The decision found is the one that a plain loop finds, and errors say what to do."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.errors import InputError
from rtm_flows.measure.lookup import find_decision, scores_of
from rtm_flows.measure.recorded import Reading, Recorded
from tests.measure.recorded import as_lines, decision, score

RECORDS = [decision(number, subject_id=odd) for number, odd in enumerate(
    ["7", 'a"b\\', "é", "decision_id", '","decision_id":"', "\u2028", "", "x" * 900] * 20
)]  # fmt: skip
DATA = as_lines(RECORDS)


@given(st.integers(0, len(RECORDS) - 1), st.integers(1, 5000), st.integers(12, 32))
def test_a_decision_is_found_by_its_id(number: int, block: int, digits: int) -> None:
    """Or by so many of its digits that no other begins so, whatever the size of blocks."""
    wanted: str = RECORDS[number]["decision_id"]
    found = find_decision(io.BytesIO(DATA), "d", wanted[:digits].upper(), block=block)
    offset = DATA.index(f'{{"decision_id":"{wanted}'.encode())

    assert found.line.offset == offset
    assert json.loads(found.line.data) == RECORDS[number]
    assert found.decision.subject_id == RECORDS[number]["subject_id"]


def refusal(data: bytes, wanted: str, **how: Any) -> str:
    """Return why a decision cannot be shown."""
    with pytest.raises(InputError) as error:
        find_decision(io.BytesIO(data), "out/decisions.jsonl", wanted, **how)
    return str(error.value)


def test_what_is_no_id_is_refused() -> None:
    """Too short, too long, other letters."""
    for text in ("", "abc", "f" * 33, "wxyz", "'; drop"):
        assert "is no decision id: these are 32 digits" in refusal(DATA, text)


def test_what_is_not_there_is_said() -> None:
    """With the likely reason; also where there is nothing at all."""
    for data in (DATA, b"", DATA[: len(DATA) // 2]):
        assert "no decision in out/decisions.jsonl has this id" in refusal(data, "0" * 32)


def test_a_beginning_of_several_ids_is_answered_with_them() -> None:
    """Five of them at most."""
    alike = [decision(n, decision_id="abcd" + f"{n:028x}") for n in range(8)]

    few = refusal(as_lines(alike[:2]), "abcd")
    assert few.endswith(f"{alike[0]['decision_id']}, {alike[1]['decision_id']}")
    many = refusal(as_lines(alike), "abcd")
    assert many.count("abcd0000") == 5
    assert many.endswith(" and more")


def test_flat_records_are_refused_with_the_remedy() -> None:
    """Without an id in the lines, and with an id but too little else."""
    flat = as_lines([{"event_id": "e", "user_id": "7", "action": "greet"}])
    short = as_lines([{"decision_id": "ab" * 16, "name": "greet", "decision_time": "t"}])

    assert "has no decision_id. These are flat records: take the key `fields`" in refusal(
        flat, "abab"
    )
    assert "has no subject_id, subject_type, trigger, priority" in refusal(short, "abab")


def test_a_broken_line_is_told_with_its_place() -> None:
    """Cut, or with something else than a record in it."""
    wanted = RECORDS[0]["decision_id"]
    cut, other = DATA[:200], as_lines([decision(score="high")])

    assert "the line at byte 0: is no record" in refusal(cut, wanted)
    assert "was it made by another version?" in refusal(other, decision()["decision_id"])
    assert "has this id" in refusal(cut, wanted, growing=True)


@given(st.lists(st.integers(0, 6), max_size=12).map(sorted), st.integers(0, 6), st.booleans())
def test_scores_are_those_of_the_event(numbers: list[int], wanted: int, growing: bool) -> None:
    """Of all models, of this person and event only, though others have the same moment."""
    rows = [
        score(number, **more)
        for number in numbers
        for more in (
            {}, {"model": "churn"}, {"subject_type": "anonymous"}, {"subject_id": "8"},
            {"event_id": "other"},
        )
    ]  # fmt: skip
    data = as_lines(rows) + (b'{"time":"20' if growing else b"")
    whose = Reading(Recorded, "d").of(json.dumps(decision(wanted)).encode(), 0)

    found = scores_of(io.BytesIO(data), "scores.jsonl", len(data), whose, growing=growing)

    assert [one.model for one in found] == ["intent", "churn"] * numbers.count(wanted)
