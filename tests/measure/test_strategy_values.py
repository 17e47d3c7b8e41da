"""Strategy values: true on average in worlds small enough to be listed, and as sure as they say."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rtm_flows.measure.strategy_values import (
    clustered_error,
    direct,
    doubly_robust,
    estimate,
    ips,
    logged_mean,
    snips,
)

Vector = NDArray[np.float64]

PARTS = st.integers(min_value=1, max_value=9)
REWARDS = st.integers(min_value=-3, max_value=3).map(float)


class World(NamedTuple):
    """Contexts in which actions are chosen, shaped (context, action); a reward is one of two."""

    logged: Vector
    strategy: Vector
    low: Vector
    high: Vector
    often: Vector
    """Probability of the high reward."""
    expected: Vector
    """What some model says of the reward, right or wrong."""

    def means(self) -> Vector:
        """Return the true mean reward."""
        return self.low + self.often * (self.high - self.low)

    def value(self) -> float:
        """Return the true value of the strategy."""
        return float((self.strategy * self.means()).sum(axis=1).mean())

    def logs(self) -> Iterator[tuple[float, Vector, Vector, Vector]]:
        """Yield every log of one row a context: its chance, weights, rewards, expectations."""
        contexts, actions = self.logged.shape
        for outcome in itertools.product(
            itertools.product(range(actions), (False, True)), repeat=contexts
        ):
            at = np.arange(contexts), np.array([action for action, _ in outcome])
            high = np.array([high for _, high in outcome])
            chance = self.logged[at] * np.where(high, self.often[at], 1 - self.often[at])
            rewards = np.where(high, self.high[at], self.low[at])
            yield math.prod(chance), self.strategy[at] / self.logged[at], rewards, self.expected[at]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Two contexts of three actions, all of which the log can choose; the strategy may not."""

    def table(values: st.SearchStrategy[float]) -> Vector:
        return np.array(draw(st.lists(values, min_size=6, max_size=6))).reshape(2, 3)

    logged, strategy = table(PARTS.map(float)), table(st.integers(0, 9).map(float))
    strategy[:, 0] += 1
    return World(
        logged / logged.sum(axis=1, keepdims=True),
        strategy / strategy.sum(axis=1, keepdims=True),
        table(REWARDS),
        table(REWARDS),
        table(PARTS.map(lambda part: part / 10)),
        table(REWARDS),
    )


@st.composite
def logs(draw: st.DrawFn) -> tuple[Vector, Vector, Vector, Vector]:
    """Weights, some of them 0, rewards, expectations and their means over all choices."""
    n = draw(st.integers(min_value=2, max_value=12))
    some = st.lists(st.integers(0, 40).map(lambda eighths: eighths / 8), min_size=n, max_size=n)
    weights = np.array(draw(some))
    weights[0] = 1.0

    def column() -> Vector:
        return np.array(draw(st.lists(REWARDS, min_size=n, max_size=n)))

    return weights, column(), column(), column()


@given(worlds())
def test_ips_is_right_on_average(world: World) -> None:
    """Over all logs that could have been, each as often as it would be."""
    found = math.fsum(chance * ips(w, r).value for chance, w, r, _ in world.logs())

    assert found == pytest.approx(world.value(), abs=1e-12)


@given(worlds())
def test_dr_is_right_on_average_whatever_the_model_says(world: World) -> None:
    """The model here is drawn at random."""
    means = (world.strategy * world.expected).sum(axis=1)
    found = math.fsum(
        chance * doubly_robust(w, r, q, means).value for chance, w, r, q in world.logs()
    )

    assert found == pytest.approx(world.value(), abs=1e-12)


@given(worlds())
def test_dm_of_the_true_means_is_right_and_never_moves(world: World) -> None:
    """With a perfect model nothing is left to chance; the log's errors do not come in."""
    terms = direct((world.strategy * world.means()).sum(axis=1))

    assert terms.value == pytest.approx(world.value(), abs=1e-12)


@given(logs())
def test_dr_is_dm_where_rewards_are_what_the_model_says(log: tuple[Vector, ...]) -> None:
    """And IPS where the model says nothing."""
    weights, rewards, expected, means = log
    nothing = np.zeros_like(rewards)

    alike = [
        (doubly_robust(weights, expected, expected, means), direct(means)),
        (doubly_robust(weights, rewards, nothing, nothing), ips(weights, rewards)),
    ]
    for one, other in alike:
        assert one.value == other.value
        assert one.deviations.tolist() == other.deviations.tolist()


@given(logs(), st.integers(-50, 50).map(float))
def test_snips_follows_a_shift_of_rewards_and_ips_does_not(
    log: tuple[Vector, ...], shift: float
) -> None:
    """IPS moves by the shift times the mean weight."""
    weights, rewards, *_ = log
    moved = snips(weights, rewards + shift)

    assert moved.value == pytest.approx(snips(weights, rewards).value + shift, abs=1e-12)
    assert moved.deviations == pytest.approx(snips(weights, rewards).deviations, abs=1e-9)
    assert min(rewards) - 1e-9 <= snips(weights, rewards).value <= max(rewards) + 1e-9
    expected = ips(weights, rewards).value + shift * weights.mean()
    assert ips(weights, rewards + shift).value == pytest.approx(expected, abs=1e-9)


