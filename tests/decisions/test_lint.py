"""Lint: the first mistake in a catalogue is named with its place."""

from __future__ import annotations

import math
import re

import msgspec
import pytest
from hypothesis import given

from rtm_flows.decisions.catalogue import Action, Condition
from rtm_flows.decisions.lint import check_actions
from rtm_flows.errors import ConfigError
from tests.decisions.cases import CATALOGUES, NAMES

FINE = Action(name="fine")
VIEWED = Condition(feature="views", at_least=1)


def after_two(**wrong: object) -> list[Action]:
    """Return a catalogue whose third action has a mistake."""
    third = msgspec.structs.replace(Action(name="third"), **wrong)
    return [FINE, Action(name="good", when=(VIEWED,)), third]


def with_condition(condition: Condition) -> list[Action]:
    """Return a catalogue whose third action has the mistake in its second condition."""
    return after_two(when=(VIEWED, condition))


@given(CATALOGUES)
def test_sound_catalogues_pass(actions: list[Action]) -> None:
    """Nothing is said of a catalogue without a mistake."""
    check_actions(actions, NAMES)


@pytest.mark.parametrize(
    ("actions", "text"),
    [
        (after_two(name="fine"), "actions[2].name: 'fine' is already the name of actions[0]"),
        (after_two(name="no_action"), "actions[2].name: 'no_action' is the decision to do nothing"),
        (after_two(name=""), "actions[2].name: must not be empty"),
        (after_two(propensity=1.5), "actions[2].propensity: must be"),
        (after_two(propensity=math.nan), "actions[2].propensity: must be"),
        (after_two(context_weight=-1.0), "actions[2].context_weight: must be from 0 to 1000000"),
        (after_two(value=math.inf), "actions[2].value: must be from 0 to 1000000; got inf"),
        (after_two(levers=math.nan), "actions[2].levers: must be from 0"),
        (after_two(expires_after="30M"), "actions[2].expires_after: a duration must look like"),
        (
            with_condition(Condition(feature="veiws", above=1)),
            "actions[2].when[1].feature: unknown name 'veiws'; did you mean 'views'?",
        ),
        (
            with_condition(Condition(score="intend", above=0.1)),
            "actions[2].when[1].score: unknown name 'intend'; did you mean 'intent'?",
        ),
        (with_condition(Condition()), "actions[2].when[1]: must name one of feature, score, type"),
        (
            with_condition(Condition(feature="views", score="intent", above=1)),
            "actions[2].when[1]: must name one of feature, score, type; got feature and score",
        ),
        (with_condition(Condition(feature="gap")), "actions[2].when[1]: 'gap' is compared with no"),
        (with_condition(Condition(type=())), "actions[2].when[1].type: must be a list"),
        (with_condition(Condition(type=("a",), above=1)), "actions[2].when[1].type: must be"),
        (
            with_condition(Condition(feature="gap", below=math.nan)),
            "actions[2].when[1].below: must be a finite number; got nan",
        ),
        (
            with_condition(Condition(feature="gap", at_least=2, below=2)),
            "actions[2].when[1]: can never hold: gap at_least 2 and below 2",
        ),
        (
            with_condition(Condition(feature="gap", above=3, at_most=2)),
            "actions[2].when[1]: can never hold: gap above 3 and at_most 2",
        ),
    ],
)
def test_the_mistake_is_named_with_its_place(actions: list[Action], text: str) -> None:
    """The text starts with the key, and says what was wanted and what was found."""
    with pytest.raises(ConfigError, match="^" + re.escape(text)):
        check_actions(actions, NAMES)


def test_a_score_must_be_that_of_a_model_of_the_job() -> None:
    """Any of them may be tested; of one that is not there, the nearest name is told."""
    leaving = with_condition(Condition(score="churn", at_least=0.5))

    check_actions(leaving, NAMES, ("intent", "churn"))
    said = (
        r"score: unknown name 'churn'; did you mean 'churm'\? Or declare the model: \[models.churn"
    )
    with pytest.raises(ConfigError, match=said):
        check_actions(leaving, NAMES, ("intent", "churm"))


def test_without_any_feature_no_name_is_suggested() -> None:
    """Where nothing is declared, that is what is said."""
    with pytest.raises(ConfigError, match="unknown name 'views'; none is declared"):
        check_actions([Action(name="a", when=(VIEWED,))], [])


def test_a_single_point_is_not_empty() -> None:
    """At least 2 and at most 2 holds at 2."""
    point = Condition(feature="gap", at_least=2, at_most=2)

    check_actions(with_condition(point), NAMES)
