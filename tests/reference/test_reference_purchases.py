"""The reference itself, by cases worked out by hand: purchases within a horizon of a minute."""

from __future__ import annotations

from typing import Any

import pytest

from . import Result
from .cases import BASE, event, job, replay

RULE = {"horizon": "PT60S", "mature": 1, "mature_positives": 0}
LATER = event(500, user="zoe")


def buying(**more: Any) -> dict[str, Any]:
    """Return a job whose sessions end after 10 s, with a horizon of a minute."""
    return job(models={"intent": {**RULE, **more}})


def examples(result: Result) -> list[tuple[str, float, int, float, bool]]:
    """Return of each example the person, label time, sequence, its one feature, and its label."""
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
