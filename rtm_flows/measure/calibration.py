"""Calibration: whether chances can be taken at their word, and what is gained by their order.

In: chances, and the labels that came true. Out: ten bins of equal size, and what the rows of the
highest chances hold. It refuses to know who predicted.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.measure.figures import tenths, wilson
from rtm_flows.models.ranking import Interval

Vector = NDArray[np.float64]
Labels = NDArray[np.bool_]

SHARES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Shares of all rows for which the gain is told."""

_DIGITS = 6


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """A tenth of the rows, by chance.

    Attributes
    ----------
    n, positives
        Rows, and how many came true.
    low, high
        Least and largest chance.
    predicted
        Mean chance.
    observed, observed_95
        Share that came true, and its 95 percent interval by Wilson (1927).
    """

    n: int
    positives: int
    low: float
    high: float
    predicted: float
    observed: float
    observed_95: Interval


class Gain(msgspec.Struct, frozen=True, kw_only=True):
    """What the rows of the highest chances hold.

    Attributes
    ----------
    share, n
        Of all rows, rounded up to whole rows.
    positives, captured
        Positives among them, and their share of all positives.
    lift
        Their rate over the rate of all rows.
    """

    share: float
    n: int
    positives: int
    captured: float
    lift: float


def calibration(chances: Vector, labels: Labels) -> list[Bin]:
    """Return the bins of the expected calibration error, from the smallest chances to the largest.

    Examples
    --------
    >>> found = calibration(np.linspace(0.0, 1.0, 100), np.arange(100) % 2 == 0)
    >>> len(found), found[0].n, found[0].positives, round(found[0].predicted, 3)
    (10, 10, 5, 0.045)
    """
    return [_bin(chances[part], labels[part]) for part in tenths(chances) if len(part)]


def _bin(chances: Vector, labels: Labels) -> Bin:
    n, positives = len(labels), int(np.count_nonzero(labels))
    return Bin(
        n=n,
        positives=positives,
        low=round(float(chances.min()), _DIGITS),
        high=round(float(chances.max()), _DIGITS),
        predicted=round(math.fsum(chances.tolist()) / n, _DIGITS),
        observed=round(positives / n, _DIGITS),
        observed_95=wilson(positives, n),
    )


def gains(chances: Vector, labels: Labels) -> list[Gain]:
    """Return what is found first if rows are taken by falling chance; nothing without positives.

    Ties are taken in the order of the rows.

    Examples
    --------
    >>> chances = np.array([0.9, 0.1, 0.2, 0.3, 0.4, 0.1, 0.1, 0.2, 0.3, 0.4])
    >>> labels = np.arange(10) < 2
    >>> [(gain.n, gain.captured, gain.lift) for gain in gains(chances, labels)][1]
    (1, 0.5, 5.0)
    """
    n, positives = len(labels), int(np.count_nonzero(labels))
    if not positives:
        return []
    found = np.cumsum(labels[np.argsort(-chances, kind="stable")], dtype=np.int64).tolist()
    rows = [(share, math.ceil(round(share * n, _DIGITS))) for share in SHARES]
    return [
        Gain(
            share=share,
            n=first,
            positives=found[first - 1],
            captured=round(found[first - 1] / positives, _DIGITS),
            lift=round(found[first - 1] * n / (first * positives), _DIGITS),
        )
        for share, first in rows
    ]
