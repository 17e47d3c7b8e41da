"""A tally: what one series of predictions needs to be remembered by.

In: predictions in millionths, and labels, in order. Out: how well they ranked, how surprised they
were, how well they were calibrated. It refuses to know who predicted.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.errors import RecoveryError
from rtm_flows.models import ranking
from rtm_flows.models.ranking import Interval, around

Counts = NDArray[np.int64]

SCALE = 1_000_000
"""Predictions are counted in millionths."""

BINS = 10_000
"""Equal bins of the prediction for the area under the curve."""

ECE_BINS = 15
"""Equal bins of the prediction for the calibration error."""

PARTS = 10
"""Parts of about equal size in which calibration is told."""

_BIN = SCALE // BINS


def micros(p: NDArray[np.float64]) -> Counts:
    """Return predictions in millionths, rounded to the nearest.

    Examples
    --------
    >>> micros(np.array([0.0003, 1.0])).tolist()
    [300, 1000000]
    """
    whole: Counts = np.rint(p * SCALE).astype(np.int64)
    return whole


class Part(msgspec.Struct, frozen=True):
    """What came of predictions that were about alike.

    Attributes
    ----------
    n
        Predictions.
    predicted
        Their mean.
    observed
        The share that came true.
    """

    n: int
    predicted: float
    observed: float


def losses(predicted: Counts, labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the log loss of each prediction, which is clipped to [1e-6, 1 - 1e-6].

    Examples
    --------
    >>> losses(np.array([500_000, 0]), np.array([True, False])).round(3).tolist()
    [0.693, 0.0]
    """
    believed = np.where(labels, predicted, SCALE - predicted)
    each: NDArray[np.float64] = -np.log(np.clip(believed, 1, SCALE - 1) / SCALE)
    return each


class Saved(msgspec.Struct, kw_only=True):
    """A tally as plain values: the bins that are not empty, negatives before positives."""

    bins: list[int]
    counts: list[int]
    loss: float
    loss_squares: float
    distance: str
    """Squared distance in millionths; as text, since it may not fit into 64 bits."""
    ece_sum: list[int]
    ece_positives: list[int]


