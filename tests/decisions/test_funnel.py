"""The funnel: the first failing rule of each action, as if tried one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from rtm_flows.columns import Table, as_text
from rtm_flows.decisions.catalogue import Action
from rtm_flows.decisions.fates import ENTERED, FATES, fates
from rtm_flows.decisions.funnel import PASSED, compile_actions
from rtm_flows.errors import ConfigError
from tests.decisions.cases import CATALOGUES, FLOORS, NAMES, decide, naive_failures, scored_rows

NOW = np.zeros(3, dtype=np.int64)


@given(CATALOGUES, scored_rows())
def test_failures_are_those_of_trying_one_by_one(actions: list[Action], scored: Table) -> None:
    """For every row and action the failing rules, and the first of them, are the naive ones."""
    compiled = compile_actions(actions, NAMES)

    scores = {"intent": scored["score"]}
    dropped = compiled.dropped(scored["x"], scores, scored["type"], scored["time"])

    rows = zip(scored["x"].tolist(), scored["score"].tolist(), scored["type"], strict=True)
    for at, (x, score, kind) in enumerate(rows):
        named = dict(zip(NAMES, x, strict=True))
        for action, one in enumerate(actions):
            wanted = naive_failures(one, named, score, kind)
            told = [n for n, rule in enumerate(compiled.places[action]) if dropped.fails[at, rule]]
            assert told == wanted
            assert dropped.first[at, action] == (wanted[0] if wanted else PASSED)
    assert dropped.first.dtype == np.int16
    assert dropped.first.shape == (len(scored), len(actions))


@given(CATALOGUES, scored_rows(), FLOORS)
def test_every_candidate_has_one_fate(actions: list[Action], scored: Table, floor: float) -> None:
    """Of each action, as many candidates entered as ended; and one decision a row has a winner."""
    decided = decide(actions, scored, floor)

    told = fates(decided.compiled, decided.dropped.first, decided.choice)

    for action in actions:
        ended = [told.get((fate, action.name), 0) for fate in FATES]
        assert min(ended) >= 0
        assert sum(ended) == told.get((ENTERED, action.name), 0) == len(scored)
    won = sum(told.get(("won", action.name), 0) for action in actions)
    assert won == np.count_nonzero(decided.choice.winner >= 0)


def test_features_are_compared_as_they_are_written() -> None:
    """A value that is written as 0.3 counts as 0.3, whatever its last bits are."""
    compiled = compile_actions([Action(name="a", eligible="v >= 0.3")], "v")
    values = np.array([[0.1 + 0.2 - 1e-12], [0.2999994], [0.2999996]])

    first = compiled.dropped(values, {}, as_text(["x"] * 3), NOW).first

    assert first[:, 0].tolist() == [PASSED, 0, PASSED]


def test_rules_that_say_the_same_are_tested_once() -> None:
    """However many actions share them, and however they are spaced."""
    actions = [
        Action(name="a", eligible="0 <= v < 1"),
        Action(name="b", suitable=("0  <=  v < 1", "v > 0")),
    ]
    compiled = compile_actions(actions, ["v"])

    values = np.array([[np.nan], [0.0]])
    dropped = compiled.dropped(values, {}, as_text(["x", "x"]), NOW[:2])

    assert dropped.first.tolist() == [[0, 0], [PASSED, 1]]
    assert dropped.fails.shape == (2, 2)
    assert compiled.places == ((0,), (0, 1))


def test_each_rule_meets_the_score_that_it_names() -> None:
    """Of several models, a rule sees the one it names."""
    actions = [Action(name=name, suitable=f"{name} >= 0.5") for name in ("a", "b", "v")]
    compiled = compile_actions(actions, ["v"], ["a", "b"])
    scores = {"a": np.array([0.9, 0.1]), "b": np.array([0.2, 0.5])}

    rows = np.array([[0.0], [1.0]]), scores, as_text(["x", "x"]), NOW[:2]
    first = compiled.dropped(*rows).first

    assert first.tolist() == [[PASSED, 0, 0], [0, PASSED, PASSED]]


def test_stages_are_tried_in_their_order_whatever_the_order_of_the_keys() -> None:
    """A rule of eligibility is the reason before one of suitability that fails too."""
    action = Action(name="a", suitable="v > 3", applicable="v > 2", eligible=("v > -1", "v > 1"))
    compiled = compile_actions([action], ["v"])

    values = np.array([[0.0], [1.5], [2.5]])
    first = compiled.dropped(values, {}, as_text(["x"] * 3), NOW).first

    stages = [compiled.offers[0].rules[at].stage for at in first[:, 0]]
    assert stages == ["eligibility", "applicability", "suitability"]


def test_a_catalogue_with_a_mistake_is_not_compiled() -> None:
    """Compiling checks first."""
    with pytest.raises(ConfigError, match=r"actions\[1\]\.name"):
        compile_actions([Action(name="a"), Action(name="a")], NAMES)
