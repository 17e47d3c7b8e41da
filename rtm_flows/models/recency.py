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
    >>> seen, ago = Recency(), np.array([3.0, 2.0, 9.0])
    >>> seen.ask(ago, np.array([0, 1, 1]), np.array([True]), ago[:1], np.full(3, 0.1)).round(3)
    array([0.1  , 0.143, 0.1  ])
    """

    def __init__(self) -> None:
        self._examples: Ints = np.zeros(SPANS, dtype=np.int64)
        self._positives: Ints = np.zeros(SPANS, dtype=np.int64)

    def ask(
        self, ago: Vector, after: Ints, labels: Labels, told_ago: Vector, prior: Vector
    ) -> Vector:
        """Return chances, and count labels, some of which are told before some are asked.

        Parameters
        ----------
        ago
            Seconds, of each that is asked.
        after
            How many of the labels are told before it.
        labels, told_ago
            What came true, and the seconds of these.
        prior
            The rate when each is asked, whatever its span; it weighs as much as 20 examples.
        """
        span, told = spans(ago), spans(told_ago)
        order = np.argsort(told, kind="stable")
        # In one line: by span, and within it by when they were told.
        line = told[order] * (len(told) + 1) + order
        until = np.searchsorted(line, span * (len(told) + 1) + after)
        since = np.searchsorted(told[order], span)
        came = np.append(0, np.cumsum(labels[order], dtype=np.int64))
        examples = self._examples[span] + until - since
        positives = self._positives[span] + came[until] - came[since]
        self._examples += np.bincount(told, minlength=SPANS)
        self._positives += np.bincount(told[labels], minlength=SPANS)
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