class Tally:
    """Counts per bin and label, and the sums of losses and distances.

    Attributes
    ----------
    n, n_positives
        Predictions counted, and how many came true.

    Examples
    --------
    >>> tally = Tally()
    >>> tally.add(np.array([200_000, 700_000, 400_000]), np.array([False, True, False]))
    >>> tally.roc_auc(), tally.average_precision(), tally.brier()
    (1.0, 1.0, 0.096667)
    """

    def __init__(self) -> None:
        self.n = 0
        self.n_positives = 0
        self._counts: Counts = np.zeros(2 * BINS, dtype=np.int64)
        self._loss = 0.0
        self._loss_squares = 0.0
        self._distance = 0
        self._ece_sum: Counts = np.zeros(ECE_BINS, dtype=np.int64)
        self._ece_positives: Counts = np.zeros(ECE_BINS, dtype=np.int64)

    def add(self, predicted: Counts, labels: NDArray[np.bool_]) -> None:
        """Count predictions (millionths) and their labels."""
        bins = np.minimum(predicted // _BIN, BINS - 1) + BINS * labels
        np.add.at(self._counts, bins, 1)
        self.n += len(labels)
        self.n_positives += int(np.count_nonzero(labels))
        each = losses(predicted, labels)
        # Running sums, since the bits of a plain one change with the number of examples.
        self._loss = _running(self._loss, each)
        self._loss_squares = _running(self._loss_squares, each * each)
        self._distance += int(((predicted - SCALE * labels) ** 2).sum())
        wide = np.minimum(predicted * ECE_BINS // SCALE, ECE_BINS - 1)
        np.add.at(self._ece_sum, wide, predicted)
        np.add.at(self._ece_positives, wide, labels)

    def roc_auc(self) -> float | None:
        """Return the area under the curve, ties half, to six decimals; None for one class."""
        return ranking.roc_auc(self._counts[:BINS], self._counts[BINS:])

    def roc_auc_95(self) -> Interval | None:
        """Return its 95 percent interval, DeLong's; None with fewer than two of a class."""
        return ranking.roc_auc_95(self._counts[:BINS], self._counts[BINS:])

    def average_precision(self) -> float | None:
        """Return the mean precision at the positives to six decimals; None without any."""
        return ranking.average_precision(self._counts[:BINS], self._counts[BINS:])

    def log_loss(self) -> float | None:
        """Return the mean log loss to six decimals; None before the first prediction."""
        return round(self._loss / self.n, 6) if self.n else None

    def log_loss_95(self) -> Interval | None:
        """Return its 95 percent interval: the mean plus or minus 1.96 standard errors."""
        if self.n < 2:
            return None
        mean = self._loss / self.n
        spread = max(self._loss_squares - self._loss * mean, 0.0)
        return around(mean, spread / (self.n - 1) / self.n)

    def brier(self) -> float | None:
        """Return the mean squared distance of prediction and outcome; None without any."""
        return round(self._distance / (SCALE * SCALE * self.n), 6) if self.n else None

    def ece(self) -> float | None:
        """Return the mean distance of prediction and rate over 15 equal bins; None without any."""
        if not self.n:
            return None
        distance = int(np.abs(self._ece_sum - SCALE * self._ece_positives).sum())
        return round(distance / (SCALE * self.n), 6)

    def calibration(self) -> list[Part]:
        """Return what came true of about equally many predictions each, the lowest first.

        Predictions of one bin of 1/10,000 stay together and count as its middle; so parts may be
        fewer than ten, and are none without predictions.
        """
        counts, positives = self._counts[:BINS] + self._counts[BINS:], self._counts[BINS:]
        used = np.flatnonzero(counts)
        before = np.cumsum(counts[used]) - counts[used]
        part = before * PARTS // max(self.n, 1)
        parts = []
        for first, last in runs(part):
            own = used[first:last]
            n = int(counts[own].sum())
            middles = int(((2 * own + 1) * counts[own]).sum())
            came = int(positives[own].sum())
            parts.append(Part(n, round(middles / (2 * BINS * n), 6), round(came / n, 6)))
        return parts

    def saved(self) -> Saved:
        """Return the tally as plain values."""
        bins = np.flatnonzero(self._counts)
        return Saved(
            bins=bins.tolist(),
            counts=self._counts[bins].tolist(),
            loss=self._loss,
            loss_squares=self._loss_squares,
            distance=str(self._distance),
            ece_sum=self._ece_sum.tolist(),
            ece_positives=self._ece_positives.tolist(),
        )

    @classmethod
    def from_saved(cls, saved: Saved) -> Tally:
        """Return a tally with the state given.

        Raises
        ------
        RecoveryError
            If the values cannot be those of a tally.
        """
        sound = (
            len(saved.bins) == len(saved.counts)
            and all(0 <= at < 2 * BINS for at in saved.bins)
            and all(count > 0 for count in saved.counts)
            and math.isfinite(saved.loss)
            and math.isfinite(saved.loss_squares)
            and saved.distance.isdecimal()
            and len(saved.ece_sum) == len(saved.ece_positives) == ECE_BINS
        )
        if not sound:
            msg = "saved tally holds numbers that no counting gives; restore an older snapshot"
            raise RecoveryError(msg)
        tally = cls()
        tally._counts[saved.bins] = saved.counts
        tally._loss, tally._loss_squares = saved.loss, saved.loss_squares
        tally._distance = int(saved.distance)
        tally._ece_sum[:], tally._ece_positives[:] = saved.ece_sum, saved.ece_positives
        tally.n = sum(saved.counts)
        tally.n_positives = int(tally._counts[BINS:].sum())
        return tally


def _running(start: float, values: NDArray[np.float64]) -> float:
    return float(np.add.accumulate(np.concatenate([[start], values]))[-1])


def runs(keys: Counts) -> list[tuple[int, int]]:
    """Return where runs of equal keys begin and end.

    Examples
    --------
    >>> runs(np.array([4, 4, 7]))
    [(0, 2), (2, 3)]
    """
    if not len(keys):
        return []
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])).tolist()
    return list(zip(starts, [*starts[1:], len(keys)], strict=True))
