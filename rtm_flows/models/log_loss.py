"""The log loss of chances: how surprised somebody was who believed them.

In: chances, and the labels that came true. Out: a loss each. It refuses to know who predicted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

CLIP = 1e-6
"""No chance counts as nearer to 0 or 1."""


def log_losses(chances: Vector, labels: Sequence[bool] | NDArray[np.bool_]) -> Vector:
    """Return of each prediction -log of the chance given to what came true, in nats.

    Examples
    --------
    >>> log_losses(np.array([0.5, 1.0]), [True, False]).round(3).tolist()
    [0.693, 13.816]
    """
    right = np.where(labels, chances, 1.0 - chances)
    losses: Vector = -np.log(np.clip(right, CLIP, 1.0 - CLIP))
    return losses
