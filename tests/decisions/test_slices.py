"""Slices: a row is in one exactly when each rule holds, as for an action."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rtm_flows.config import load
from rtm_flows.decisions.catalogue import Action
from rtm_flows.decisions.funnel import PASSED, compile_actions
from rtm_flows.decisions.slices import Slice, Slicer
from rtm_flows.errors import ConfigError
from tests.rule_strategies import Words, can_hold, rules

NAMES = ("views", "adds")
WORDS = Words(exact=NAMES)
WHEN = st.lists(rules(WORDS), min_size=1, max_size=3).filter(
    lambda when: can_hold({"eligible": when}, WORDS)
)
ROWS = arrays(np.float64, (7, 2), elements=st.sampled_from([0.0, 0.9999999, 1.0, 2.5, np.nan]))


@given(st.lists(WHEN, max_size=3), ROWS)
def test_a_row_is_inside_when_an_action_would_pass(
    drawn: list[list[str]], x: np.ndarray[Any, np.dtype[np.float64]]
) -> None:
    """Rules mean the same of a slice and of an action."""
    slices = [Slice(name=f"s{at}", when=tuple(when)) for at, when in enumerate(drawn)]
    actions = [Action(name=one.name, eligible=one.when) for one in slices]
    types, times = np.array(["search"] * 7), np.zeros(7, dtype=np.int64)
    first = compile_actions(actions, NAMES).dropped(x, {}, types, times).first

    assert Slicer(slices, NAMES).members(x).tolist() == (first == PASSED).tolist()


@pytest.mark.parametrize(
    ("slices", "text"),
    [
        ([{"name": "", "when": []}], r"learning.slices\[0\].name: must not be empty"),
        ([{"name": "all", "when": []}], r"learning.slices\[0\].when: must have a rule"),
        (
            [{"name": "buyers", "when": "intent > 0.5"}],
            r"learning.slices\[0\].when\[0\], column 1: unknown name 'intent': a slice looks at "
            "features; of a row that is learned from, no more is known",
        ),
        (
            [{"name": "searches", "when": 'type == "search"'}],
            r"learning.slices\[0\].when\[0\], column 1: unknown name 'type': a slice looks at",
        ),
        (
            [{"name": "buyers", "when": ["cart_valeu > 0.5"]}],
            r"learning.slices\[0\].when\[0\], column 1: unknown name 'cart_valeu'; did you mean "
            "'cart_value'",
        ),
        (
            [{"name": "one", "when": ["cart_value > 0"]}] * 2,
            r"learning.slices\[1\].name: 'one' is already the name of learning.slices\[0\]",
        ),
        (
            [{"name": "none", "when": ["cart_value > 5", "cart_value < 5"]}],
            r"learning.slices\[0\].when\[1\]: `cart_value < 5` can never hold beside learning",
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
