"""Weight: how much of a log speaks of another strategy, and when that is too little.

In: the weights of the rows. Out: a few figures, and in words what they mean for a value. It
refuses to know the value.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.measure.logged import Logged
from rtm_flows.measure.strategy_values import clustered_error, logged_mean

Vector = NDArray[np.float64]

LEAST_ROWS = 100
LEAST_REWARDS = 30
"""Below so many effective rows, or rewards, an interval by standard errors is too narrow."""

LARGEST_SHARE = 0.05
"""Above this share of all weight in one row, that row decides."""

MEAN_ERRORS = 3.0
"""By more standard errors than this, the mean weight is not 1 by chance once in 370 logs."""


class Weight(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the log speaks of the strategy.

    Attributes
    ----------
    effective_rows
        Squared sum of the weights over the sum of their squares: as many rows of the strategy's own
        log would give as sharp a mean (Kish 1965).
    effective_rewards
        The same of weight times the size of the reward: how many rewards the value hangs on.
    largest_reward
        The largest of these products, as a share of the sum of all.
    largest, largest_share
        The largest weight, and its share of the sum of all.
    mean, mean_error
        The mean weight before any clipping, which should be 1, and its standard error.
    matched
        Share of rows whose choice the strategy could have made too: with a weight above 0.
    clipped
        Share of rows whose weight was cut.
    """

    effective_rows: float
    effective_rewards: float
    largest_reward: float
    largest: float
    largest_share: float
    mean: float
    mean_error: float
    matched: float
    clipped: float


def weight_of(log: Logged, whole: Vector, weights: Vector) -> Weight:
    """Return what the weights of the rows say.

    Parameters
    ----------
    whole, weights
        Before and after clipping; some of them above 0.
    """
    mean = logged_mean(whole)
    brought = weights * np.abs(log.reward)
    return Weight(
        effective_rows=_effective(weights),
        effective_rewards=_effective(brought),
        largest_reward=_largest(brought),
        largest=float(weights.max()),
        largest_share=_largest(weights),
        mean=mean.value,
        mean_error=clustered_error(mean.deviations, log.person),
        matched=int(np.count_nonzero(weights)) / len(weights),
        clipped=int(np.count_nonzero(weights < whole)) / len(weights),
    )


def warnings_of(weight: Weight, rows: int) -> list[str]:
    """Return what speaks against a value that rests on such weights, in sentences."""
    told = []
    if weight.effective_rows < LEAST_ROWS:
        told.append(
            f"{weight.effective_rows:.0f} effective rows of {rows:,}, fewer than {LEAST_ROWS}: the"
            " intervals are too narrow"
        )
    if weight.effective_rewards < LEAST_REWARDS:
        told.append(
            f"the value hangs on {weight.effective_rewards:.1f} effective rewards, fewer than"
            f" {LEAST_REWARDS}, and one alone is {weight.largest_reward:.0%} of them: the"
            " intervals are too narrow"
        )
    if weight.largest_share > LARGEST_SHARE:
        told.append(f"one row has {weight.largest_share:.1%} of all weight")
    if abs(weight.mean - 1.0) > MEAN_ERRORS * weight.mean_error + 1e-6:
        told.append(
            f"the mean weight is {weight.mean:.3f} and should be 1 (standard error"
            f" {weight.mean_error:.3f}): the probabilities of the log are not those it chose with"
        )
    return told


def _largest(values: Vector) -> float:
    total = math.fsum(values.tolist())
    return float(values.max()) / total if total else 0.0


def _effective(values: Vector) -> float:
    squares = math.fsum((values**2).tolist())
    return math.fsum(values.tolist()) ** 2 / squares if squares else 0.0
