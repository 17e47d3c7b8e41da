"""The reference itself, by cases worked out by hand: purchases within a horizon of a minute."""

from __future__ import annotations

from typing import Any

import pytest

from . import Result
from .cases import BASE, event, job, replay

RULE = {"horizon": "PT60S", "mature": 1, "mature_positives": 0, "rows_per_session": 2}
LATER = event(500, user="zoe")


def buying(**more: Any) -> dict[str, Any]:
    """Return a job whose sessions end after 10 s, with a horizon of a minute."""
    return job(models={"intent": {**RULE, **more}})


def examples(result: Result) -> list[tuple[str, float, int, float, bool]]:
    """Return of each row that is over the person, label time, number, its feature, its label."""
    return [(*row[:2], row[2] // 3, *row[3:]) for row in parts(result) if row[2] % 3 == 2]


def parts(result: Result) -> list[tuple[str, float, int, float, bool]]:
    """Return the person, time, sequence, the one feature and the label of all that is told."""
    return [
        (one.person, (one.label_time - BASE) / 1000, one.sequence, one.values["n"], one.label)
        for one in result.examples
    ]


def test_a_purchase_in_a_later_session_counts() -> None:
    """That at 40 is in the next session; both rows of the first one have a horizon that holds it.

    The purchase waits itself, for the next one.
    """
    result = replay(buying(), event(0), event(5), event(40, "purchase"), LATER)

    assert examples(result) == [
        ("u:ann", 60.0, 1, 1.0, True),
        ("u:ann", 65.0, 2, 2.0, True),
        ("u:ann", 100.0, 3, 1.0, False),
    ]


@pytest.mark.parametrize(("bought", "label"), [(60, True), (60.001, False)])
def test_the_horizon_is_closed(bought: float, label: bool) -> None:
    """A purchase at its very end counts; a millisecond later it does not."""
    result = replay(buying(), event(0), event(bought, "purchase"), LATER)

    assert examples(result)[0] == ("u:ann", 60.0, 1, 1.0, label)


def test_a_later_purchase_counts_after_an_earlier_one() -> None:
    """With the session as its end, nothing after the first purchase would be kept."""
    lines = [event(0, "purchase"), event(1), event(2, "purchase"), LATER]
    every = buying(rows_per_session=3)

    assert [one[-1] for one in examples(replay(every, *lines))] == [True, True, False]


def test_no_more_rows_wait_than_may() -> None:
    """While the first one waits, until 60, others have no room; that at 61 has."""
    result = replay(buying(rows_waiting=1), event(0), event(1), event(60), event(61), LATER)

    assert [one[1] for one in examples(result)] == [60.0, 121.0]


def test_what_the_end_of_input_cuts_off_is_censored() -> None:
    """A row due at the final time is cut off, bought or not, and so is that of the final event."""
    result = replay(buying(), event(0), event(1, "purchase"), event(60, user="zoe"))

    assert examples(result) == []
    assert result.counts["censored"]["intent"] == 3


AT_ONCE = ("fake_negative_weighted", "corrected")
BOUGHT = [event(0), event(5), event(8, "purchase"), event(9, "purchase"), LATER]


@pytest.mark.parametrize("labels", AT_ONCE)
def test_a_row_is_told_of_at_once_then_of_its_first_purchase_then_of_its_end(labels: str) -> None:
    """The second purchase is the first one of the row of the purchase, the third by number."""
    told = [row[1:3] for row in parts(replay(buying(labels=labels), *BOUGHT)) if row[0] == "u:ann"]

    assert [at for at, sequence in told if sequence // 3 == 1] == [0.0, 8.0, 60.0]
    assert [at for at, sequence in told if sequence // 3 == 2] == [5.0, 8.0, 65.0]


def test_those_who_wait_hear_of_no_purchase() -> None:
    """The label at the end is enough."""
    assert {row[2] % 3 for row in parts(replay(buying(), *BOUGHT))} == {0, 2}


@pytest.mark.parametrize(
    ("labels", "counts"), [("wait", [0, 1]), *((labels, [1, 1]) for labels in AT_ONCE)]
)
def test_a_row_counts_as_one_example_and_as_one_positive(labels: str, counts: list[int]) -> None:
    """Of one row at 0, bought at 8: what is known at 9 and at 600 says when it was learned.

    The score of an immature model is (positives + 1) / (examples + 20).
    """
    lines = [event(0), event(8, "purchase"), event(9, user="bob"), event(600, user="bob")]
    rule = {**RULE, "labels": labels, "rows_waiting": 1, "mature": 99}
    result = replay(job(models={"intent": rule}, time={"tick": "PT1S", "lag": 1}), *lines)

    scores = [row["score"] for row in result.scores]
    early, late = counts
    assert scores[2] == round((early + 1) / (early + 20), 6)
    assert scores[3] == round((late + 1) / (late + 1 + 20), 6)
