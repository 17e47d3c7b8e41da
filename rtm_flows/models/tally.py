"""A tally: what one series of predictions needs to be remembered by.

In: predictions in millionths, and labels, in order. Out: area under the curve and log loss. It
refuses to know who predicted.
"""

from __future__ import annotations

import math
from operator import mul

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.errors import RecoveryError

Counts = NDArray[np.int64]

SCALE = 1_000_000
"""Predictions are counted in millionths."""

BINS = 10_000
"""Equal bins of the prediction for the area under the curve."""

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


class Tally:
    """Counts per bin and label, and the sum of the log losses.

    Attributes
    ----------
    n, n_positives
        Predictions counted, and how many came true.
    """

    def __init__(self) -> None:
        self.n = 0
        self.n_positives = 0
        self._counts: Counts = np.zeros(2 * BINS, dtype=np.int64)
        self._loss = 0.0

    def add(self, predicted: Counts, labels: NDArray[np.bool_]) -> None:
        """Count predictions (millionths) and their labels; at least one."""
        bins = np.minimum(predicted // _BIN, BINS - 1) + BINS * labels
        self._counts += np.bincount(bins, minlength=2 * BINS)
        self.n += len(labels)
        self.n_positives += int(np.count_nonzero(labels))
        # A running sum, since the bits of a plain one change with the number of examples.
        steps = np.concatenate([[self._loss], losses(predicted, labels)])
        self._loss = float(np.add.accumulate(steps)[-1])

    def roc_auc(self) -> float | None:
        """Return the area under the curve, ties half, to six decimals; None for one class."""
        negatives, positives = self._counts[:BINS], self._counts[BINS:]
        pairs = self.n_positives * (self.n - self.n_positives)
        if not pairs:
            return None
        below = np.cumsum(negatives) - negatives
        # In Python's integers: twice the pairs may not fit into 64 bits.
        twice: int = sum(map(mul, positives.tolist(), (2 * below + negatives).tolist()))
        return round(twice / (2 * pairs), 6)

    def log_loss(self) -> float | None:
        """Return the mean log loss to six decimals; None before the first prediction."""
        return round(self._loss / self.n, 6) if self.n else None

    def saved(self) -> Saved:
        """Return the tally as plain values."""
        bins = np.flatnonzero(self._counts)
        return Saved(bins=bins.tolist(), counts=self._counts[bins].tolist(), loss=self._loss)

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
        )
        if not sound:
            msg = "saved tally holds numbers that no counting gives; restore an older snapshot"
            raise RecoveryError(msg)
        tally = cls()
        tally._counts[saved.bins] = saved.counts
        tally._loss = saved.loss
        tally.n = sum(saved.counts)
        tally.n_positives = int(tally._counts[BINS:].sum())
        return tally
