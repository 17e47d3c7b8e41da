"""Slices: a row is in one exactly when each condition holds, as for an action."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rtm_flows.config import load
from rtm_flows.decisions.catalogue import Action, Condition
from rtm_flows.decisions.eligibility import ELIGIBLE, compile_actions
from rtm_flows.decisions.slices import Slice, members
from rtm_flows.errors import ConfigError

NAMES = ("views", "adds")
BOUND = st.sampled_from([0.0, 1.0, 2.0])
WHEN = st.lists(
    st.builds(Condition, feature=st.sampled_from(NAMES), at_least=BOUND), min_size=1, max_size=3
)
ROWS = arrays(np.float64, (7, 2), elements=st.sampled_from([0.0, 0.9999999, 1.0, 2.5, np.nan]))


@given(st.lists(WHEN, max_size=3), ROWS)
def test_a_row_is_inside_when_an_action_would_be_eligible(
    drawn: list[list[Condition]], x: np.ndarray[Any, np.dtype[np.float64]]
) -> None:
    """Conditions mean the same of a slice and of an action."""
    slices = [Slice(name=f"s{at}", when=tuple(when)) for at, when in enumerate(drawn)]
    actions = [Action(name=one.name, when=one.when) for one in slices]
    failures = compile_actions(actions, NAMES).first_failures(x, {}, np.array(["search"] * 7))

    assert members(slices, NAMES, x).tolist() == (failures == ELIGIBLE).tolist()


@pytest.mark.parametrize(
    ("slices", "text"),
    [
        ([{"name": "", "when": []}], r"learning.slices\[0\].name: must not be empty"),
        ([{"name": "all", "when": []}], r"learning.slices\[0\].when: must have a condition"),
        (
            [{"name": "buyers", "when": [{"score": "intent", "above": 0.5}]}],
            r"learning.slices\[0\].when\[0\]: must name a feature",
        ),
        (
            [{"name": "buyers", "when": [{"feature": "cart_valeu", "above": 0.5}]}],
            r"learning.slices\[0\].when\[0\].feature: unknown name 'cart_valeu'; did you mean "
            "'cart_value'",
        ),
        (
            [{"name": "one", "when": [{"feature": "cart_value", "above": 0}]}] * 2,
            r"learning.slices\[1\].name: 'one' is already the name of learning.slices\[0\]",
        ),
    ],
)
def test_slices_that_mean_nothing_are_refused(slices: list[dict[str, Any]], text: str) -> None:
    """The complaint begins with the key, and names what would have been right."""
    with pytest.raises(ConfigError, match=text):
        load({"name": "shop", "learning": {"slices": slices}})


def test_a_period_is_whole_ticks() -> None:
    """What is told by period is known at the end of a tick."""
    with pytest.raises(ConfigError, match=r"learning.period: must be a whole multiple of"):
        load({"name": "shop", "learning": {"period": "PT90S"}})
