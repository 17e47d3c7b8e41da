"""The learning kernel: a standard scaler and a logistic regression, one example at a time.

In: vectors of features in declared order, and labels. Out: probabilities, parameters to score
many rows with, and bytes to save. It refuses to know what the features mean, when an example
was labelled, and when a model is good enough to be believed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.saved import Saved, check_saved
from rtm_flows.models.sealed import seal, unseal

Vector = NDArray[np.float64]

LIMIT = 1e100
"""Largest magnitude of a feature that is learned; its square must not overflow."""

STEEPEST = 30.0
"""Logits are cut at this magnitude; River calls the probability beyond it 0 or 1."""

INTERCEPT_RATE = 0.01
"""Step of the intercept: River's default, whatever the learning rate."""

COUNTS = 3
"""Leading entries of a row of parameters: examples, positives, intercept."""

_FLAT = 1e-150
_STEEP = 18.0


def usable(x: Vector) -> NDArray[np.bool_]:
    """Tell which rows may be learned: every feature finite and of magnitude up to `LIMIT`.

    Examples
    --------
    >>> usable(np.array([[1.0, 2.0], [1.0, np.nan]])).tolist()
    [True, False]
    """
    rows: NDArray[np.bool_] = np.logical_and.reduce(np.absolute(x) <= LIMIT, axis=1)
    return rows


