"""What the response to an alarm is worth, on a stream that drifts at once.

In: seeds. Out: a table of log losses over the examples after the drift. Refuses to know the fold:
here a response is carried out between runs of a few examples.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.learning.streams import FEATURES, chances, new_model, rates, stream
from rtm_flows.models.drift import Drift, losses_beside
from rtm_flows.models.drift_rule import DriftRule
from rtm_flows.models.learner import Learner
from rtm_flows.models.log_loss import log_losses

Vector = NDArray[np.float64]
Labels = NDArray[np.bool_]

AFTER = 10_000
"""Examples after the drift over which the loss is taken."""

RUN = 100
"""Examples that are learned at once."""

MATURE, MATURE_POSITIVES = 200, 20
ERRORS = 2.0
"""Standard errors by which a model must be better to take the other's place."""

RATES = (0.1, 0.3)


class Model(Protocol):
    """What predicts examples before it learns them."""

    def learn(self, x: Vector, labels: Labels) -> Vector:
        """Learn examples in turn; return the chance of each as it was before."""
        ...


class Kernel:
    """The job's model."""

    def __init__(self) -> None:
        self._model = new_model()

    def learn(self, x: Vector, labels: Labels) -> Vector:
        """Learn examples in turn; return the chance of each as it was before."""
        return chances(self._model, x, labels)


class Table:
    """The default learner of tables."""

    def __init__(self) -> None:
        self._model = Learner([str(i) for i in range(FEATURES)], [])

    def learn(self, x: Vector, labels: Labels) -> Vector:
        """Learn examples in turn; return the chance of each as it was before."""
        none = np.zeros((len(x), 0), dtype=np.uint64)
        return self._model.learn_rows(x, none, labels.tolist())


class Served:
    """A model that gives the running rate until it is mature, as the job does."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._n = self._positives = 0

    def learn(self, x: Vector, labels: Labels, running: Vector) -> Vector:
        """Learn examples in turn; return the chance served of each before."""
        count = self._n + np.arange(len(x))
        positives = self._positives + np.cumsum(labels) - labels
        mature = (count >= MATURE) & (positives >= MATURE_POSITIVES)
        self._n, self._positives = self._n + len(x), self._positives + int(labels.sum())
        return np.where(mature, self._model.learn(x, labels), running)


def served(make: type[Kernel] | type[Table], response: str, x: Vector, labels: Labels) -> Vector:
    """Return the chances served on a stream under one response to drift."""
    drift, champion, young = Drift(DriftRule()), Served(make()), None
    running, parts, lead = rates(labels), [], np.empty(0)
    for start in range(0, len(x), RUN):
        part = slice(start, start + RUN)
        chance = champion.learn(x[part], labels[part], running[part])
        parts.append(chance)
        if young is not None:
            other = young.learn(x[part], labels[part], running[part])
            gain = log_losses(chance, labels[part]) - log_losses(other, labels[part])
            lead = np.concatenate([lead, gain])
            if _better(lead):
                champion, young = young, None
        if drift.add(losses_beside(chance, running[part], labels[part])):
            if response == "reset":
                champion = Served(make())
            elif response == "switch":
                young, lead = Served(make()), np.empty(0)
    return np.concatenate(parts)


def _better(lead: Vector) -> bool:
    enough = len(lead) >= 2 * MATURE
    return enough and float(lead.mean()) > ERRORS * float(lead.std()) / math.sqrt(len(lead))


def print_table(seeds: Iterable[int], size: int) -> None:
    """Print the mean log loss after an abrupt drift, less that of no response, with its error."""
    print("| model, rate | nothing done | reset, more | switch, more |\n|---|---|---|---|")
    for make in (Kernel, Table):
        for rate in RATES:
            losses = [_losses(make, rate, seed, size) for seed in seeds]
            nothing, reset, switch = zip(*losses, strict=True)
            more = [_more(other, nothing) for other in (reset, switch)]
            name = "job's model" if make is Kernel else "default learner"
            print(f"| {name}, {rate:.0%} | {np.mean(nothing):.4f} | {' | '.join(more)} |")


def _losses(
    make: type[Kernel] | type[Table], rate: float, seed: int, size: int
) -> tuple[float, float, float]:
    after = slice(size // 2, size // 2 + AFTER)
    x, labels = stream("abrupt", rate, seed, size)
    x, labels = x[: after.stop], labels[: after.stop]
    nothing, reset, switch = (
        float(log_losses(served(make, response, x, labels)[after], labels[after]).mean())
        for response in ("alert", "reset", "switch")
    )
    return nothing, reset, switch


def _more(losses: Sequence[float], nothing: Sequence[float]) -> str:
    difference = np.subtract(losses, nothing)
    error = difference.std(ddof=1) / math.sqrt(len(difference)) if len(difference) > 1 else 0.0
    return f"{difference.mean():+.4f} (se {error:.4f})"
