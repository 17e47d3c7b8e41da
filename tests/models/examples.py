"""Examples to learn from, made by a seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.logistic import Logistic

# So many that a sum which is not taken from left to right differs in its last bits.
NAMES = ("views", "value", "gap", "constant", "flag", *(f"noise_{at}" for at in range(15)))


def examples(n: int, seed: int = 1) -> tuple[NDArray[np.float64], list[bool]]:
    """Return rows of features of different scales, and labels that depend on them."""
    random = np.random.default_rng(seed)
    x = np.empty((n, len(NAMES)))
    x[:, 0] = random.poisson(3.0, n)
    x[:, 1] = random.lognormal(4.0, 1.5, n)
    x[:, 2] = 1_000.0 + random.exponential(60.0, n)
    x[:, 3] = 7.0
    x[:, 4] = random.random(n) < 0.1
    x[:, 5:] = random.normal(0.0, 1.0, (n, len(NAMES) - 5))
    logit = 0.5 * x[:, 0] - 2.5 + 0.3 * np.log(x[:, 1]) * x[:, 4]
    labels: list[bool] = (random.random(n) < 1.0 / (1.0 + np.exp(-logit))).tolist()
    return x, labels


def taught(n: int, seed: int = 1, learning_rate: float = 0.01) -> Logistic:
    """Return a model that has learned `n` of them."""
    model = Logistic(NAMES, learning_rate)
    x, y = examples(n, seed)
    for row, label in zip(x, y, strict=True):
        model.learn(row, label)
    return model
