"""The learning kernel: a standard scaler and a logistic regression, example after example.

In: vectors of features in declared order, and labels. Out: probabilities, parameters to score
many rows with, and bytes to save. It refuses to know what the features mean, when an example
was labelled, and when a model is good enough to be believed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.saved import Saved, check_saved
from rtm_flows.models.scaler import Scaled, Scaler
from rtm_flows.models.sealed import seal, unseal
from rtm_flows.models.steps import Steps, by_chance, plain

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

LIMIT = 1e100
"""Largest magnitude of a feature that is learned; its square must not overflow."""

STEEPEST = 30.0
"""Logits are cut at this magnitude; River calls the probability beyond it 0 or 1."""

INTERCEPT_RATE = 0.01
"""Step of the intercept: River's default, whatever the learning rate."""

COUNTS = 3
"""Leading entries of a row of parameters: examples, positives, intercept."""

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


def laid_out(
    examples: NDArray[np.int64],
    positives: int,
    labels: Sequence[bool],
    intercepts: Sequence[float] | Vector,
    weights: Matrix,
    scaled: Scaled,
) -> Matrix:
    """Return parameters before the first and after each of some steps, a row each.

    Parameters
    ----------
    examples
        Learned before the first and after each: one more than steps.
    positives
        Positive examples learned before.
    labels
        Of the steps.
    intercepts, weights
        Before the first and after each.
    scaled
        What the scaler made of them.
    """
    size = weights.shape[1]
    rows = np.empty((len(weights), COUNTS + 2 * size))
    rows[:, 0] = examples
    rows[:, 1] = positives + np.cumsum([False, *labels])
    rows[:, 2] = intercepts
    rows[:, COUNTS : COUNTS + size] = scaled.mean
    # A feature that never varied has never moved its weight: 0 over `FLAT` is 0.
    np.divide(weights, scaled.std, out=rows[:, COUNTS + size :])
    return rows