class Logistic:
    """River's `StandardScaler() | LogisticRegression(SGD(learning_rate))`, in columns.

    Equal to River up to the last bits (the tests compare weights after thousands of examples),
    at a fifth of the time. The order within one example is River's: the scaler learns first, the
    regression then learns the vector scaled with the new mean and variance; a prediction scales
    with the statistics as they are. A feature without variance counts as 0.

    The logit is the sum over features, in declared order, of `(x - mean) * slope`, where slope is
    weight over standard deviation; it starts from 0.0 and the intercept is added last, so that
    `score_rows` gives the same bits.

    Parameters
    ----------
    names
        Names of the features, in the order of the vectors.
    learning_rate
        Step of the weights.

    Attributes
    ----------
    n, positives
        Examples and positive examples learned.

    Examples
    --------
    >>> model = Logistic(["views", "cart"], learning_rate=0.1)
    >>> for i in range(100):
    ...     _ = model.learn(np.array([1.0, i % 2]), i % 2 == 1)
    >>> model.predict(np.array([1.0, 1.0])) > 0.8
    True
    """

    def __init__(self, names: Sequence[str], learning_rate: float = 0.01) -> None:
        size = len(names)
        self.names = tuple(names)
        self.learning_rate = learning_rate
        self.n = 0
        self.positives = 0
        self.intercept = 0.0
        self.weights: Vector = np.zeros(size)
        self._moments: Vector = np.zeros((2, size))
        self._slope: Vector = np.zeros(size)
        self._make_buffers(size)

    @property
    def mean(self) -> Vector:
        """Running mean of each feature."""
        return self._mean

    @property
    def var(self) -> Vector:
        """Running population variance of each feature."""
        return self._var

    def predict(self, x: Vector) -> float:
        """Return the probability of a positive label; changes nothing.

        `x` must be usable (see `usable`): other vectors give NaN, and numpy's warning.
        """
        terms = self._terms
        np.subtract(x, self._mean, terms)
        np.multiply(terms, self._slope, terms)
        logit = self._sum_terms()
        if logit > STEEPEST:
            logit = STEEPEST
        elif logit < -STEEPEST:
            logit = -STEEPEST
        # numpy's exp, and not math's, because score_rows must give the same bits.
        return 1.0 / (1.0 + float(np.exp(-logit)))

    def learn(self, x: Vector, y: bool) -> bool:
        """Learn one example; return False, and learn nothing, if `x` is not usable."""
        np.less_equal(np.absolute(x, self._scaled), self._limits, self._small)
        if b"\0" in self._small.tobytes():
            return False
        self.learn_usable(x, y)
        return True

    def learn_usable(self, x: Vector, y: bool) -> None:
        """Learn one example that is known to be usable."""
        scaled = self._scale(x)
        np.multiply(scaled, self.weights, self._terms)
        gradient = _gradient(self._sum_terms(), y)
        self._factor.fill(self.learning_rate * gradient)
        np.multiply(scaled, self._factor, scaled)
        np.subtract(self.weights, scaled, self.weights)
        np.divide(self.weights, self._std, self._slope)
        self.intercept -= INTERCEPT_RATE * gradient
        self.positives += bool(y)

    def parameters(self) -> Vector:
        """Return what scoring needs, as one new row of `COUNTS + 2 * features` numbers.

        Layout: examples, positives, intercept, then the mean of each feature, then the slope of
        each feature (weight over standard deviation, 0 for a feature without variance).
        """
        row = np.empty(COUNTS + 2 * len(self.names))
        self.write_parameters(row)
        return row

    def write_parameters(self, row: Vector) -> None:
        """Write what `parameters` returns into a row of that size."""
        row[0], row[1], row[2] = self.n, self.positives, self.intercept
        row[COUNTS : COUNTS + len(self.names)] = self._mean
        row[COUNTS + len(self.names) :] = self._slope

    def to_bytes(self) -> bytes:
        """Return the whole state; `from_bytes` reads it back to the bit."""
        record = Saved(
            names=list(self.names),
            learning_rate=self.learning_rate,
            n=self.n,
            positives=self.positives,
            intercept=self.intercept,
            mean=self.mean.tolist(),
            var=self.var.tolist(),
            weights=self.weights.tolist(),
        )
        return seal("logistic", record)

    @classmethod
    def from_bytes(cls, data: bytes, names: Sequence[str]) -> Logistic:
        """Read back a model saved with the same features.

        Raises
        ------
        RecoveryError
            If the bytes are damaged, or were saved with other features or for another River.
        """
        return cls.from_saved(check_saved(unseal("logistic", data, Saved), names))

    @classmethod
    def from_saved(cls, saved: Saved) -> Logistic:
        """Return a model with the state given."""
        model = cls(saved.names, saved.learning_rate)
        model.n, model.positives = saved.n, saved.positives
        model.intercept = saved.intercept
        model.weights[:] = saved.weights
        model._moments[:] = saved.mean, saved.var
        std = np.maximum(np.sqrt(model.var), _FLAT)
        # A feature that never varied has never moved its weight: 0 over _FLAT is 0.
        np.divide(model.weights, std, model._slope)
        return model

    def __reduce__(self) -> tuple[Callable[..., Logistic], tuple[bytes, tuple[str, ...]]]:
        """Copy and travel as saved bytes: the buffers are views of one another."""
        return Logistic.from_bytes, (self.to_bytes(), self.names)

    def _make_buffers(self, size: int) -> None:
        """Make the arrays in which a step is computed: making them anew would double its time."""
        self._mean: Vector = self._moments[0]
        self._var: Vector = self._moments[1]
        self._steps: Vector = np.zeros((2, size))
        self._difference, self._spread = self._steps
        self._scaled: Vector = np.zeros(size)
        self._std: Vector = np.ones(size)
        # 0.0, the terms, the intercept: its running sum ends in the logit.
        self._summands: Vector = np.zeros(size + 2)
        self._terms = self._summands[1:-1]
        self._sums: Vector = np.zeros(size + 2)
        self._small = np.zeros(size, dtype=np.bool_)
        # Constants as arrays: numpy takes 0.2 us to turn a float into one.
        self._limits: Vector = np.full(size, LIMIT)
        self._floor: Vector = np.full(size, _FLAT)
        self._factor: Vector = np.array(0.0)

    def _scale(self, x: Vector) -> Vector:
        """Learn mean and variance of one example, and return it scaled (a buffer)."""
        self.n = n = self.n + 1
        difference, spread, scaled = self._difference, self._spread, self._scaled
        np.subtract(x, self._mean, difference)
        self._factor.fill((n - 1) / n)
        # What is left of the difference once the mean has moved by 1/n of it.
        np.multiply(difference, self._factor, scaled)
        np.multiply(difference, scaled, spread)
        np.subtract(spread, self._var, spread)
        self._factor.fill(n)
        np.divide(self._steps, self._factor, self._steps)
        np.add(self._moments, self._steps, self._moments)
        np.sqrt(self._var, self._std)
        # Without variance the difference is 0 too, and 0 over the floor is River's 0.
        np.maximum(self._std, self._floor, out=self._std)
        np.divide(scaled, self._std, scaled)
        return scaled

    def _sum_terms(self) -> float:
        """Return the sum of the terms from the left, the intercept last."""
        self._summands[-1] = self.intercept
        np.add.accumulate(self._summands, 0, None, self._sums)
        return self._sums.item(-1)


def _gradient(logit: float, y: bool) -> float:
    """Return the derivative of the logistic loss by the logit, cut as River cuts it."""
    sign = -1.0 if y else 1.0
    margin = -sign * logit
    if margin > _STEEP:
        return math.exp(-margin) * sign
    if margin < -_STEEP:
        return sign
    return sign / (math.exp(margin) + 1.0)
