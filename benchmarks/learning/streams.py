"""Streams that drift: examples whose law is known, and how a model predicts them.

In: what drifts, the rate of positives, a seed. Out: features and labels; and a model's chances,
each given before its example was learned. Refuses to know the detectors.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.logistic import COUNTS, Logistic
from rtm_flows.models.steps import plain

Vector = NDArray[np.float64]
Labels = NDArray[np.bool_]

FEATURES = 12
"""Of normal values, each of the same weight, up or down."""

SPREAD = 1.2
"""Standard deviation of the true logit: the best ROC AUC is about 0.78."""

GRADUAL = 5000
"""Examples over which a gradual drift takes place."""

DAY = 5000
"""Examples a day, of the daily rhythm."""

KINDS = ("none", "daily rhythm", "abrupt", "gradual", "rate doubles")
"""What happens: nothing; the odds of a label go up and down by half each day; half of the weights
change their sign, at once or bit by bit; the rate of positives doubles."""


class Stream(NamedTuple):
    """Examples in order; what drifts does so in the middle."""

    x: Vector
    labels: Labels


def stream(kind: str, rate: float, seed: int, size: int) -> Stream:
    """Return a stream of one of the `KINDS`."""
    chance = np.random.default_rng(seed)
    x = chance.normal(size=(size, FEATURES))
    weights = chance.choice([-1.0, 1.0], size=FEATURES) * SPREAD / np.sqrt(FEATURES)
    flipped = np.where(np.arange(FEATURES) % 2, weights, -weights)
    place, half = np.arange(size), size // 2
    share = np.zeros(size)
    if kind == "abrupt":
        share[half:] = 1.0
    elif kind == "gradual":
        share = np.clip((place - half) / GRADUAL, 0.0, 1.0)
    before = (x * weights).sum(axis=1)
    logits = before * (1.0 - share) + (x * flipped).sum(axis=1) * share
    logits += _intercept(before, rate)
    if kind == "daily rhythm":
        logits += 0.7 * np.sin(2.0 * np.pi * place / DAY)
    elif kind == "rate doubles":
        logits[half:] += _intercept(before, 2.0 * rate) - _intercept(before, rate)
    return Stream(x, chance.random(size) < 1.0 / (1.0 + np.exp(-logits)))


def _intercept(logits: Vector, rate: float) -> float:
    """Return what to add to logits for labels to have this rate."""
    low, high = -20.0, 20.0
    for _ in range(40):
        middle = (low + high) / 2.0
        too_low = np.mean(1.0 / (1.0 + np.exp(-logits - middle))) < rate
        low, high = (middle, high) if too_low else (low, middle)
    return low


def chances(model: Logistic, x: Vector, labels: Labels) -> Vector:
    """Let a model learn examples in turn; return its chance of each as it was before."""
    parts = []
    for start in range(0, len(x), 4096):
        part = slice(start, start + 4096)
        rows = model.learn_steps(x[part], plain(labels[part].tolist()))[:-1]
        means, slopes = rows[:, COUNTS : COUNTS + FEATURES], rows[:, COUNTS + FEATURES :]
        logits = ((x[part] - means) * slopes).sum(axis=1) + rows[:, 2]
        parts.append(1.0 / (1.0 + np.exp(-logits)))
    return np.concatenate(parts)


def rates(labels: Labels) -> Vector:
    """Return the running rate before each example: the score of an immature model."""
    positives: Vector = np.add.accumulate(labels, dtype=np.float64) - labels
    running: Vector = (positives + 1.0) / (np.arange(len(labels)) + 20.0)
    return running


def new_model() -> Logistic:
    """Return the model of the job, with its default learning rate."""
    return Logistic([str(i) for i in range(FEATURES)])
