"""Figures: how good chances were, exactly, with intervals.

In: chances, and the labels that came true. Out: the figures of a report. Sums are exact before
they are rounded once, so no figure depends on how they are added. It refuses to know who
predicted.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.log_loss import log_losses
from rtm_flows.models.ranking import (
    NORMAL,
    Counts,
    Interval,
    around,
    average_precision,
    roc_auc,
    roc_auc_95,
)

Vector = NDArray[np.float64]
Labels = NDArray[np.bool_]

BINS = 10
"""Parts of equal size for the calibration error."""

_DIGITS = 6


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How good chances were; None where a figure has no meaning.

    Attributes
    ----------
    n, positives
        Examples, and how many came true.
    roc_auc
        Chance that a positive one is ranked above a negative one; ties count half.
    roc_auc_95
        Its 95 percent interval, by DeLong, DeLong and Clarke-Pearson (1988).
    average_precision
        Mean precision at the positives, the best first; ties are taken together.
    log_loss, brier
        Mean of -log of the chance given to what came true, and of the squared distance.
    log_loss_95, brier_95
        Their 95 percent intervals: mean plus or minus 1.96 standard errors.
    ece
        Calibration error: the mean distance of chance and outcome over ten parts of equal size,
        from the smallest chances to the largest, ties in the order of the rows.
    """

    n: int
    positives: int
    roc_auc: float | None
    roc_auc_95: Interval | None
    average_precision: float | None
    log_loss: float | None
    log_loss_95: Interval | None
    brier: float | None
    brier_95: Interval | None
    ece: float | None


def figures(chances: Vector, labels: Labels) -> Figures:
    """Return the figures of a series of chances.

    Examples
    --------
    >>> found = figures(np.array([0.9, 0.2, 0.4, 0.1]), np.array([True, False, True, False]))
    >>> found.roc_auc, found.average_precision, round(found.brier, 3)
    (1.0, 1.0, 0.105)
    """
    rank, interval = area(chances, labels)
    loss, loss_95 = mean(log_losses(chances, labels))
    brier, brier_95 = mean((chances - labels) ** 2)
    return Figures(
        n=len(labels),
        positives=int(np.count_nonzero(labels)),
        roc_auc=rank,
        roc_auc_95=interval,
        average_precision=average_precision(*_counts(chances, labels)),
        log_loss=loss,
        log_loss_95=loss_95,
        brier=brier,
        brier_95=brier_95,
        ece=_calibration(chances, labels),
    )


def mean(values: Vector, *, low: float = 0.0) -> tuple[float | None, Interval | None]:
    """Return the mean and its 95 percent interval, cut off at `low`.

    Examples
    --------
    >>> mean(np.array([0.0, 1.0, 2.0, 3.0]))
    (1.5, (0.234849, 2.765151))
    """
    n = len(values)
    if not n:
        return None, None
    middle = math.fsum(values.tolist()) / n
    if n == 1:
        return round(middle, _DIGITS), None
    variance = math.fsum(((values - middle) ** 2).tolist()) / (n - 1)
    return round(middle, _DIGITS), around(middle, variance / n, low=low)


def wilson(positives: int, n: int) -> Interval:
    """Return the 95 percent interval of a share, by Wilson (1927); of nothing, from 0 to 1.

    Examples
    --------
    >>> wilson(0, 10), wilson(5, 10)
    ((0.0, 0.277533), (0.236593, 0.763407))
    """
    if not n:
        return 0.0, 1.0
    squared = NORMAL**2
    middle = (positives + squared / 2) / (n + squared)
    spread = positives * (n - positives) / n + squared / 4
    reach = NORMAL * math.sqrt(spread) / (n + squared)
    low = 0.0 if positives == 0 else max(0.0, middle - reach)
    high = 1.0 if positives == n else min(1.0, middle + reach)
    return round(low, _DIGITS), round(high, _DIGITS)


def tenths(chances: Vector) -> list[NDArray[np.intp]]:
    """Return the rows in ten parts of equal size, by rising chance, ties in the order of rows."""
    return np.array_split(np.argsort(chances, kind="stable"), BINS)


def area(chances: Vector, labels: Labels) -> tuple[float | None, Interval | None]:
    """Return the area under the ROC curve, and its interval by DeLong."""
    counts = _counts(chances, labels)
    return roc_auc(*counts), roc_auc_95(*counts)


def _counts(chances: Vector, labels: Labels) -> tuple[Counts, Counts]:
    """Return how many negatives and positives have each chance, from the lowest."""
    values, place = np.unique(chances, return_inverse=True)
    negatives = np.bincount(place[~labels], minlength=len(values))
    return negatives, np.bincount(place[labels], minlength=len(values))


def _calibration(chances: Vector, labels: Labels) -> float | None:
    if not len(labels):
        return None
    distance = 0.0
    for part in tenths(chances):
        hoped, came = math.fsum(chances[part].tolist()), int(np.count_nonzero(labels[part]))
        distance += abs(hoped - came)
    return round(distance / len(labels), _DIGITS)
