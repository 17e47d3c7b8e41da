"""Newton's steps, section 5 of the page, with River's scaler and River's Sherman-Morrison.

In: rows by name with labels, one at a time. Out: chances. It knows no tick and no version.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from river import optim, preprocessing, utils

PRIOR_VARIANCE = 0.2
PRIOR_VARIANCE_OF_INTERCEPT = 4.0
FLATTEST = 1e-4
STEEPEST = 30.0


class Newton:
    """A logistic regression that keeps the covariance of its weights; the intercept is first."""

    def __init__(self) -> None:
        self.scaler: Any = preprocessing.StandardScaler()
        self.weights: NDArray[np.float64] | None = None
        self.covariance = np.zeros((0, 0))

    def learn_one(self, values: Mapping[str, float], label: bool) -> None:
        """Learn one example: first the scaler, then the weights."""
        self.scaler.learn_one(dict(values))
        self.step(values, label, lambda _: 1.0)

    def step(
        self, values: Mapping[str, float], label: bool, weigh: Callable[[float], float]
    ) -> None:
        """Move the weights by an example that the scaler knows; its weight follows the chance."""
        row = self._row(values)
        if self.weights is None:
            self.weights = np.zeros(len(row))
            variances = [PRIOR_VARIANCE_OF_INTERCEPT] + [PRIOR_VARIANCE] * len(values)
            self.covariance = np.asfortranarray(np.diag(variances))
        variance = max(float(row @ self.covariance @ row), 0.0)
        chance = logistic(float(row @ self.weights) / math.sqrt(1.0 + math.pi * variance / 8.0))
        weight = weigh(chance)
        if weight > 0:
            root = math.sqrt(max(weight * chance * (1.0 - chance), FLATTEST)) * row
            utils.math.sherman_morrison(A=self.covariance, u=root, v=root)
        gradient = optim.losses.Log().gradient(label, math.log(chance / (1.0 - chance)))
        self.weights -= self.covariance @ row * gradient * weight

    def predict_proba_one(self, values: Mapping[str, float]) -> dict[bool, float]:
        """Return the chance by the mean weights and the scaler as it is."""
        logit = 0.0 if self.weights is None else float(self._row(values) @ self.weights)
        return {True: logistic(logit)}

    def _row(self, values: Mapping[str, float]) -> NDArray[np.float64]:
        return np.array([1.0, *self.scaler.transform_one(dict(values)).values()])


def logistic(logit: float) -> float:
    """Return the chance of a logit, cut where it is steep."""
    return 1.0 / (1.0 + math.exp(-max(-STEEPEST, min(STEEPEST, logit))))
