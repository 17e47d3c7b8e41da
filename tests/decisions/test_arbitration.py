"""Arbitration: factors multiply to priorities, and the largest wins."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from rtm_flows.columns import Table
from rtm_flows.decisions.arbitration import (
    BELOW_FLOOR,
    HIGHEST_PRIORITY,
    NO_ELIGIBLE_ACTION,
    NONE,
    REASONS,
    Learned,
    arbitrate,
)
from rtm_flows.decisions.catalogue import Action
from rtm_flows.decisions.funnel import Dropped, compile_actions
from tests.decisions.cases import (
    CATALOGUES,
    FLOORS,
    NAMES,
    decide,
    naive_priority,
    rounded,
    scored_rows,
)


@given(CATALOGUES, scored_rows(), FLOORS)
def test_the_winner_is_that_of_one_by_one(
    actions: list[Action], scored: Table, floor: float
) -> None:
    """The first eligible action of the largest priority wins, if that reaches the floor."""
    decided = decide(actions, scored, floor)

    for row, score in enumerate(scored["score"].tolist()):
        failed = decided.dropped.first[row].tolist()
        open_to = [at for at in range(len(actions)) if failed[at] < 0]
        ranked = sorted(open_to, key=lambda at: -naive_priority(actions[at], score))
        if not ranked:
            expected = (NONE, NO_ELIGIBLE_ACTION)
        elif naive_priority(actions[ranked[0]], score) < floor:
            expected = (NONE, BELOW_FLOOR)
        else:
            expected = (ranked[0], HIGHEST_PRIORITY)
        found = (int(decided.choice.winner[row]), int(decided.choice.reason[row]))
        assert found == expected


@given(CATALOGUES, scored_rows())
def test_factors_multiply_to_the_priority_to_the_bit(actions: list[Action], scored: Table) -> None:
    """The rounded factors, multiplied from left to right and rounded, are the priority."""
    decided = decide(actions, scored, 0.0)
    weights = decided.compiled.weights.tolist()

    for row, score in enumerate(scored["score"].tolist()):
        for at, action in enumerate(actions):
            product = float(decided.choice.propensity[row, at])
            for factor in weights:
                product = product * factor[at]
            assert decided.choice.priority[row, at] == rounded(product)
            assert decided.choice.priority[row, at] == naive_priority(action, score)


def test_ties_go_to_the_action_declared_first() -> None:
    """Of equal priorities the first in the catalogue wins."""
    compiled = compile_actions([Action(name=name) for name in "abc"], NAMES)
    failures = np.array([[0, -1, -1]], dtype=np.int16)
    none = np.zeros((1, 0), dtype=np.bool_)

    choice = arbitrate(compiled, Dropped(failures, none, none), np.array([0.5]), 0.5)

    assert choice.winner.tolist() == [1]


def test_without_actions_nothing_is_done() -> None:
    """An empty catalogue has no eligible action."""
    compiled = compile_actions([], NAMES)

    none = np.zeros((2, 0), dtype=np.bool_)
    dropped = Dropped(np.zeros((2, 0), dtype=np.int16), none, none)
    choice = arbitrate(compiled, dropped, np.array([0.5, 0.6]), 0.0)

    assert choice.winner.tolist() == [NONE, NONE]
    assert [REASONS[at] for at in choice.reason] == ["no_eligible_action"] * 2


def test_a_learned_propensity_is_what_was_learned_or_the_prior() -> None:
    """Only where an action says so; without anything learned it is its prior."""
    actions = [Action(name="a", propensity="learned", prior=0.25), Action(name="b")]
    compiled = compile_actions(actions, NAMES)
    none = np.zeros((2, 0), dtype=np.bool_)
    passed = Dropped(np.full((2, 2), -1, dtype=np.int16), none, none)
    score, taught = np.array([0.5, 0.5]), np.array([[0.75, 0.0], [0.1234567, 1.0]])

    none_counted = np.zeros((2, 2), dtype=np.int64)
    found = arbitrate(compiled, passed, score, 0.0, learned=Learned(taught, none_counted))
    assert found.propensity.tolist() == [[0.75, 0.5], [0.123457, 0.5]]
    assert found.winner.tolist() == [0, 1]
    assert arbitrate(compiled, passed, score, 0.0).propensity.tolist() == [[0.25, 0.5]] * 2
