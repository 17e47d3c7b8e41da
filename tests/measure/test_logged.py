"""Logged: a log that cannot tell of the strategy is refused, in words that say what to do."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from rtm_flows.errors import ConfigError, InputError
from rtm_flows.measure.logged import LogColumns, cells, logged_of

COLUMNS = LogColumns(context=("page",))
NO_CANDIDATES = LogColumns(candidates=None, context=("page",))


def slate(**chances: float) -> list[dict[str, Any]]:
    """Return a slate."""
    return [{"name": name, "action_prob": chance} for name, chance in chances.items()]


def frame(**changed: Any) -> pl.DataFrame:
    """Return a sound log of three people, some of its columns changed."""
    columns: dict[str, Any] = {
        "subject_id": ["ann", "bob", "cyd"],
        "name": ["mail", "push", "no_action"],
        "action_prob": [0.5, 0.25, 0.25],
        "candidates": [slate(mail=0.5, push=0.25)] * 3,
        "strategy_candidates": [slate(mail=0.25, push=0.75)] * 3,
        "response_value": [1.0, 0.0, 0.0],
        "page": ["a", "b", "a"],
    }
    return pl.DataFrame(columns | changed, strict=False)


def test_weights_are_the_probability_over_that_of_the_log() -> None:
    """Of each row's choice; 0 where the strategy would not choose it."""
    log = logged_of(frame(), COLUMNS, "no_action")

    assert log.weights().tolist() == [0.5, 3.0, 0.0]
    assert (log.names, log.person.tolist()) == (["mail", "no_action", "push"], [0, 1, 2])
    assert log.cell.tolist() == [0, 1, 0]


def test_without_a_person_every_row_is_somebody() -> None:
    """For logs in which nobody comes twice."""
    columns = LogColumns(person=None)

    assert logged_of(frame(), columns, "no_action").person.tolist() == [0, 1, 2]


def test_actions_need_not_be_texts() -> None:
    """Numbers of items are named by their digits."""
    numbered = frame(
        name=[1, 2, 2],
        candidates=[slate(**{"1": 0.5, "2": 0.5})] * 3,
        strategy_candidates=[slate(**{"2": 1.0})] * 3,
        action_prob=[0.5] * 3,
    )

    assert logged_of(numbered, COLUMNS, None).weights().tolist() == [0.0, 2.0, 2.0]


def test_a_strategy_without_support_is_refused() -> None:
    """It names the actions, how often, how much of the strategy's probability, and what to do."""
    greedy = frame(
        strategy_candidates=[slate(push=1.0), slate(call=0.5, push=0.5), slate(sms=0.1, push=0.9)]
    )
    with pytest.raises(InputError) as raised:
        logged_of(greedy, COLUMNS, "no_action")

    told = str(raised.value)
    assert "the log could never choose: 'call' in 1 rows (16.67%), 'sms' in 1 rows (3.33%)" in told
    assert "1 of 3 rows have support" in told
    assert "let the logging strategy choose these actions now and then" in told


def test_support_is_asked_row_by_row_where_candidates_were_logged() -> None:
    """Mail was sent to others, and could not have been sent here."""
    none_here = [slate(mail=0.5, push=0.25), slate(mail=0.0, push=0.25), slate(push=0.75)]
    with pytest.raises(InputError, match=r"'mail' in 2 rows .*; 1 of 3 rows have support"):
        logged_of(frame(candidates=none_here), COLUMNS, "no_action")


def test_without_candidates_an_action_that_was_ever_chosen_has_support() -> None:
    """And one that never was has none, however small its probability."""
    assert len(logged_of(frame(), NO_CANDIDATES, "no_action").action) == 3
    rare = frame(strategy_candidates=[slate(mail=1.0 - 1e-5, sms=1e-5)] * 3)
    with pytest.raises(InputError, match="were never chosen in the log: 'sms' in 3 rows"):
        logged_of(rare, NO_CANDIDATES, "no_action")


def test_probability_0_needs_no_support() -> None:
    """What the strategy would not do either needs no outcome."""
    named = frame(strategy_candidates=[slate(mail=1.0, sms=0.0)] * 3)

    assert logged_of(named, COLUMNS, "no_action").weights().tolist() == [2.0, 0.0, 0.0]


def test_many_actions_without_support_are_counted() -> None:
    """Five are named, those with the most probability first."""
    many = {f"a{n}": 0.1 + n / 100 for n in range(7)} | {"mail": 0.09}
    with pytest.raises(InputError, match=r"'a6' in 3 rows \(16.00%\), .*'a2'.* and 2 more; 0 of 3"):
        logged_of(frame(strategy_candidates=[slate(**many)] * 3), NO_CANDIDATES, "no_action")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"action_prob": [0.5, 0.0, 0.25]}, r"1 of 3 .* outside \(0, 1\], the first in row 1: 0;"),
        ({"action_prob": [0.5, 0.25, 1.5]}, r"outside \(0, 1\], the first in row 2: 1.5"),
        ({"action_prob": [0.5, float("nan"), 0.25]}, r"outside \(0, 1\], the first in row 1: nan"),
        ({"action_prob": [0.5, None, 0.25]}, "'action_prob': 1 of 3 values are null"),
        ({"name": ["mail", None, "push"]}, "'name': 1 of 3 values are null"),
        ({"subject_id": ["ann", None, None]}, "'subject_id': 2 of 3 values are null"),
        ({"response_value": [1.0, None, 0.0]}, "leave out decisions whose outcome cannot be known"),
        ({"response_value": [1.0, float("inf"), 0.0]}, "the reward of row 1 is inf"),
        ({"subject_id": ["ann"] * 3}, "3 rows of 1 people"),
        (
            {"action_prob": [0.5, 0.5, 0.25]},
            "1 rows give the chosen action another probability .* row 1: 0.5, but 'push' has 0.25",
        ),
    ],
)
def test_a_log_that_cannot_be_is_refused(changed: dict[str, Any], message: str) -> None:
    """With the column, the row, and what to do."""
    with pytest.raises(InputError, match=message):
        logged_of(frame(**changed), COLUMNS, "no_action")


def test_a_missing_column_is_answered_with_the_nearest() -> None:
    """As for a table to learn."""
    with pytest.raises(ConfigError, match="did you mean 'response_value'"):
        logged_of(frame(), LogColumns(reward="response_values"), "no_action")


def test_an_empty_log_is_refused() -> None:
    """No people, no interval."""
    with pytest.raises(InputError, match="0 rows of 0 people"):
        logged_of(frame().clear(), COLUMNS, "no_action")


def test_cells_are_rows_alike_in_all_columns() -> None:
    """A null is a value of its own, and not the empty text."""
    context = pl.DataFrame({"page": ["", None, "", None, "x"], "place": [1, 1, 2, 1, 1]})

    found = cells(context, 5).tolist()
    assert found[1] == found[3]
    assert len(set(found)) == 4
    assert cells(pl.DataFrame(), 2).tolist() == [0, 0]
