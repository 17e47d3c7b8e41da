"""Exploration: chances add up to one, are what was asked for, and are what is drawn by."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rtm_flows.decisions.exploration import (
    MILLION,
    Bools,
    Exploration,
    Floats,
    chances,
    drawn,
    draws,
    in_millionths,
)
from rtm_flows.rounding import round6

SHAPE = (6, 4)
PRIORITIES = arrays(np.float64, SHAPE, elements=st.integers(0, 5_000_000).map(lambda m: m / 1e6))
OPEN = arrays(np.bool_, SHAPE).filter(lambda some: bool(some.any(axis=1).all()))
RULES = st.builds(
    Exploration,
    kind=st.sampled_from(["epsilon", "softmax"]),
    share=st.sampled_from([0.0, 0.02, 1 / 3, 1.0]),
    least=st.sampled_from([0.0, 0.0, 0.01, 0.25]),
    temperature=st.sampled_from([0.01, 0.1, 7.0]),
)


def naive(rule: Exploration, priority: list[float], open_to: list[bool]) -> list[float]:
    """Return the chances of one row as they would be without rounding."""
    places = [at for at, is_open in enumerate(open_to) if is_open]
    best = max(places, key=lambda at: (priority[at], -at))
    if rule.kind == "epsilon":
        weights = {at: float(at == best) for at in places}
    else:
        powers = {at: (priority[at] - priority[best]) / rule.temperature for at in places}
        weights = {at: math.exp(power) for at, power in powers.items()}
    total = sum(weights.values())
    mixed = {
        at: rule.share / len(places) + (1 - rule.share) * weight / total
        for at, weight in weights.items()
    }
    left = 1 - rule.least * len(places)
    return [rule.least + left * mixed[at] if at in mixed else 0.0 for at in range(len(priority))]


@given(RULES, PRIORITIES, OPEN)
def test_chances_are_what_was_asked_for_to_the_millionth(
    rule: Exploration, priority: Floats, open_to: Bools
) -> None:
    """They add up to a million, and none is a whole millionth off."""
    found = chances(rule, priority, open_to)

    assert (found.sum(axis=1) == MILLION).all()
    assert (found >= 0).all()
    assert not found[~open_to].any()
    assert (found[open_to] >= rule.least * MILLION - 1).all()
    rows = zip(found.tolist(), priority.tolist(), open_to.tolist(), strict=True)
    for told, one, some in rows:
        for mine, wanted in zip(told, naive(rule, one, some), strict=True):
            assert abs(mine - wanted * MILLION) < 1.001


@given(RULES, PRIORITIES, OPEN)
def test_a_row_has_its_chances_whatever_rows_are_beside_it(
    rule: Exploration, priority: Floats, open_to: Bools
) -> None:
    """So that no answer depends on the size of a batch."""
    whole = chances(rule, priority, open_to)

    for at in range(len(priority)):
        one = chances(rule, priority[at : at + 1], open_to[at : at + 1])
        assert one.tolist() == whole[at : at + 1].tolist()


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=9))
def test_millionths_are_nearest(weights: list[int]) -> None:
    """What is cut off one is given to another, never more than one millionth."""
    likely = np.array([weights]) / sum(weights)

    found = in_millionths(likely)

    assert found.sum() == MILLION
    assert (np.abs(found - likely * MILLION) < 1.001).all()


def test_offers_are_drawn_as_often_as_their_chances_say() -> None:
    """Of 100,000 decisions, within five standard errors."""
    wanted = np.array([700_000, 250_000, 0, 50_000])
    numbers = draws([f"{at:032x}" for at in range(100_000)], "salt")

    found = np.bincount(drawn(np.tile(wanted, (len(numbers), 1)), numbers), minlength=4)

    share = wanted / MILLION
    error = np.sqrt(share * (1 - share) * len(numbers))
    assert (np.abs(found - share * len(numbers)) <= 5 * error).all()
    assert found[2] == 0


@pytest.mark.parametrize("other", [("b", ""), ("a", "2026")])
def test_another_decision_or_salt_is_another_draw(other: tuple[str, str]) -> None:
    """And the same ones are the same draw."""
    one, salt = other

    assert draws(["a"], "").tolist() == draws(["a"], "").tolist() != draws([one], salt).tolist()


def test_softmax_is_even_where_it_is_hot_and_greedy_where_it_is_cold() -> None:
    """The two ends of the temperature."""
    priority, open_to = np.array([[0.2, 0.3]]), np.array([[True, True]])

    hot = chances(Exploration(kind="softmax", share=0.0, temperature=1e6), priority, open_to)
    cold = chances(Exploration(kind="softmax", share=0.0, temperature=1e-3), priority, open_to)

    assert hot.tolist() == [[500_000, 500_000]]
    assert cold.tolist() == [[0, MILLION]]
    assert round6(priority).tolist() == priority.tolist()
