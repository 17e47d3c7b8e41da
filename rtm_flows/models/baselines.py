"""Baselines: what anybody would say without a model, from the labels so far.

In: counts, or labels in order. Out: chances, each from what came before it. It refuses to see a
feature.
"""

from __future__ import annotations

from typing import overload

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Labels = NDArray[np.bool_]
Counts = NDArray[np.int64]


@overload
def rate(examples: int, positives: int) -> float: ...
@overload
def rate(examples: Counts | Vector, positives: Counts | Vector) -> Vector: ...
def rate(examples: int | Counts | Vector, positives: int | Counts | Vector) -> float | Vector:
    """Return the rate of positives as believed after so many examples, one in twenty at first.

    Examples
    --------
    >>> rate(0, 0), rate(80, 9)
    (0.05, 0.1)
    """
    return (positives + 1) / (examples + 20)


def running_prior(labels: Labels, examples: int = 0, positives: int = 0) -> Vector:
    """Return the rate before each label, if so many came before the first.

    Examples
    --------
    >>> running_prior(np.array([True, False, False])).round(3).tolist()
    [0.05, 0.095, 0.091]
    """
    came = positives + np.cumsum(labels, dtype=np.int64) - labels
    return rate(examples + np.arange(len(labels), dtype=np.int64), came)


def last_label(labels: Labels, before: bool = False) -> Vector:
    """Return 0.9 after a positive label and 0.1 after any other, `before` being before the first.

    Examples
    --------
    >>> last_label(np.array([True, False, False])).tolist()
    [0.1, 0.9, 0.1]
    """
    last = np.concatenate([[before], labels[:-1]])
    chances: Vector = np.where(last, 0.9, 0.1)
    return chances