class Logistic:
    """River's `StandardScaler() | LogisticRegression(SGD(learning_rate))`, in columns.

    Equal to River up to the last bits (the tests compare weights after thousands of examples),
    at a tenth of the time. The order within one example is River's: the scaler learns first, the
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
    positives
        Positive examples learned.

    Examples
    --------
    >>> model = Logistic(["views", "cart"], learning_rate=0.1)
    >>> for i in range(100):
    ...     _ = model.learn(np.array([1.0, i % 2]), i % 2 == 1)
    >>> model.predict(np.array([1.0, 1.0])) > 0.8
    True
    """

    def __init__(self, names: Sequence[str], learning_rate: float = 0.01) -> None:
        self.names = tuple(names)
        self.learning_rate = learning_rate
        self.positives = 0
        self.intercept = 0.0
        self.weights: Vector = np.zeros(len(names))
        self.scaler = Scaler(len(names))

    @property
    def n(self) -> int:
        """Examples learned."""
        return self.scaler.n

    def predict(self, x: Vector) -> float:
        """Return the probability of a positive label; changes nothing.

        `x` must be usable (see `usable`): other vectors give NaN, and numpy's warning.
        """
        terms = (x - self.scaler.mean) * (self.weights / self.scaler.std)
        logit = float(np.add.accumulate([0.0, *terms.tolist(), self.intercept])[-1])
        logit = max(-STEEPEST, min(STEEPEST, logit))
        # numpy's exp, and not math's, because score_rows must give the same bits.
        return 1.0 / (1.0 + float(np.exp(-logit)))

    def learn(self, x: Vector, y: bool) -> bool:
        """Learn one example; return False, and learn nothing, if `x` is not usable."""
        row = x[None]
        if not usable(row)[0]:
            return False
        self.learn_steps(row, plain([y]))
        return True

    def learn_steps(self, x: Matrix, steps: Steps) -> Matrix:
        """Take steps in turn, with one usable row of `x` each; at least one.

        A step that is not new is scaled by what the scaler knows by then.

        Returns
        -------
        NDArray[np.float64]
            The parameters before the first and after each step, (steps + 1, parameters).
        """
        examples, scaled = self.scaler.learn_some(x, steps.new)
        weights, intercepts = self._descend(scaled.x, steps)
        rows = laid_out(examples, self.positives, steps.labels, intercepts, weights, scaled)
        self.positives = int(rows[-1, 1])
        self.intercept, self.weights = intercepts[-1], weights[-1].copy()
        return rows

    def widened(self, names: Sequence[str], values: Vector) -> Logistic:
        """Return the model that would be, had further features held these values all along.

        Parameters
        ----------
        names
            Names of all features, the further ones last.
        values
            Of these, as a model sees them.
        """
        wide = Logistic(names, self.learning_rate)
        wide.positives, wide.intercept = self.positives, self.intercept
        wide.scaler = self.scaler.widened(values)
        wide.weights = np.concatenate([self.weights, np.zeros(len(values))])
        return wide

    def parameters(self) -> Vector:
        """Return what scoring needs, as one new row of `COUNTS + 2 * features` numbers.

        Layout: examples, positives, intercept, then the mean of each feature, then the slope of
        each feature (weight over standard deviation, 0 for a feature without variance).
        """
        counts = [self.n, self.positives, self.intercept]
        return np.concatenate([counts, self.scaler.mean, self.weights / self.scaler.std])

    def to_bytes(self) -> bytes:
        """Return the whole state; `from_bytes` reads it back to the bit."""
        record = Saved(
            names=list(self.names),
            learning_rate=self.learning_rate,
            n=self.n,
            positives=self.positives,
            intercept=self.intercept,
            origin=self.scaler.origin.tolist(),
            total=self.scaler.total.tolist(),
            squares=self.scaler.squares.tolist(),
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
        model.positives, model.intercept = saved.positives, saved.intercept
        model.weights[:] = saved.weights
        scaler = model.scaler
        scaler.n = saved.n
        scaler.origin[:], scaler.total[:] = saved.origin, saved.total
        scaler.squares[:] = saved.squares
        return model

    def _descend(self, scaled: Matrix, steps: Steps) -> tuple[Matrix, list[float]]:
        """Take steps of the gradient, one a row; return weights and intercepts on the way."""
        size, intercept = len(self.names), self.intercept
        weights = np.empty((len(scaled) + 1, size))
        weights[0] = self.weights
        # 0.0, the terms, the intercept: its running sum ends in the logit.
        summands, sums, step = np.zeros(size + 2), np.empty(size + 2), np.empty(size)
        terms, factor = summands[1:-1], np.array(0.0)
        intercepts = [intercept]
        for x, before, after, y, weight in zip(
            scaled, weights, weights[1:], steps.labels, steps.weights, strict=False
        ):
            np.multiply(x, before, terms)
            summands[-1] = intercept
            np.add.accumulate(summands, 0, None, sums)
            gradient = _gradient(sums.item(-1), y)
            if weight != 1.0:
                gradient *= by_chance(_chance(sums.item(-1)), y) if weight is None else weight
            # Into an array: numpy takes 0.2 us to turn a float into one.
            factor.fill(self.learning_rate * gradient)
            np.multiply(x, factor, step)
            np.subtract(before, step, after)
            intercept -= INTERCEPT_RATE * gradient
            intercepts.append(intercept)
        return weights, intercepts


def _gradient(logit: float, y: bool) -> float:
    """Return the derivative of the logistic loss by the logit, cut as River cuts it."""
    sign = -1.0 if y else 1.0
    margin = -sign * logit
    if margin > _STEEP:
        return math.exp(-margin) * sign
    if margin < -_STEEP:
        return sign
    return sign / (math.exp(margin) + 1.0)


def _chance(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-STEEPEST, min(STEEPEST, logit))))
