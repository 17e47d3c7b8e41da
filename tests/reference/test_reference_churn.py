"""The reference itself, by cases worked out by hand: churn. Sessions end 10 s after their last."""

from __future__ import annotations

from typing import Any

import pytest

from . import Result
from .cases import BASE, event, job, replay

RULE = {"horizon": "PT60S", "mature": 1, "mature_positives": 0}
LATER = event(500, user="zoe")


def leaving(**more: Any) -> dict[str, Any]:
    """Return a job with a horizon of a minute."""
    return job(models={"churn": {**RULE, **more}})


def examples(result: Result) -> list[tuple[str, float, float, bool]]:
    """Return of each example of churn the person, the label time, its one feature, its label."""
    return [
        (one.person, (one.label_time - BASE) / 1000, one.values["n"], one.label)
        for one in result.examples
        if one.model == "churn"
    ]


def test_who_stays_away_has_left() -> None:
    """The last row of the session, the second, is learned 60 s after its clock."""
    result = replay(leaving(), event(0), event(5), LATER)

    assert examples(result) == [("u:ann", 65.0, 2.0, True)]


@pytest.mark.parametrize(("back", "left"), [(60, False), (60.001, True)])
def test_the_horizon_is_closed(back: float, left: bool) -> None:
    """Back at its very end is back; a millisecond later is not."""
    result = replay(leaving(), event(0), event(back), LATER)

    assert examples(result)[0] == ("u:ann", 60.0, 1.0, left)


def test_a_session_may_leave_a_row_only_when_none_waits() -> None:
    """That at 30 closes while the row of 0 waits; that at 55 closes at 65, after it is over."""
    result = replay(leaving(), event(0), event(30), event(55), LATER)

    assert examples(result) == [("u:ann", 60.0, 1.0, False), ("u:ann", 115.0, 1.0, True)]


def test_at_the_very_due_the_row_still_waits() -> None:
    """A session that closes at 60 sharp comes too early for the row that is due at 60."""
    result = replay(leaving(), event(0), event(50), LATER)

    assert examples(result) == [("u:ann", 60.0, 1.0, False)]


def test_only_active_events_show_that_somebody_is_there() -> None:
    """A search is none of them."""
    active = leaving(active=["view_item"])

    assert examples(replay(active, event(0), event(30, "search"), LATER))[0][3] is True
    assert examples(replay(active, event(0), event(30), LATER))[0][3] is False


def test_in_a_contract_the_event_is_what_makes_it_positive() -> None:
    """Without it, or after the horizon, the label is negative."""
    contract = leaving(cancelled=["bye"])
    lines = {at: [event(0), event(at, "custom.bye"), LATER] for at in (30, 61)}
    declared = {"models": {"churn": {**RULE, "cancelled": ["custom.bye"]}}}

    assert examples(replay(contract, event(0), LATER)) == [("u:ann", 60.0, 1.0, False)]
    for at, left in ((30, True), (61, False)):
        assert examples(replay({**contract, **declared}, *lines[at]))[0][3] is left


def test_what_the_end_of_input_cuts_off_is_censored() -> None:
    """A row due at the final time is cut off; a session that the end closes leaves none."""
    result = replay(leaving(), event(0), event(60, user="zoe"))

    assert examples(result) == []
    assert result.counts["censored"]["churn"] == 1
    assert result.counts["learned"]["churn"] == 0


def test_scores_of_both_models_stand_side_by_side() -> None:
    """Churn is served its own version: one positive example, so a bare intercept.

    Newton's first step from variance 4: 4 x 0.5 / (1 + 0.25 x 4) = 1, and sigmoid(1) = 0.731059.
    """
    result = replay(leaving(), event(0), event(100, user="bob"))

    assert [(one["model"], one["score"]) for one in result.scores] == [
        ("intent", 0.05),
        ("churn", 0.05),
        ("intent", 0.047619),
        ("churn", 0.731059),
    ]
