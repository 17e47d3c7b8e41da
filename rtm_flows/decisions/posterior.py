"""The posterior: the chance that a candidate is welcome, from what came of it so far.

In: counts of responses by candidate, and the prior of each action. Out: chances. It refuses to
know who was asked, and what was served.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rtm_flows.rounding import round6

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


def posterior(positives: Counts, n: Counts, prior: Floats, weight: Floats) -> Floats:
    """Return the mean of a chance after n responses: Beta posterior, not rounded.

    `(weight * prior + positives) / (weight + n)`, the mean of Beta(a + positives, b + n -
    positives) with a = weight * prior and b = weight * (1 - prior). It is the prior with a share of
    `weight / (weight + n)` and the rate with one of `n / (weight + n)`: the shares add up to 1, so
    that without responses it is the prior, and never biased towards 0. (The shares of Pega's
    published smoothing, `E0 / (E0 + E + 1)` and `E / (E0 + E + 1)`, add up to less than 1.)

    Parameters
    ----------
    positives, n
        Positive responses, and all; shapes that broadcast.
    prior, weight
        The chance believed at first, and how many responses that belief is worth; above 0.

    Examples
    --------
    >>> posterior(np.array([0, 1]), np.array([0, 20]), np.array([0.05]), np.array([20.0])).tolist()
    [0.05, 0.05]
    """
    shrunk: Floats = (weight * prior + positives) / (weight + n)
    # Without responses the division could miss the prior by a bit.
    return np.where(n == 0, prior, shrunk)


def propensities(
    positives: Counts, n: Counts, owner: Counts, prior: Floats, weight: Floats
) -> Floats:
    """Return the chance of each candidate, backed off to its action's, rounded to six decimals.

    What an action's other treatments have taught is the prior of a treatment, and their own prior
    is that of the action: two posteriors, one above the other. No response counts twice, so the
    only treatment of an action has the plain posterior of that action.

    Parameters
    ----------
    positives, n
        Positive responses and all, by candidate, (..., candidates).
    owner
        Of each candidate, the place of its action.
    prior, weight
        Of each action.

    Examples
    --------
    >>> positives, n = np.array([30, 0]), np.array([80, 0])
    >>> propensities(positives, n, np.array([0, 0]), np.array([0.1]), np.array([20.0])).tolist()
    [0.32, 0.32]
    """
    other_positives = by_action(positives, owner, len(prior))[..., owner] - positives
    other_n = by_action(n, owner, len(prior))[..., owner] - n
    believed = posterior(other_positives, other_n, prior[owner], weight[owner])
    return round6(posterior(positives, n, believed, weight[owner]))


def by_action(counts: Counts, owner: Counts, actions: int) -> Counts:
    """Return the sums of counts by action, (..., actions).

    Examples
    --------
    >>> by_action(np.array([[1, 2, 4]]), np.array([0, 1, 0]), 2).tolist()
    [[5, 2]]
    """
    sums = np.zeros((actions, *counts.shape[:-1]), dtype=np.int64)
    np.add.at(sums, owner, np.moveaxis(counts, -1, 0))
    return np.moveaxis(sums, 0, -1)
