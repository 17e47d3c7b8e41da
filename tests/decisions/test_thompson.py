"""Thompson sampling: the chances are those of draws from the posteriors, and have no noise."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betainc, betaincinv
from scipy.stats import beta, chisquare

from rtm_flows.decisions.exploration import MILLION, Exploration, chances, drawn, draws
from rtm_flows.decisions.largest import Largest
from rtm_flows.decisions.thompson import (
    LEVELS,
    Beliefs,
    Bools,
    Floats,
    chances_of_largest,
    log_ends,
)
from tests.reference import thompson as reference

MEANS = st.integers(1, 999_999).map(lambda m: m / 1e6)
STRENGTHS = st.sampled_from([0.5, 1.0, 2.0, 20.0, 137.0, 4000.0, 2e6])
OFFERS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([0.5, 1.0, 10.0]), MEANS, STRENGTHS),
        st.tuples(st.sampled_from([0.0, 0.05, 0.3]), st.just(1.0), st.just(0.0)),
    ).map(lambda one: (round(one[0] * one[1], 6), one[1], one[2])),
    min_size=1,
    max_size=5,
)
"""Priorities, propensities and strengths of the offers of a row."""


def likely(rows: list[list[tuple[float, float, float]]], open_to: Bools | None = None) -> Floats:
    """Return the chances of some rows of offers."""
    priority, mean, strength = np.moveaxis(np.array(rows, dtype=np.float64), -1, 0)
    if open_to is None:
        open_to = np.ones(priority.shape, dtype=np.bool_)
    return chances_of_largest(priority, Beliefs(mean, strength), open_to)


def adaptive(offers: list[tuple[float, float, float]], bound: float) -> list[float]:
    """Return the chance of each, of the posteriors themselves, by adaptive quadrature."""

    def below(x: float, offer: tuple[float, float, float]) -> float:
        priority, mean, strength = offer
        part = min(x * mean / priority, 1.0)
        return float(betainc(mean * strength, (1 - mean) * strength, part))

    def of(own: tuple[float, float, float]) -> float:
        others = [one for one in offers if one is not own]

        def at(level: float) -> float:
            a, b = own[1] * own[2], (1 - own[1]) * own[2]
            x = own[0] / own[1] * float(betaincinv(a, b, level))
            return float(np.prod([below(x, other) for other in others]))

        # Where another rises steeply is told, lest it be overlooked.
        steep = {
            below(
                other[0]
                / other[1]
                * float(beta.ppf(q, other[1] * other[2], (1 - other[1]) * other[2])),
                own,
            )
            for other in others
            for q in (0.0, 1e-5, 0.001, 0.1, 0.5, 0.9, 0.999, 1 - 1e-5, 1.0)
        }
        cuts = sorted({below(bound, own), *(cut for cut in steep if cut > below(bound, own)), 1.0})
        # With `full_output` it tells how far it may be off, and does not warn.
        parts = [quad(at, *ends, epsabs=1e-9, full_output=1) for ends in pairwise(cuts)]
        assert sum(float(part[1]) for part in parts) < 1e-5
        return sum(float(part[0]) for part in parts)

    return [of(one) for one in offers]


WIDE = [(0.05, 0.05, 20.0), (0.06, 0.03, 5.0), (0.05, 0.1, 3.0)]
NARROW = [(0.02, 0.02, 40_000.0), (0.021, 0.021, 500.0), (0.0205, 0.0205, 3000.0)]
MIXED = [(0.3, 0.3, 8.0), (0.31, 0.031, 900.0), (0.2, 0.8, 30.0), (0.25, 0.5, 2.0)]
SKEWED = [(0.0115, 0.0115, 1.6), (0.013, 0.013, 1.2), (0.0127, 0.0127, 1.9), (0.0119, 0.0119, 809)]


@pytest.mark.parametrize(
    ("offers", "bound"),
    [
        (WIDE, 0.0),
        (WIDE, 0.08),
        (NARROW, 0.0),
        (NARROW, 0.0207),
        (MIXED, 0.0),
        (MIXED, 0.4),
        (SKEWED, 0.0),
        (SKEWED, 0.02),
    ],
)
def test_chances_are_those_of_the_posteriors(
    offers: list[tuple[float, float, float]], bound: float
) -> None:
    """To the error that is stated, beside adaptive quadrature; what is certain takes the rest."""
    found = likely([[*offers, (bound, 1.0, 0.0)]])[0].tolist()
    wanted = adaptive(offers, bound)

    assert found == pytest.approx([*wanted, 1.0 - sum(wanted)], abs=2e-4)
    assert max(wanted) < 0.98


def test_two_flat_posteriors_have_the_chance_of_the_closed_form() -> None:
    """Of Beta(1, 1) against Beta(2, 1) one in three."""
    assert likely([[(0.5, 0.5, 2.0), (2 / 3, 2 / 3, 3.0)]])[0].tolist() == pytest.approx(
        [1 / 3, 2 / 3], abs=1e-4
    )


@settings(max_examples=60)
@given(OFFERS)
def test_chances_are_those_of_another_road(offers: list[tuple[float, float, float]]) -> None:
    """That of the reference, which integrates piece by piece: to the ninth decimal."""
    wanted = reference.chances(tuple(reference.Open(*one) for one in offers))

    assert likely([offers])[0].tolist() == pytest.approx(wanted, abs=1.01e-9)


@settings(max_examples=60)
@given(OFFERS, st.data())
def test_chances_add_up_to_one_and_only_open_offers_have_any(
    offers: list[tuple[float, float, float]], data: st.DataObject
) -> None:
    """Also of one offer alone."""
    some = data.draw(
        st.lists(st.booleans(), min_size=len(offers), max_size=len(offers)).filter(any)
    )
    open_to = np.array([some])

    found = likely([offers], open_to)
    left = [offer for offer, is_open in zip(offers, some, strict=True) if is_open]

    assert abs(float(found.sum()) - 1.0) < 1e-8
    assert (found >= 0.0).all()
    assert not found[~open_to].any()
    assert found[open_to].tolist() == likely([left])[0].tolist()


@settings(max_examples=30)
@given(st.lists(st.lists(OFFERS.map(lambda one: one[0]), min_size=3, max_size=3), min_size=2))
def test_a_row_has_its_chances_whatever_rows_are_beside_it(
    rows: list[list[tuple[float, float, float]]],
) -> None:
    """To the bit, so that no answer depends on the size of a batch."""
    whole = likely(rows)

    for at, one in enumerate(rows):
        assert likely([one])[0].tolist() == whole[at].tolist()


def test_what_is_certain_wins_in_declared_order() -> None:
    """Of what is not drawn only the largest has a chance, of equals the first."""
    certain = [(0.2, 1.0, 0.0), (0.4, 1.0, 0.0), (0.4, 0.4, 0.0), (0.0, 0.0, 50.0), (0.3, 1.0, 9.0)]

    assert likely([certain])[0].tolist() == [0.0, 1.0, 0.0, 0.0, 0.0]


def test_more_evidence_explores_less() -> None:
    """The worse of two offers has less and less of a chance."""
    found = [
        likely([[(0.1, 0.1, float(n)), (0.12, 0.12, float(n))]])[0, 0] for n in (2, 50, 1000, 10**5)
    ]

    assert found == sorted(found, reverse=True)
    assert found[0] > 0.4
    assert found[-1] < 2e-5


def test_ends_of_pieces_are_quantiles_that_rise() -> None:
    """Also where a float cannot tell them apart, or the inverse wavers or misses."""
    for mean, strength in [(1e-6, 1e-3), (0.999999, 0.5), (1e-6, 1e9), (0.001, 20.0), (0.3, 2e6)]:
        found = log_ends(mean, strength)

        assert (np.diff(found) > 0).all()
        assert found[-1] == pytest.approx(0.0, abs=1e-9)
        if mean < 0.9:
            below = betainc(mean * strength, (1 - mean) * strength, np.exp(np.minimum(found, 0)))
            seen = found > -700
            assert np.abs(below - LEVELS)[seen].max() < 1e-5


def test_the_largest_of_many_is_found_too() -> None:
    """Of twelve equal numbers each is it as often as the others; more than the quadrature's six."""
    found, none = Largest(np.array([[0.0, 1.0]] * 12), np.array([0.0, 1.0])).above(np.array([0.0]))

    assert found[:, 0].tolist() == pytest.approx([1 / 12] * 12, abs=1e-2)
    assert none.tolist() == [0.0]
    many = np.array([np.sort(np.append(np.linspace(0, 1, 40), 0.0))[1:]] * 12)
    found, _ = Largest(many, np.linspace(0, 1, 40)).above(np.array([0.0]))
    assert found[:, 0].tolist() == pytest.approx([1 / 12] * 12, abs=1e-10)


