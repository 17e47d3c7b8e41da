"""Eligibility: the first failing condition of each action, as if tried one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from rtm_flows.columns import Table, as_text
from rtm_flows.decisions.catalogue import Action, Condition
from rtm_flows.decisions.eligibility import ELIGIBLE, compile_actions
from rtm_flows.errors import ConfigError
from tests.decisions.cases import CATALOGUES, NAMES, naive_failure, scored_rows


@given(CATALOGUES, scored_rows())
def test_failures_are_those_of_trying_one_by_one(actions: list[Action], scored: Table) -> None:
    """For every row and action the first failing condition is the naive one."""
    compiled = compile_actions(actions, NAMES)

    failures = compiled.first_failures(scored["x"], {"intent": scored["score"]}, scored["type"])

    rows = zip(scored["x"].tolist(), scored["score"].tolist(), scored["type"], strict=True)
    expected = [
        [naive_failure(action, dict(zip(NAMES, x, strict=True)), score, kind) for action in actions]
        for x, score, kind in rows
    ]
    assert failures.tolist() == expected
    assert failures.dtype == np.int16
    assert failures.shape == (len(scored), len(actions))


def test_features_are_compared_as_they_are_written() -> None:
    """A value that is written as 0.3 counts as 0.3, whatever its last bits are."""
    compiled = compile_actions(
        [Action(name="a", when=(Condition(feature="v", at_least=0.3),))], "v"
    )
    values = np.array([[0.1 + 0.2 - 1e-12], [0.2999994], [0.2999996]])

    failures = compiled.first_failures(values, {}, as_text(["x"] * 3))

    assert failures[:, 0].tolist() == [ELIGIBLE, 0, ELIGIBLE]


def test_missing_numbers_satisfy_nothing() -> None:
    """A feature that is not a number fails any comparison."""
    actions = [
        Action(name=key, when=(Condition(feature="v", at_least=0.0, below=1.0),)) for key in "ab"
    ]
    compiled = compile_actions(actions, ["v"])

    failures = compiled.first_failures(np.array([[np.nan]]), {}, as_text(["x"]))

    assert failures.tolist() == [[0, 0]]
    assert len(compiled.conditions) == 1


def test_each_condition_meets_the_score_that_it_names() -> None:
    """Of several models, a condition sees the one it names, whatever features are called."""
    actions = [
        Action(name=name, when=(Condition(score=name, at_least=0.5),)) for name in ("a", "b")
    ] + [Action(name="v", when=(Condition(feature="a", at_least=0.5),))]
    compiled = compile_actions(actions, ["a"], ["a", "b"])
    scores = {"a": np.array([0.9, 0.1]), "b": np.array([0.2, 0.5])}

    failures = compiled.first_failures(np.array([[0.0], [1.0]]), scores, as_text(["x", "x"]))

    assert failures.tolist() == [[ELIGIBLE, 0, 0], [0, ELIGIBLE, ELIGIBLE]]


def test_reasons_are_the_text_of_the_condition() -> None:
    """A failure is put in words by its place in the catalogue."""
    when = (Condition(type=("search",)), Condition(feature="views", at_least=1))
    compiled = compile_actions([Action(name="a"), Action(name="b", when=when)], NAMES)

    assert compiled.reason_text(1, 1) == "views at_least 1"


def test_a_catalogue_with_a_mistake_is_not_compiled() -> None:
    """Compiling checks first."""
    with pytest.raises(ConfigError, match=r"actions\[1\]\.name"):
        compile_actions([Action(name="a"), Action(name="a")], NAMES)
