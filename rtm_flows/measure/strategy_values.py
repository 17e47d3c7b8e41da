"""Strategy values: what a strategy would have brought, estimated from another strategy's log.

In: weights, rewards and expected rewards, row by row. Out: an estimate with its interval. Sums are
exact before they are rounded once, so the order of rows changes no bit. It refuses to know where
weights and expected rewards come from.

The estimators are those of Dudik, Langford and Li (2011) and Swaminathan and Joachims (2015). With
w the weight of a row (probability of its choice under the strategy, over that in the log), r its
reward, q its expected reward, and m the mean of expected rewards over the strategy's choices:

- IPS, the mean of w r;
- SNIPS, the sum of w r over the sum of w;
- DM, the mean of m;
- DR, the mean of m + w (r - q).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.ranking import Interval

Vector = NDArray[np.float64]
Codes = NDArray[np.intp]


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy's value: reward a decision.

    Attributes
    ----------
    value, standard_error, interval_95
        The interval is the value and, to either side, the 0.975 quantile of Student's t (people
        less one) times the standard error.
    difference, difference_error, difference_95
        The same of the value less the mean reward of the log, from the same rows: what changing
        the strategy would bring.
    """

    value: float
    standard_error: float
    interval_95: Interval
    difference: float
    difference_error: float
    difference_95: Interval


class Terms(NamedTuple):
    """A value, and how far each row draws it up or down.

    Attributes
    ----------
    deviations
        One a row, of sum 0 up to rounding: the value's error is near the mean of as many draws of
        them (its influence function).
    """

    value: float
    deviations: Vector


def ips(weights: Vector, rewards: Vector) -> Terms:
    """Return the value by inverse propensity scores: unbiased, if the log's probabilities are true.

    Examples
    --------
    >>> ips(np.array([2.0, 0.0, 2.0, 0.0]), np.array([1.0, 1.0, 0.0, 0.0])).value
    0.5
    """
    return _mean(weights * rewards)


def snips(weights: Vector, rewards: Vector) -> Terms:
    """Return the self-normalised value: a mean of rewards, weighted.

    It lies within the rewards seen, and rewards shifted by a constant shift it by that. It is
    biased in small logs, by the order of 1 / rows. Its deviations are those of a ratio, to first
    order.

    Raises
    ------
    ValueError
        If all weights are 0.
    """
    total = math.fsum(weights.tolist())
    if not total:
        msg = "no row has a weight above 0: no choice of the log is one of the strategy"
        raise ValueError(msg)
    value = math.fsum((weights * rewards).tolist()) / total
    return Terms(value, weights * (rewards - value) * (len(weights) / total))


def direct(means: Vector) -> Terms:
    """Return the value as a reward model tells it: as wrong as the model is.

    The deviations take the model for the truth; for its errors see `resampled_error`.
    """
    return _mean(means)


def doubly_robust(weights: Vector, rewards: Vector, expected: Vector, means: Vector) -> Terms:
    """Return the model's value, corrected by what the log says of the model.

    Unbiased if the log's probabilities are true, whatever the model says, provided that no row
    helped to predict itself; and the less noisy the better the model.

    Parameters
    ----------
    expected
        Of the action chosen in each row.
    means
        Of all the strategy's actions in each row, weighted by their probabilities.
    """
    return _mean(means + weights * (rewards - expected))


def clustered_error(deviations: Vector, person: Codes) -> float:
    """Return the standard error of a mean, its rows drawn person by person.

    Deviations are summed by person; with as many people as rows it is the usual standard error.

    Raises
    ------
    ValueError
        If there are fewer than two people.

    Examples
    --------
    >>> round(clustered_error(np.array([-1.0, 1.0, -1.0, 1.0]), np.array([0, 1, 2, 3])), 6)
    0.57735
    >>> clustered_error(np.array([-1.0, -1.0, 1.0, 1.0]), np.array([0, 0, 1, 1]))
    1.0
    """
    # In an order that does not follow the rows': a person's by size.
    order = np.lexsort((deviations, person))
    sums = np.bincount(person[order], deviations[order])
    people = len(sums)
    if people < 2:
        msg = f"the {len(person):,} rows are of one person; an error needs at least two"
        raise ValueError(msg)
    squares = math.fsum((sums**2).tolist())
    return math.sqrt(squares * people / (people - 1)) / len(person)


def estimate(terms: Terms, logged: Terms, person: Codes) -> Estimate:
    """Return an estimate with its intervals, by the deviations of the rows.

    Parameters
    ----------
    logged
        The mean reward of the log.
    """
    apart = terms.deviations - logged.deviations
    return with_errors(
        terms.value,
        clustered_error(terms.deviations, person),
        terms.value - logged.value,
        clustered_error(apart, person),
        people=int(person.max()) + 1,
    )


def with_errors(
    value: float, error: float, difference: float, difference_error: float, *, people: int
) -> Estimate:
    """Return an estimate whose standard errors are known."""
    from scipy.special import stdtrit

    reach = float(stdtrit(people - 1, 0.975))
    return Estimate(
        value=value,
        standard_error=error,
        interval_95=(value - reach * error, value + reach * error),
        difference=difference,
        difference_error=difference_error,
        difference_95=(
            difference - reach * difference_error,
            difference + reach * difference_error,
        ),
    )


def logged_mean(rewards: Vector) -> Terms:
    """Return the mean reward of the log itself."""
    return _mean(rewards)


def _mean(values: Vector) -> Terms:
    mean = math.fsum(values.tolist()) / len(values)
    return Terms(mean, values - mean)
