"""The baseline `recency`: the rate of positives among those last seen as long ago.

In: seconds since somebody was last seen, and labels in order. Out: chances, each from what came
before it. It refuses to know whose seconds these are, and since what.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.errors import RecoveryError

SPANS = 64
"""Spans of time, each twice as long as the one before."""
_WEIGHT = 20

Vector = NDArray[np.float64]
Labels = NDArray[np.bool_]
Ints = NDArray[np.int64]


def spans(seconds: Vector) -> Ints:
    """Return the span of each number of seconds: 0 below 1, and k from 2^(k - 1) to 2^k.

    Examples
    --------
    >>> spans(np.array([0.0, 0.9, 1.0, 1.9, 2.0, 3.9, 4.0, 1e300])).tolist()
    [0, 0, 1, 1, 2, 2, 3, 63]
    """
    _, exponents = np.frexp(np.maximum(seconds, 0.5))
    return np.clip(exponents, 0, SPANS - 1).astype(np.int64)


class SavedRecency(msgspec.Struct, kw_only=True):
    """The counts as plain values, by span."""

    examples: list[int]
    positives: list[int]


class Recency:
    """Counts of examples and positives by span.

    Examples
    --------
    >>> labels, ago, prior = np.array([True, False, True]), np.array([3.0, 2.0, 9.0]), np.ones(3)
    >>> Recency().follow(ago, labels, prior * 0.1).round(3).tolist()
    [0.1, 0.143, 0.1]
    """

    def __init__(self) -> None:
        self._examples: Ints = np.zeros(SPANS, dtype=np.int64)
        self._positives: Ints = np.zeros(SPANS, dtype=np.int64)

    def follow(self, ago: Vector, labels: Labels, prior: Vector) -> Vector:
        """Return the chance before each example, and count it.

        Parameters
        ----------
        ago
            Seconds.
        labels
            What came true.
        prior
            The rate before each example, whatever its span; it weighs as much as 20 examples.
        """
        span = spans(ago)
        order = np.argsort(span, kind="stable")
        own = span[order]
        earlier = np.arange(len(own), dtype=np.int64)
        came = np.cumsum(labels[order], dtype=np.int64) - labels[order]
        first = np.searchsorted(own, own)
        examples, positives = np.empty_like(span), np.empty_like(span)
        examples[order] = self._examples[own] + earlier - first
        positives[order] = self._positives[own] + came - came[first]
        self._examples += np.bincount(span, minlength=SPANS)
        self._positives += np.bincount(span[labels], minlength=SPANS)
        chances: Vector = (positives + _WEIGHT * prior) / (examples + _WEIGHT)
        return chances

    def saved(self) -> SavedRecency:
        """Return the counts as plain values."""
        return SavedRecency(examples=self._examples.tolist(), positives=self._positives.tolist())

    @classmethod
    def from_saved(cls, saved: SavedRecency) -> Recency:
        """Return counts with the state given.

        Raises
        ------
        RecoveryError
            If the values cannot be those of a count.
        """
        if not len(saved.examples) == len(saved.positives) == SPANS or not all(
            0 <= came <= count for count, came in zip(saved.examples, saved.positives, strict=True)
        ):
            msg = "saved recency holds numbers that no counting gives; restore an older snapshot"
            raise RecoveryError(msg)
        recency = cls()
        recency._examples[:], recency._positives[:] = saved.examples, saved.positives
        return recency
