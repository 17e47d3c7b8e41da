"""Resampling: how far a model's value moves when other people had been logged.

In: a log and a reward model. Out: standard errors. It refuses to know estimators with deviations
of their own.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from rtm_flows.measure.logged import Logged
from rtm_flows.measure.reward_models import RewardModel, predicted

Vector = NDArray[np.float64]


def direct_errors(
    log: Logged, model: RewardModel, *, resamples: int, seed: int
) -> tuple[float, float]:
    """Return the standard errors of the direct method's value, and of it less the log's mean.

    The bootstrap of Efron (1979) over people: as many are drawn as there are, with replacement, and
    the model is fitted anew to their rows. So the model's chance errors are in it; what the model
    cannot express is not.
    """
    rng = np.random.default_rng(seed)
    people = int(log.person.max()) + 1
    everyone = np.arange(len(log.person))
    values, differences = [], []
    for _ in range(resamples):
        drawn = np.bincount(rng.integers(0, people, people), minlength=people)[log.person]
        means = log.strategy.mean(predicted(log, model, np.repeat(everyone, drawn)))
        value = math.fsum((drawn * means).tolist()) / int(drawn.sum())
        mean = math.fsum((drawn * log.reward).tolist()) / int(drawn.sum())
        values.append(value)
        differences.append(value - mean)
    return deviation(values), deviation(differences)


def deviation(values: list[float]) -> float:
    """Return the sample deviation of some numbers, two or more.

    Examples
    --------
    >>> deviation([1.0, 2.0, 3.0])
    1.0
    """
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
