"""Ranking: how well a series of predictions tells positives from negatives, from counts alone.

In: how many negatives and how many positives share each prediction, from the lowest to the
highest. Out: the area under the curve with its interval, and the average precision. It refuses to
know the predictions themselves.
"""

from __future__ import annotations

import math
from operator import mul

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Interval = tuple[float, float]

NORMAL = 1.959964
"""A normal variable is within this many standard deviations 95 times in 100."""


def roc_auc(negatives: Counts, positives: Counts) -> float | None:
    """Return the area under the curve, ties half, to six decimals; None for one class.

    Examples
    --------
    >>> roc_auc(np.array([1, 1, 0]), np.array([0, 1, 1]))
    0.875
    """
    pairs = int(negatives.sum()) * int(positives.sum())
    if not pairs:
        return None
    # In Python's integers: twice the pairs may not fit into 64 bits.
    twice: int = sum(map(mul, positives.tolist(), _twice_below(negatives).tolist()))
    return round(twice / (2 * pairs), 6)


def roc_auc_95(negatives: Counts, positives: Counts) -> Interval | None:
    """Return the 95 percent interval of the area; None with fewer than two of a class.

    By DeLong, DeLong and Clarke-Pearson (1988): each positive has the share of negatives below it,
    each negative the share of positives above it; the area is the mean of either, and its variance
    the sum of their variances, each over its number.

    Examples
    --------
    >>> roc_auc_95(np.array([40, 20, 0]), np.array([0, 20, 40]))
    (0.916093, 0.972796)
    """
    used = np.flatnonzero(negatives + positives)
    negatives, positives = negatives[used], positives[used]
    n, p = int(negatives.sum()), int(positives.sum())
    if n < 2 or p < 2:
        return None
    above = (_twice_below(negatives) / (2 * n)).tolist()
    under = (1.0 - _twice_below(positives) / (2 * p)).tolist()
    area = math.fsum(map(mul, above, positives.tolist())) / p
    variance = 0.0
    for shares, counts, size in ((above, positives, p), (under, negatives, n)):
        spread = [c * (s - area) ** 2 for s, c in zip(shares, counts.tolist(), strict=True)]
        variance += math.fsum(spread) / (size - 1) / size
    return around(area, variance, top=1.0)


def average_precision(negatives: Counts, positives: Counts) -> float | None:
    """Return the mean precision at the positives, the best first, ties together; None without any.

    Examples
    --------
    >>> average_precision(np.array([1, 1, 0]), np.array([0, 1, 1]))
    0.833333
    """
    used = np.flatnonzero(positives)[::-1]
    if not len(used):
        return None
    found = np.cumsum(positives[::-1])[::-1]
    taken = found + np.cumsum(negatives[::-1])[::-1]
    precision = (positives[used] * (found[used] / taken[used])).tolist()
    return round(math.fsum(precision) / int(found[0]), 6)


def around(mean: float, variance: float, *, low: float = 0.0, top: float = math.inf) -> Interval:
    """Return the 95 percent interval around a mean, within `low` and `top`, to six decimals.

    Parameters
    ----------
    variance
        Of the mean.

    Examples
    --------
    >>> around(0.5, 0.0001)
    (0.4804, 0.5196)
    """
    reach = NORMAL * math.sqrt(variance)
    return round(max(low, mean - reach), 6), round(min(top, mean + reach), 6)


def _twice_below(counts: Counts) -> Counts:
    """Return for each prediction twice the number of others below it, ties counted once."""
    below: Counts = 2 * (np.cumsum(counts) - counts) + counts
    return below
