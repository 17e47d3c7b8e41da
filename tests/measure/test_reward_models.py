"""Reward models: means as defined, and nobody's reward told from their own."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rtm_flows.measure.logged import Logged, cells
from rtm_flows.measure.reward_models import MeanReward, cross_fitted, predicted
from rtm_flows.measure.slates import Slates

Vector = NDArray[np.float64]
Codes = NDArray[np.intp]


@st.composite
def logs(draw: st.DrawFn) -> Logged:
    """A few rows of three actions in two contexts; the strategy may choose any of them."""
    n = draw(st.integers(2, 12))

    def codes(top: int) -> Codes:
        return np.array(draw(st.lists(st.integers(0, top), min_size=n, max_size=n)), dtype=np.intp)

    rows = np.arange(n)
    page = codes(1)
    context = pl.DataFrame({"page": page})
    person = np.unique(np.append(codes(5)[2:], [6, 7]), return_inverse=True)[1]
    return Logged(
        names=["a", "b", "c"],
        action=codes(2),
        action_prob=np.full(n, 0.5),
        reward=codes(4).astype(float),
        person=person,
        context=context,
        cell=cells(context, n),
        strategy=Slates(rows.repeat(3), np.tile(np.arange(3), n), np.full(3 * n, 1 / 3), n, 3),
    )


@given(logs(), st.sampled_from([0.5, 20.0]))
def test_means_are_drawn_to_the_wider_mean(log: Logged, strength: float) -> None:
    """As plain Python says: cell to action, action to all."""
    found = MeanReward(strength)(log, np.arange(len(log.action))).reshape(-1, 3)

    def drawn(rewards: list[float], wider: float) -> float:
        return (sum(rewards) + strength * wider) / (len(rewards) + strength)

    told = list(zip(log.action.tolist(), log.cell.tolist(), log.reward.tolist(), strict=True))
    everywhere = sum(r for *_, r in told) / len(told)
    for row, cell in enumerate(log.cell.tolist()):
        for action in range(3):
            alone = drawn([r for a, _, r in told if a == action], everywhere)
            here = drawn([r for a, c, r in told if (a, c) == (action, cell)], alone)
            assert found[row, action] == pytest.approx(here)


@given(logs(), st.integers(0, 9))
def test_nobody_is_told_from_their_own_rows(log: Logged, seed: int) -> None:
    """Every entry comes from one call that did not see the person, and saw all other folds."""
    calls: list[Codes] = []

    def spy(log: Logged, rows: Codes) -> Vector:
        calls.append(rows)
        return np.full(len(log.strategy.row), float(len(calls) - 1))

    told = cross_fitted(log, spy, folds=3, seed=seed)[::3].astype(int)

    for row, call in enumerate(told.tolist()):
        assert log.person[row] not in log.person[calls[call]]
    sizes = np.bincount(np.unique(np.stack([log.person, told]), axis=1)[1])
    assert sizes.max() - sizes.min() <= 1
    for call, rows in enumerate(calls):
        assert sorted([*rows.tolist(), *np.flatnonzero(told == call).tolist()]) == list(
            range(len(log.action))
        )


def two_rows() -> Logged:
    """Return a log of two rows, of which each could be any of three actions."""
    two = np.arange(2)
    strategy = Slates(two.repeat(3), np.tile(np.arange(3), 2), np.full(6, 1 / 3), 2, 3)
    half, none = np.full(2, 0.5), pl.DataFrame()
    return Logged(["a", "b", "c"], two, half, half, two, none, np.zeros(2, dtype=np.intp), strategy)


def test_a_model_that_gives_no_numbers_is_refused() -> None:
    """Rather than a value of NaN."""
    log = two_rows()
    with pytest.raises(ValueError, match="1 that are not finite"):
        predicted(log, lambda log, _: np.append(np.zeros(5), np.nan), np.arange(2))
    with pytest.raises(ValueError, match="required 6 finite numbers"):
        predicted(log, lambda log, _: np.zeros(2), np.arange(2))


def test_a_mean_of_nothing_is_refused() -> None:
    """With a strength of 0 an action never seen has no mean."""
    with pytest.raises(ValueError, match="strength"):
        MeanReward(0.0)
