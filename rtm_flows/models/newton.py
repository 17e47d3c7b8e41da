"""A logistic regression that knows how sure it is of its weights: Newton's step, one pass.

In: rows of features, dense and few, and labels. Out: logits, each given before its row was
learned. It refuses to know what the features mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.steps import by_chance

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

WIDEST = 128
"""Most features: learning costs the square of their number."""

STEEPEST = 30.0
"""Logits are cut at this magnitude."""

_FLATTEST = 1e-4
_SHRINK = math.pi / 8.0


class Newton:
    """Logistic regression by online Newton steps, from a normal prior.

    The state is the mean of the weights and their covariance. An example with gradient
    `g = (p - y) x` and curvature `h = max(p (1 - p), 1e-4)` adds `h x x^T` to the inverse of the
    covariance, by River's `utils.math.sherman_morrison`, as River's `optim.Newton` does with the
    squared gradient; then the weights move by `-covariance g`. The chance that is predicted
    allows for what is not known: the logit is divided by `sqrt(1 + pi v / 8)`, v its variance
    (MacKay, 1992), so that a young model is not too sure.

    Equal to River's arithmetic up to the last bits (see the tests). Sums run in halves of a fixed
    width, element by element: no bit depends on how many rows are learned at once, or on how many
    features are known by then.

    Parameters
    ----------
    variance
        Prior variance of a weight.
    intercept_variance
        Prior variance of the first weight, the intercept.

    Attributes
    ----------
    weights, covariance
        Of the features known so far.

    Examples
    --------
    >>> model = Newton()
    >>> x = np.array([[1.0, -1.0], [1.0, 1.0]] * 50)
    >>> _ = model.learn_rows(x, [False, True] * 50)
    >>> model.predict_rows(x[:2]).round(1).tolist()
    [-2.0, 1.9]
    """

    def __init__(self, variance: float = 0.2, intercept_variance: float = 4.0) -> None:
        self.variance = variance
        self.weights: Vector = np.zeros(1)
        self.covariance: Matrix = np.array([[intercept_variance]])

    def predict_rows(self, x: Matrix) -> Vector:
        """Return the logit of each row; features never learned count for nothing."""
        known = len(self.weights)
        sums = _Sums(known)
        looks = [sums.look(row, self.weights, self.covariance) for row in x[:, :known]]
        return np.array([_moderate(*look) for look in looks], dtype=np.float64)

    def widened(self, more: int) -> Newton:
        """Return the regression that would be, had further features been 0 all along."""
        wide = Newton(self.variance)
        wide.weights, wide.covariance = self.weights.copy(), self.covariance.copy()
        wide._widen(len(self.weights) + more)
        return wide

    def learn_rows(
        self,
        x: Matrix,
        labels: Sequence[bool],
        after: Matrix | None = None,
        factors: Sequence[float | None] | None = None,
    ) -> Vector:
        """Learn rows in turn; return the logit of each as it was before.

        Rows may become wider from call to call, up to `WIDEST`: a new feature was 0 until then.

        Parameters
        ----------
        x, labels
            Rows, (rows, features), and what came true.
        after
            Where the weights after each row are written, (rows, features); None for nowhere.
        factors
            By which gradient and curvature of each row are multiplied; None for 1 each. A row
            with a factor below 0 is taken back: its gradient is, while the covariance stays, for
            what was looked at stays known. A factor that is None is `by_chance`.
        """
        self._widen(x.shape[1])
        weights, covariance = self.weights, self.covariance
        sums, logits = _Sums(len(weights)), []
        gain, step, change = sums.gain, np.empty(len(weights)), sums.table
        column = step[:, None]
        given = repeat(1.0) if factors is None else factors
        for at, (row, y, factor) in enumerate(zip(x, labels, given, strict=False)):
            logit, variance = sums.look(row, weights, covariance)
            logit = _moderate(logit, variance)
            logits.append(logit)
            p = 1.0 / (1.0 + math.exp(-logit))
            weight = by_chance(p, y) if factor is None else factor
            curvature = max(p * (1.0 - p) * weight, _FLATTEST) if weight > 0.0 else 0.0
            share = 1.0 + curvature * variance
            np.multiply(gain, (p - y) * weight / share, step)
            np.subtract(weights, step, weights)
            if after is not None:
                after[at] = weights
            # A square of one vector, so that the covariance stays symmetric to the bit.
            np.multiply(gain, math.sqrt(curvature / share), step)
            np.multiply(column, step, change)
            np.subtract(covariance, change, covariance)
        return np.array(logits, dtype=np.float64)

    def _widen(self, width: int) -> None:
        known = len(self.weights)
        if width <= known:
            return
        covariance = np.diag(np.full(width, self.variance))
        covariance[:known, :known] = self.covariance
        self.covariance = covariance
        self.weights = np.concatenate([self.weights, np.zeros(width - known)])


class _Sums:
    """The sums of one row: room for them, and the order in which they are taken."""

    def __init__(self, width: int) -> None:
        self.table: Matrix = np.empty((width, width))
        self.gain: Vector = np.empty(width)
        self._term: Vector = np.empty(width)
        self._run: Vector = np.empty(width)
        self._folds = _folds(self.table)

    def look(self, row: Vector, weights: Vector, covariance: Matrix) -> tuple[float, float]:
        """Return logit and variance of a row; `gain` is then covariance times row."""
        np.multiply(covariance, row[:, None], self.table)
        for low, high in self._folds:
            np.add(low, high, low)
        self.gain[:] = self.table[0]
        np.multiply(weights, row, self._term)
        logit = np.add.accumulate(self._term, 0, None, self._run).item(-1)
        np.multiply(self.gain, row, self._term)
        variance = np.add.accumulate(self._term, 0, None, self._run).item(-1)
        return logit, max(variance, 0.0)


def _folds(table: Matrix) -> list[tuple[Matrix, Matrix]]:
    """Return the parts to add to sum the rows of a table: upper half to lower, from `WIDEST`.

    The halves are those of the widest table, so that rows of zeros, which is what features not
    yet known are, change no bit.
    """
    half, folds = WIDEST // 2, []
    while half:
        upper = table[half : 2 * half]
        if len(upper):
            folds.append((table[: len(upper)], upper))
        half //= 2
    return folds


def _moderate(logit: float, variance: float) -> float:
    moderate = logit / math.sqrt(1.0 + _SHRINK * variance)
    return max(-STEEPEST, min(STEEPEST, moderate))
