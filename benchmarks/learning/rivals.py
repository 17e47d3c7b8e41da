"""Detectors beside the package's own: River's, one loss at a time.

In: a stream's losses, or squared errors. Out: the places of the alarms. Refuses to save anything:
that is what the package's own are for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from river import drift
from river.drift import binary

from benchmarks.learning.streams import rates
from rtm_flows.models.drift import Drift, losses_beside
from rtm_flows.models.drift_rule import DriftRule
from rtm_flows.models.log_loss import log_losses

Vector = NDArray[np.float64]
Labels = NDArray[np.bool_]

_WARM_UP = 1000


class Rival(NamedTuple):
    """A detector and what it looks at."""

    name: str
    signal: Callable[[Vector, Labels], Vector]
    alarms: Callable[[Vector], list[int]]


def loss(chances: Vector, labels: Labels) -> Vector:
    """Return the log loss as it is."""
    return log_losses(chances, labels)


def beside(chances: Vector, labels: Labels) -> Vector:
    """Return the log loss less that of the running rate."""
    return losses_beside(chances, rates(labels), labels)


def brier(chances: Vector, labels: Labels) -> Vector:
    """Return the squared error: from 0 to 1, as detectors of errors need."""
    return (chances - labels) ** 2


def ours(
    detector: Literal["windows", "page_hinkley"], sensitivity: Literal["low", "medium", "high"]
) -> Callable[[Vector], list[int]]:
    """Return the package's detector under a rule."""
    rule = DriftRule(detector=detector, sensitivity=sensitivity, warm_up=_WARM_UP)
    return lambda losses: Drift(rule).add(losses)


def theirs(make: Callable[[], Any]) -> Callable[[Vector], list[int]]:
    """Return one of River's, fed one value at a time; a fall of ADWIN's mean is no alarm."""

    def alarms(values: Vector) -> list[int]:
        detector, places = make(), []
        for place, value in enumerate(values.tolist()):
            before = getattr(detector, "estimation", None)
            detector.update(value)
            if detector.drift_detected and (before is None or detector.estimation > before):
                places.append(place)
        return places

    return alarms


def _adwin() -> Any:
    make: Any = drift.ADWIN  # River gives it no types
    return make(delta=1e-4)


RIVALS = (
    Rival("windows, low", beside, ours("windows", "low")),
    Rival("**windows, medium**", beside, ours("windows", "medium")),
    Rival("windows, high", beside, ours("windows", "high")),
    Rival("windows, medium, loss as it is", loss, ours("windows", "medium")),
    Rival("page_hinkley, low", beside, ours("page_hinkley", "low")),
    Rival("page_hinkley, medium", beside, ours("page_hinkley", "medium")),
    Rival("page_hinkley, high", beside, ours("page_hinkley", "high")),
    Rival("page_hinkley, medium, loss as it is", loss, ours("page_hinkley", "medium")),
    Rival(
        "River PageHinkley(delta 0.05, threshold 25), loss as it is",
        loss,
        theirs(lambda: drift.PageHinkley(500, 0.05, 25.0, 0.9999, "up")),
    ),
    Rival("River ADWIN(delta 0.0001)", beside, theirs(_adwin)),
    Rival("River ADWIN(delta 0.002)", beside, theirs(drift.ADWIN)),
    Rival("River ADWIN(delta 0.002), loss as it is", loss, theirs(drift.ADWIN)),
    Rival("River DDM(warm start 1000), squared error", brier, theirs(lambda: binary.DDM(1000))),
    Rival("River HDDM_A, squared error", brier, theirs(binary.HDDMA)),
)
"""All that are compared; with `beside` unless the name says otherwise."""
