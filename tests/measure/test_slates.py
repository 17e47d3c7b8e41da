"""Slates: what is told of a strategy is what is taken, or refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.errors import InputError
from rtm_flows.measure.slates import names_in, slates_of

ACTIONS = ["call", "mail", "no_action", "push"]
NAMES = pl.Enum(ACTIONS)
SLATE = pl.List(pl.Struct({"name": pl.String, "action_prob": pl.Float64}))

Told = dict[str, float]


def column(slates: list[Any]) -> pl.Series:
    """Return slates as a column; a mapping is one slate."""
    rows = [
        [{"name": name, "action_prob": chance} for name, chance in slate.items()]
        if isinstance(slate, dict)
        else slate
        for slate in slates
    ]
    return pl.Series("candidates", rows, dtype=SLATE)


@st.composite
def slates(draw: st.DrawFn) -> list[Told]:
    """Some slates, in any order of actions, that may leave something to `no_action`."""
    found = []
    for _ in range(draw(st.integers(1, 5))):
        parts = draw(st.lists(st.integers(0, 5), min_size=4, max_size=4).filter(any))
        told = {name: part / sum(parts) for name, part in zip(ACTIONS, parts, strict=True)}
        order = draw(st.permutations(ACTIONS))
        left_out = draw(st.booleans())
        found.append({n: told[n] for n in order if not (left_out and n == "no_action")})
    return found


@given(slates())
def test_every_probability_is_found_again(told: list[Told]) -> None:
    """Whatever the order; what is left of 1 is that of `no_action`."""
    found = slates_of(column(told), NAMES, "no_action")
    sums = np.bincount(found.row, found.chance, len(told))

    assert sums == pytest.approx(np.ones(len(told)))
    for row, slate in enumerate(told):
        for name, action in zip(ACTIONS, range(4), strict=True):
            wanted = slate.get(name, 1 - sum(slate.values()) if name == "no_action" else 0.0)
            got = found.chance_of(np.array([row]), np.array([action]))
            assert got == pytest.approx([wanted], abs=1e-9)


@given(slates())
def test_means_are_weighted_by_probability(told: list[Told]) -> None:
    """Of the place of an action squared, as a reference in plain Python says."""
    found = slates_of(column(told), NAMES, "no_action")
    means = found.mean(found.action.astype(float) ** 2)
    for row, slate in enumerate(told):
        rest = 1 - sum(slate.values()) if "no_action" not in slate else 0.0
        wanted = sum(chance * ACTIONS.index(name) ** 2 for name, chance in slate.items()) + 4 * rest
        assert means[row] == pytest.approx(wanted)


def test_a_decision_without_candidates_did_nothing_for_certain() -> None:
    """Its empty slate leaves all to `no_action`."""
    found = slates_of(column([{}, {"mail": 1.0}]), NAMES, "no_action")

    assert (found.row.tolist(), found.action.tolist()) == ([0, 1], [2, 1])
    assert found.chance.tolist() == [1.0, 1.0]


def test_what_rounding_leaves_over_is_nobodys() -> None:
    """Three thirds told to six decimals leave nothing to `no_action`."""
    thirds = dict.fromkeys(["call", "mail", "push"], 0.333333)

    assert slates_of(column([thirds]), NAMES, "no_action").chance.tolist() == [0.333333] * 3


@pytest.mark.parametrize(
    ("told", "otherwise", "message"),
    [
        ([{"mail": 0.5}], None, "do not sum to 1, the first in row 0: 0.500000"),
        ([{"mail": 0.5, "no_action": 0.1}], "no_action", "do not sum to 1"),
        ([{"mail": 1.0}, {"mail": 0.7, "push": 0.7}], "no_action", "in row 1: 1.4"),
        ([{"mail": 1.0}, {"mail": -0.5, "push": 1.5}], None, r"outside \[0, 1\], the first in row"),
        ([{"mail": float("nan")}], "no_action", r"outside \[0, 1\]"),
        ([{"mail": None}], "no_action", "1 slates, candidates, names or probabilities are null"),
        ([None, {"mail": 1.0}], "no_action", "1 slates, candidates"),
        ([[None], {"mail": 1.0}], "no_action", "1 slates, candidates"),
        ([[{"name": "mail", "action_prob": 0.5}] * 2], None, "row 0 names the action 'mail' twice"),
    ],
)
def test_what_is_no_slate_is_refused(told: list[Any], otherwise: str | None, message: str) -> None:
    """With the column, the row and what is wrong."""
    with pytest.raises(InputError, match=f"column 'candidates': .*{message}"):
        slates_of(column(told), NAMES, otherwise)


def test_a_column_of_something_else_is_refused() -> None:
    """It says what was required, and what was got."""
    with pytest.raises(InputError, match=r"required lists of \{name, action_prob\}.*String"):
        names_in(pl.Series("strategy_candidates", ["mail"]))


def test_more_fields_are_ignored() -> None:
    """Candidates of a decision have a priority and a reason too."""
    told = pl.Series("candidates", [[{"name": "mail", "priority": 2.0, "action_prob": 1.0}]])

    assert slates_of(told, NAMES, None).chance.tolist() == [1.0]