@pytest.mark.parametrize("least", [0.0, 0.05])
def test_offers_win_as_often_as_they_would_by_draws(least: float) -> None:
    """Of 200,000 decisions, by the chances and by a generator that draws the posteriors."""
    offers = np.array([(0.05, 0.05, 20.0), (0.06, 0.06, 300.0), (0.04, 0.02, 25.0), (0.05, 1, 0)])
    priority, mean, strength = (column[None, :] for column in offers.T)
    rule = Exploration(kind="thompson", share=0.0, least=least)
    one = chances(rule, priority, np.ones((1, 4), np.bool_), Beliefs(mean, strength))
    n = 200_000

    won = drawn(np.tile(one, (n, 1)), draws([f"{at:032x}" for at in range(n)], "7"))
    counts = np.bincount(won, minlength=4)

    rng = np.random.default_rng(7)
    shapes = (mean * strength)[0, :3], ((1 - mean) * strength)[0, :3]
    posterior = rng.beta(*shapes, size=(n, 3))
    values = np.column_stack([posterior * (priority / mean)[0, :3], np.full(n, 0.05)])
    shares = np.bincount(values.argmax(axis=1), minlength=4) / n
    assert chisquare(counts, one[0] / MILLION * n).pvalue > 0.001
    wanted = least + (1 - 4 * least) * shares
    assert one[0] / MILLION == pytest.approx(wanted, abs=5 * 0.5 / np.sqrt(n) + 2e-4)
    assert (one >= least * MILLION).all()


def test_without_beliefs_the_best_always_wins() -> None:
    """Nothing is drawn of what nothing was learned."""
    rule: Any = Exploration(kind="thompson", share=0.0)

    found = chances(rule, np.array([[0.2, 0.3]]), np.array([[True, True]]))
    assert found.tolist() == [[0, MILLION]]
