"""BG/NBD fitted: the published parameters, in any order, and an error where there are none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rtm_flows.features.bgnbd import BgNbd
from rtm_flows.models import bgnbd
from rtm_flows.models.bgnbd import History, fit, histories, log_likelihood
from tests.cdnow import PUBLISHED, customers

Floats = NDArray[np.float64]
TRUTH = BgNbd(r=0.8, alpha=6.0, a=0.9, b=3.0)


def simulated(people: int = 4_000, weeks: float = 52.0) -> tuple[Floats, Floats, Floats]:
    """Return x, t_x and T of people who live by the model's story."""
    rng = np.random.default_rng(11)
    rows = []
    for _ in range(people):
        rate, leaves = rng.gamma(TRUTH.r, 1 / TRUTH.alpha), rng.beta(TRUTH.a, TRUTH.b)
        age, time, x, t_x = weeks - rng.integers(0, 12), 0.0, 0, 0.0
        while (time := time + rng.exponential(1 / max(rate, 1e-12))) < age:
            x, t_x = x + 1, time
            if rng.random() < leaves:
                break
        rows.append((x, t_x, age))
    x_, t_x_, age_ = np.array(rows, dtype=np.float64).T
    return x_, t_x_, age_


def test_cdnow_gives_the_published_parameters() -> None:
    """Fader, Hardie, Lee 2005, table 2, to all digits printed."""
    known = customers()
    of = histories(known.x, known.t_x, known.age)
    found = fit(of)

    assert found.parameters == pytest.approx(PUBLISHED, abs=5.1e-4)
    assert round(found.log_likelihood, 1) == -9582.4
    assert log_likelihood(PUBLISHED, of) == pytest.approx(-9582.43, abs=5e-3)


def test_a_population_is_found_again() -> None:
    """Four thousand people of known parameters: near them, and at least as likely as they are."""
    of = histories(*simulated())
    found = fit(of)

    assert found.log_likelihood >= log_likelihood(TRUTH, of)
    assert found.parameters == pytest.approx(TRUTH, rel=0.25)


def test_the_order_of_customers_changes_no_bit() -> None:
    """Histories are counted, sorted and summed exactly."""
    columns = np.stack(simulated(300))
    mixed = np.random.default_rng(3).permutation(columns.shape[1])

    assert fit(histories(*columns)) == fit(histories(*columns[:, mixed]))


def test_equal_histories_count_as_often_as_there_are() -> None:
    """The likelihood of a history and 3 people is three times that of one."""
    x, t_x, age = np.array([2.0]), np.array([3.0]), np.array([9.0])
    three = histories(*(np.repeat(column, 3) for column in (x, t_x, age)))

    assert three.people.tolist() == [3.0]
    one = log_likelihood(TRUTH, histories(x, t_x, age))
    assert log_likelihood(TRUTH, three) == pytest.approx(3 * one, rel=1e-15)


def test_chances_of_one_time_buyers_sum_to_one_with_the_rest() -> None:
    """P(x = 0 by T) is (alpha / (alpha + T))^r: nobody leaves before a repeat purchase."""
    of = histories(np.zeros(1), np.zeros(1), np.array([10.0]))

    assert math.exp(log_likelihood(TRUTH, of)) == pytest.approx((6.0 / 16.0) ** 0.8, rel=1e-14)


@given(*[st.floats(0.2, 4.0)] * 4)
def test_slopes_are_those_of_the_likelihood(r: float, alpha: float, a: float, b: float) -> None:
    """Each within what a small step shows."""
    of = History(*np.array([[0, 0, 9, 2], [1, 2, 9, 1], [7, 8.5, 9, 3]], dtype=float).T)
    at = BgNbd(r, alpha, a, b)
    _, slopes = bgnbd._each(at, of)
    for name, slope in zip(BgNbd._fields, slopes, strict=True):
        value, step = getattr(at, name), 1e-6
        low, high = (
            log_likelihood(at._replace(**{name: value + sign * step}), of) for sign in (-1, 1)
        )
        rise = (high - low) / (2 * step)
        assert float(np.dot(slope, of.people)) == pytest.approx(rise, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize(
    "row",
    [(-1, 0, 5), (1, 0, 5), (0, 1, 5), (1, 6, 5), (1, math.nan, 5), (0, 0, math.inf)],
)
def test_impossible_histories_are_refused(row: tuple[float, float, float]) -> None:
    """The message shows the first one."""
    sound = np.array([[0.0, 0.0, 5.0], row])

    with pytest.raises(ValueError, match=r"0 <= t_x <= T.*got \(x, t_x, T\) = \[\["):
        histories(*sound.T)


def test_nobody_is_no_history() -> None:
    """Of no customers nothing can be learned."""
    with pytest.raises(ValueError, match="= none"):
        histories(np.empty(0), np.empty(0), np.empty(0))


def test_without_repeat_purchases_there_is_nothing_to_fit() -> None:
    """All four parameters would run away."""
    with pytest.raises(ValueError, match="only first purchases"):
        fit(histories(np.zeros(5), np.zeros(5), np.full(5, 9.0)))


def test_a_likelihood_without_maximum_is_refused() -> None:
    """Everybody buys exactly alike and nobody leaves: the parameters would run away."""
    with pytest.raises(ValueError, match="BG/NBD has no maximum"):
        fit(histories(np.full(50, 9.0), np.full(50, 9.0), np.full(50, 9.5)))
