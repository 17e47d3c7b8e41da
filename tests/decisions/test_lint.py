"""Lint: the first mistake in a catalogue is named with its place."""

from __future__ import annotations

import math
import re

import msgspec
import pytest
from hypothesis import given

from rtm_flows.decisions.catalogue import Action
from rtm_flows.decisions.lint import read_actions
from rtm_flows.decisions.offers import offers_of
from rtm_flows.errors import ConfigError
from tests.decisions.cases import CATALOGUES, NAMES

FINE = Action(name="fine")
VIEWED = "views >= 1"


def after_two(**wrong: object) -> list[Action]:
    """Return a catalogue whose third action has a mistake."""
    third = msgspec.structs.replace(Action(name="third"), **wrong)
    return [FINE, Action(name="good", eligible=VIEWED), third]


@given(CATALOGUES)
def test_sound_catalogues_pass(actions: list[Action]) -> None:
    """Nothing is said of a catalogue without a mistake, and each rule has its tree."""
    trees = read_actions(actions, NAMES)

    assert [len(one.funnel) for one in trees] == [len(o.rules) for o in offers_of(actions)]


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
        (after_two(wait="1h"), "actions[2].wait: a duration must look like"),
        (
            after_two(wait="PT30M"),
            "actions[2].wait: must be shorter than `expires_after` PT30M; got PT30M",
        ),
        (
            after_two(expires_after="PT0S"),
            "actions[2].expires_after: must be longer than zero; got PT0S",
        ),
        (
            after_two(suitable=(VIEWED, "gap > 0 and veiws > 1")),
            "actions[2].suitable[1], column 13: unknown name 'veiws'; did you mean 'views'?",
        ),
        (
            after_two(applicable=("intend > 0.1",)),
            "actions[2].applicable[0], column 1: unknown name 'intend'; did you mean 'intent'?",
        ),
        (
            after_two(eligible=("gap >= 2 and gap < 2",)),
            "actions[2].eligible[0]: `gap >= 2 and gap < 2` can never hold",
        ),
        (
            after_two(eligible=("gap > 3",), suitable=("gap <= 2",)),
            "actions[2].suitable[0]: `gap <= 2` can never hold beside actions[2].eligible[0], "
            "`gap > 3`",
        ),
        (
            after_two(applicable=('type == "search"', "gap > 1", 'type in ["purchase"]')),
            'actions[2].applicable[2]: `type in ["purchase"]` can never hold beside '
            'actions[2].applicable[0], `type == "search"`',
        ),
        (
            after_two(eligible=("gap > 3 or gap < 1", "gap >= 1", "gap <= 3")),
            "actions[2].eligible[0]: `gap > 3 or gap < 1` can never hold beside the other rules",
        ),
        (
            after_two(suitable=("intent > 50",)),
            "actions[2].suitable[0]: `intent > 50` can never hold",
        ),
    ],
)
def test_the_mistake_is_named_with_its_place(actions: list[Action], text: str) -> None:
    """The text starts with the key, and says what was wanted and what was found."""
    with pytest.raises(ConfigError, match="^" + re.escape(text)):
        read_actions(actions, NAMES)


def test_a_score_must_be_that_of_a_model_of_the_job() -> None:
    """Any of them may be looked at; of one that could be there, it is told how to get it."""
    leaving = [Action(name="a", suitable="churn >= 0.5")]

    read_actions(leaving, NAMES, ("intent", "churn"))
    said = r"unknown name 'churn': declare the model, \[models.churn\]"
    with pytest.raises(ConfigError, match=said):
        read_actions(leaving, NAMES, ("intent",))


def test_a_name_of_two_things_is_refused() -> None:
    """Whether or not a rule names it."""
    with pytest.raises(ConfigError, match=r"features\[1\].name: 'intent' is the name of a model"):
        read_actions([], ["views", "intent"])
