"""A logistic regression over hashed places, each with a rate of its own: AdaGrad, one pass.

In: for each row the places that are 1 in it, and labels. Out: logits, each given before its row
was learned. It refuses to know what a place stands for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Places = NDArray[np.intp]

INTERCEPT_RATE = 0.05
"""Step of the intercept."""

EPS = 1.0
"""What squared gradients start from: a place seen once must not leap."""

_STEEPEST = 30.0


class AdaGrad:
    """River's `LogisticRegression(AdaGrad(rate, eps=1.0), intercept_lr=0.05)` over indicators.

    Equal to River up to the last bits (see the tests). The steps of a row are summed, so the
    rate falls with the number of places a row has: `reach / sqrt(active)`.

    Parameters
    ----------
    size
        Places there are.
    active
        Places that are 1 in a row, all different.
    reach
        Step of the logit, roughly, over the root of the places.

    Examples
    --------
    >>> model = AdaGrad(size=4, active=2)
    >>> places = np.array([[0, 2], [1, 2]] * 100)
    >>> _ = model.learn_rows(places, [False, True] * 100)
    >>> logits = model.predict_rows(places[:2])
    >>> [float(logit) > 1.0 for logit in logits]
    [False, True]
    """

    def __init__(self, size: int, active: int, reach: float = 0.4) -> None:
        self.rate = reach / math.sqrt(max(active, 1))
        self.intercept = 0.0
        self.weights: Vector = np.zeros(size)
        self.squares: Vector = np.full(size, EPS)

    def predict_rows(self, places: Places) -> Vector:
        """Return the logit of each row; changes nothing."""
        sums = np.zeros(places.shape[1] + 1)
        logits = [self._logit(sums, self.weights.take(row)) for row in places]
        return np.array(logits, dtype=np.float64)

    def learn_rows(self, places: Places, labels: Sequence[bool]) -> Vector:
        """Learn rows in turn; return the logit of each as it was before."""
        weights, squares = self.weights, self.squares
        sums, logits = np.zeros(places.shape[1] + 1), []
        for row, y in zip(places, labels, strict=True):
            own = weights.take(row)
            logit = self._logit(sums, own)
            logits.append(logit)
            gradient = 1.0 / (1.0 + math.exp(-logit)) - y
            square = squares.take(row)
            square += gradient * gradient
            squares[row] = square
            np.sqrt(square, square)
            np.divide(self.rate * gradient, square, square)
            own -= square
            weights[row] = own
            self.intercept -= INTERCEPT_RATE * gradient
        return np.array(logits, dtype=np.float64)

    def _logit(self, sums: Vector, own: Vector) -> float:
        sums[1:] = own
        sums[0] = self.intercept
        logit: float = np.add.accumulate(sums).item(-1)
        return max(-_STEEPEST, min(_STEEPEST, logit))
