"""BG/NBD formulas: the paper's where it can be computed, and sound where it cannot."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import hyp2f1

from benchmarks.customer_value import roc_auc
from rtm_flows.features.bgnbd import (
    BgNbd,
    check_parameters,
    expected_purchases,
    p_alive,
    while_alive,
)
from tests.cdnow import PUBLISHED, WEEKS, customers

Floats = NDArray[np.float64]

PARAMETERS = st.builds(
    BgNbd,
    r=st.floats(0.05, 5.0),
    alpha=st.floats(0.5, 50.0),
    a=st.floats(0.05, 5.0),
    b=st.floats(0.05, 10.0),
)
CUSTOMERS = st.tuples(st.integers(0, 60), st.floats(0.01, 1.0), st.floats(0.0, 200.0)).map(
    lambda one: (float(one[0]), one[1] * one[2] if one[0] else 0.0, one[2])
)


def columns(rows: list[tuple[float, float, float]]) -> tuple[Floats, Floats, Floats]:
    """Return x, t_x and T as columns."""
    x, t_x, age = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    return x, t_x, age


def one(parameters: BgNbd, x: float, age: float, horizon: float) -> float:
    """Return what is expected of one customer who is alive."""
    return float(while_alive(parameters, np.array([x]), np.array([age]), horizon)[0])


@given(PARAMETERS, CUSTOMERS, st.floats(0.1, 100.0))
def test_expectations_are_the_papers(
    parameters: BgNbd, customer: tuple[float, float, float], horizon: float
) -> None:
    """Equation (10), with scipy's hypergeometric function."""
    r, alpha, a, b = parameters
    x, t_x, age = customer
    assume(abs(a - 1) > 1e-3 and abs(a + b + x - 1) > 1e-3)  # where the paper's has a hole
    z = horizon / (alpha + age + horizon)
    alive = (a + b + x - 1) / (a - 1)
    alive *= 1 - (1 - z) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
    gone = 0 if x == 0 else a / (b + x - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x)

    found = expected_purchases(parameters, *columns([customer]), horizon)
    assert found[0] == pytest.approx(alive / (1 + gone), rel=1e-8, abs=1e-12)
    assert p_alive(parameters, *columns([customer]))[0] == pytest.approx(1 / (1 + gone), rel=1e-12)


@given(PARAMETERS, st.lists(CUSTOMERS, min_size=2, max_size=9), st.floats(0.1, 100.0), st.data())
def test_a_customer_has_the_same_bits_in_any_company(
    parameters: BgNbd,
    rows: list[tuple[float, float, float]],
    horizon: float,
    data: st.DataObject,
) -> None:
    """Alone, among some, or among all: a slow neighbour adds no term."""
    some = data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=1))
    together = expected_purchases(parameters, *columns(rows), horizon)
    among = expected_purchases(parameters, *columns([rows[i] for i in some]), horizon)
    alone = [expected_purchases(parameters, *columns([row]), horizon)[0] for row in rows]

    assert together.tolist() == alone
    assert among.tolist() == [alone[i] for i in some]


@pytest.mark.parametrize(("x", "v"), [(0, Fraction(1, 3)), (2, Fraction(4)), (9, Fraction(9))])
def test_the_series_is_the_exact_sum(x: int, v: Fraction) -> None:
    """In rational numbers, where r and T leave nothing to round; a = 1 is no hole."""
    shape, stays, whole, z = x + 1, x + 2, x + 3, v / (1 + v)
    weight, taken, chance = Fraction(1), Fraction(0), Fraction(1)
    weights, total = weight, Fraction(0)
    for n in range(500):
        weight *= Fraction(shape + n, n + 1) * z
        taken, chance = taken + chance, chance * Fraction(stays + n, whole + n)
        weights, total = weights + weight, total + weight * taken

    found = one(BgNbd(r=1.0, alpha=1.0, a=1.0, b=2.0), float(x), 0.0, float(v))
    assert found == pytest.approx(float(total / weights), rel=1e-12)


@pytest.mark.parametrize("x", [700.0, 2_000.0, 20_000.0])
def test_thousands_of_purchases_stay_in_range(x: float) -> None:
    """Where the paper's factors are 0 and infinite: below the rate if nobody left, and near it."""
    parameters, age = BgNbd(0.5, 10.0, 0.001, 5.0), 1_000.0
    at_most = (0.5 + x) / (10.0 + age) * 500.0
    found = one(parameters, x, age, 500.0)

    assert 0.99 * at_most < found < at_most
    silent = p_alive(parameters, np.array([x]), np.array([1.0]), np.array([age]))
    assert 0.0 <= silent[0] < 1e-290


def test_nothing_is_expected_of_no_time_and_more_of_more() -> None:
    """0 in no time; growing with the horizon, by ever less."""
    horizons = [0.0, 1.0, 2.0, 4.0, 8.0, 400.0]
    found = [one(PUBLISHED, 3.0, 20.0, horizon) for horizon in horizons]
    rates = [b / h for b, h in zip(found[1:], horizons[1:], strict=True)]

    assert found[0] == 0.0
    assert found == sorted(found)
    assert rates == sorted(rates, reverse=True)
    assert while_alive(PUBLISHED, np.empty(0), np.empty(0), 1.0).tolist() == []


def test_the_silent_are_less_likely_alive_and_one_time_buyers_are_always() -> None:
    """Of equal frequency, the longer ago the last time, the smaller; with x = 0 it is 1."""
    t_x = np.array([39.0, 30.0, 20.0, 10.0, 1.0])
    age = np.full(5, 39.0)
    found = p_alive(PUBLISHED, np.full(5, 4.0), t_x, age).tolist()

    assert found == sorted(found, reverse=True)
    assert p_alive(PUBLISHED, np.zeros(5), np.zeros(5), age).tolist() == [1.0] * 5


@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
@pytest.mark.parametrize("name", BgNbd._fields)
def test_a_wrong_parameter_is_named(name: str, value: float) -> None:
    """All four must be positive and finite."""
    with pytest.raises(ValueError, match=rf"`{name}` must be positive and finite; got"):
        check_parameters(PUBLISHED._replace(**{name: value}))


def test_expected_purchases_rank_the_customers_of_cdnow_and_p_alive_does_not() -> None:
    """Who buys again in 39 weeks: ROC AUC 0.7725 and 0.316, with the published parameters."""
    known = customers()
    history = known.x, known.t_x, known.age
    again = known.later > 0
    expected = expected_purchases(PUBLISHED, *history, float(WEEKS))

    assert (len(known.x), int(again.sum())) == (2_357, 684)
    assert roc_auc(expected, again) == pytest.approx(0.7725, abs=5e-5)
    assert roc_auc(p_alive(PUBLISHED, *history), again) == pytest.approx(0.316, abs=5e-4)
    assert expected.mean() == pytest.approx(0.702, abs=5e-4)
    assert known.later.mean() == pytest.approx(0.798, abs=5e-4)
