"""The posterior: a mean of prior and rate whose shares add up to one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.decisions.candidates import Candidates, candidates_of
from rtm_flows.decisions.catalogue import Action
from rtm_flows.decisions.posterior import by_action, posterior, propensities
from tests.reference.rounding import rounded

CHANCES = st.floats(0.0, 1.0)
WEIGHTS = st.floats(0.001, 10_000.0)
COUNTS = st.integers(0, 10**6)


@st.composite
def counted(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[int], list[tuple[float, float]]]:
    """Return (n, positives) of candidates, their actions, and (prior, weight) of each of three."""
    owner = draw(st.lists(st.integers(0, 2), min_size=1, max_size=6))
    n = [draw(COUNTS) for _ in owner]
    counts = [(one, draw(st.integers(0, one))) for one in n]
    return counts, owner, draw(st.lists(st.tuples(CHANCES, WEIGHTS), min_size=3, max_size=3))


def served(
    counts: list[tuple[int, int]], owner: list[int], priors: list[tuple[float, float]]
) -> list[float]:
    """Return what is served of some counts."""
    n, positives = np.array(counts, dtype=np.int64).T
    prior, weight = np.array(priors).T
    found: list[float] = propensities(positives, n, np.array(owner), prior, weight).tolist()
    return found


@given(COUNTS, COUNTS, CHANCES, WEIGHTS)
def test_the_shares_of_prior_and_rate_add_up_to_one(
    n: int, positives: int, prior: float, weight: float
) -> None:
    """The posterior lies between the two, as far from each as the other's share says."""
    positives = min(n, positives)
    found = float(posterior(np.array(positives), np.array(n), np.array(prior), np.array(weight)))
    of_prior = weight / (weight + n)
    rate = positives / n if n else 0.0

    assert found == pytest.approx(of_prior * prior + (1 - of_prior) * rate, rel=1e-9, abs=1e-12)
    # All positive from a sure prior is sure: with shares below one it never would be.
    assert float(posterior(np.array(n), np.array(n), np.array(1.0), np.array(weight))) == 1.0


@given(st.floats(0.0, 1.0), WEIGHTS)
def test_without_responses_it_is_the_prior_exactly(prior: float, weight: float) -> None:
    """To the bit, and what is served is that rounded."""
    none = np.zeros(1, dtype=np.int64)
    found = posterior(none, none, np.array([prior]), np.array([weight]))

    assert found.tolist() == [prior]
    assert served([(0, 0), (0, 0)], [0, 0], [(prior, weight)] * 3) == [rounded(prior)] * 2


@given(counted())
def test_a_treatment_is_backed_off_to_the_others_of_its_action(
    world: tuple[list[tuple[int, int]], list[int], list[tuple[float, float]]],
) -> None:
    """Two posteriors, one above the other, and no response of a treatment counts twice."""
    counts, owner, priors = world
    for at, found in enumerate(served(*world)):
        prior, weight = priors[owner[at]]
        others = [c for i, c in enumerate(counts) if owner[i] == owner[at] and i != at]
        n, positives = sum(c[0] for c in others), sum(c[1] for c in others)
        believed = (weight * prior + positives) / (weight + n)
        own = (weight * believed + counts[at][1]) / (weight + counts[at][0])

        assert math.isclose(found, own, abs_tol=0.6e-6)


def test_counts_add_up_by_action() -> None:
    """Of one version or of many, also of actions without a candidate."""
    counts = np.array([[1, 2, 4], [0, 0, 8]])

    assert by_action(counts, np.array([2, 0, 2]), 3).tolist() == [[2, 0, 5], [0, 0, 8]]
    assert by_action(counts[0], np.array([2, 0, 2]), 3).tolist() == [2, 0, 5]


def test_a_candidate_is_found_by_its_names() -> None:
    """Without a treatment only where the action has one."""
    declared = candidates_of([Action(name="call"), Action(name="write", treatment="letter")])
    assert declared.places == {
        ("call", "call"): 0, ("call", None): 0, ("write", "letter"): 1, ("write", None): 1,
    }  # fmt: skip

    several = Candidates((("a", "x"), ("a", "y")), np.zeros(2, dtype=np.int64), *[np.ones(1)] * 2)
    assert several.places == {("a", "x"): 0, ("a", "y"): 1}
