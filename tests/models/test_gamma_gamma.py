"""Gamma-Gamma: the published parameters, and a spend between the customer's and everybody's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.features.gamma_gamma import GammaGamma, check_parameters, expected_spend
from rtm_flows.models import gamma_gamma
from rtm_flows.models.gamma_gamma import fit_spend
from tests.cdnow import customers

CDNOW = GammaGamma(p=6.25, q=3.74, v=15.44)


def test_repeat_purchases_of_cdnow_give_the_published_parameters() -> None:
    """Fader and Hardie 2013: 6.25, 3.74 and 15.44, of the 946 who came back."""
    known = customers()
    again = known.x > 0
    found = fit_spend(known.x[again], known.spent_again[again])

    assert int(again.sum()) == 946
    assert found.parameters == pytest.approx(CDNOW, abs=5.1e-3)


def test_slopes_are_those_of_the_likelihood() -> None:
    """Each within what a small step shows."""
    n, spent = np.array([1.0, 4.0]), np.array([30.0, 77.0])
    _, slopes = gamma_gamma._each(CDNOW, n, spent)
    for name, slope in zip(GammaGamma._fields, slopes, strict=True):
        low, high = (
            gamma_gamma._each(CDNOW._replace(**{name: getattr(CDNOW, name) + step}), n, spent)[0]
            for step in (-1e-6, 1e-6)
        )
        assert slope == pytest.approx((high - low) / 2e-6, rel=1e-5)


@given(st.integers(1, 500), st.floats(0.01, 1e6))
def test_the_spend_lies_between_the_customers_mean_and_everybodys(n: int, spent: float) -> None:
    """And of whoever has not bought yet, everybody's is expected."""
    nobody, found = expected_spend(CDNOW, np.array([0.0, n]), np.array([0.0, spent])).tolist()
    low, high = sorted([spent / n, nobody])

    assert nobody == pytest.approx(CDNOW.p * CDNOW.v / (CDNOW.q - 1))
    assert low * (1 - 1e-12) <= found <= high * (1 + 1e-12)


@pytest.mark.parametrize(
    ("name", "value"), [("p", 0.0), ("q", 1.0), ("v", -1.0), ("v", math.inf), ("q", math.nan)]
)
def test_a_wrong_parameter_is_named(name: str, value: float) -> None:
    """With q at most 1 there would be no mean to expect."""
    with pytest.raises(ValueError, match=f"`{name}` must be above"):
        check_parameters(CDNOW._replace(**{name: value}))


@pytest.mark.parametrize(("n", "spent"), [([], []), ([0.0], [5.0]), ([1.0], [0.0])])
def test_impossible_customers_are_refused(n: list[float], spent: list[float]) -> None:
    """Nobody, no occasion, or nothing spent."""
    with pytest.raises(ValueError, match="leave the others out"):
        fit_spend(np.array(n), np.array(spent))