@given(logs())
def test_the_strategy_that_ran_is_worth_what_it_brought(log: tuple[Vector, ...]) -> None:
    """All weights are 1, and the value is the mean reward, to the bit, and differs by nothing."""
    _, rewards, *_ = log
    ones, person = np.ones_like(rewards), np.arange(len(rewards))
    mean = logged_mean(rewards)

    for terms in (ips(ones, rewards), snips(ones, rewards)):
        found = estimate(terms, mean, person)
        assert found.value == math.fsum(rewards) / len(rewards)
        assert found.difference == found.difference_error == 0.0


@given(logs())
def test_deviations_tell_how_the_value_moves_with_a_row(log: tuple[Vector, ...]) -> None:
    """Taking a row for a little more than one row moves the value by its deviation over n."""
    weights, rewards, expected, means = log
    little = 1e-6
    for row in range(len(rewards)):
        taken = np.ones_like(rewards)
        taken[row] += little

        def mean(values: Vector, taken: Vector = taken) -> float:
            return float((taken * values).sum() / taken.sum())

        moved = [
            (ips(weights, rewards), mean(weights * rewards)),
            (snips(weights, rewards), mean(weights * rewards) / mean(weights)),
            (
                doubly_robust(weights, rewards, expected, means),
                mean(means + weights * (rewards - expected)),
            ),
        ]
        for terms, then in moved:
            slope = (then - terms.value) / little * len(rewards)
            assert terms.deviations[row] == pytest.approx(slope, rel=1e-3, abs=1e-3)


@given(logs(), st.integers(0, 99))
def test_no_bit_depends_on_the_order_of_rows(log: tuple[Vector, ...], seed: int) -> None:
    """Sums are exact before they are rounded."""
    weights, rewards, expected, means = log
    weights, rewards = weights / 7, rewards * math.pi
    person = np.arange(len(rewards)) // 2 if len(rewards) > 2 else np.arange(2)
    order = np.random.default_rng(seed).permutation(len(rewards))

    def told(rows: NDArray[np.intp]) -> list[object]:
        w, r, q, m = (x[rows] for x in (weights, rewards, expected, means))
        found = ips(w, r), snips(w, r), doubly_robust(w, r, q, m)
        return [estimate(terms, logged_mean(r), person[rows]) for terms in found]

    assert told(order) == told(np.arange(len(rewards)))


@given(logs())
def test_the_error_is_the_usual_one_for_people_of_one_row(log: tuple[Vector, ...]) -> None:
    """And for people of several that of their sums."""
    _, rewards, *_ = log
    n = len(rewards)
    deviations = logged_mean(rewards).deviations
    usual = np.std(rewards, ddof=1) / math.sqrt(n)
    twice = clustered_error(np.repeat(deviations, 2), np.repeat(np.arange(n), 2))

    assert clustered_error(deviations, np.arange(n)) == pytest.approx(usual, abs=1e-12)
    assert twice == pytest.approx(usual, abs=1e-12)


def test_without_any_weight_there_is_no_snips() -> None:
    """It would be 0 over 0."""
    with pytest.raises(ValueError, match="no row has a weight above 0"):
        snips(np.zeros(3), np.ones(3))


def test_of_one_person_there_is_no_error() -> None:
    """Nothing tells how others would differ."""
    with pytest.raises(ValueError, match="one person"):
        clustered_error(np.array([-1.0, 1.0]), np.array([0, 0]))


def covered(people: int, rows_each: int, *, by_person: bool) -> float:
    """Return how often the interval of IPS holds the truth, in 1,000 logs of one world.

    People have rates of their own, and all their rows are decided alike.
    """
    rng = np.random.default_rng(20)
    person = np.repeat(np.arange(people), rows_each)
    hits = 0
    for _ in range(1000):
        own = rng.uniform(0.1, 0.5, people)
        mailed = rng.random(people) < 0.3
        rewards = (rng.random(len(person)) < np.where(mailed, own + 0.3, own)[person]).astype(float)
        # The strategy mails seven of ten: its true value is 0.3 + 0.7 * 0.3.
        weights = np.where(mailed, 0.7 / 0.3, 0.3 / 0.7)[person]
        rows = person if by_person else np.arange(len(person))
        low, high = estimate(ips(weights, rewards), logged_mean(rewards), rows).interval_95
        hits += low <= 0.51 <= high
    return hits / 1000


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """95 in 100 times, give or take three standard errors; that of rows taken for people fails."""
    assert 0.93 <= covered(200, 1, by_person=True) <= 0.97
    assert 0.93 <= covered(200, 4, by_person=True) <= 0.97
    assert covered(200, 4, by_person=False) < 0.85
