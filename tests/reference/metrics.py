"""Metrics of the fold's predictions: section 5 of the page.

In: predictions with their labels, in the order learned. Out: one mapping of figures. Predictions
are whole millionths here, so that the edges of bins are exact. It knows no model.
"""

from __future__ import annotations

import math
from typing import Any

AUC_BINS = 10_000
ECE_BINS = 15
MILLION = 10**6

Predictions = list[tuple[int, bool]]


def bin_of(millionths: int, bins: int) -> int:
    """Return the bin of a prediction; 1.0 is in the last one.

    Examples
    --------
    >>> bin_of(0, 15), bin_of(500_000, 10), bin_of(1_000_000, 10)
    (0, 5, 9)
    """
    return min(millionths * bins // MILLION, bins - 1)


def millionths(prediction: float) -> int:
    """Return a prediction in millionths, rounded."""
    return round(prediction * MILLION)


def roc_auc(predictions: Predictions) -> float | None:
    """Return how often a positive lies in a higher bin than a negative; ties count half.

    Examples
    --------
    >>> roc_auc([(200, False), (400, True), (400, False), (900, True)])
    0.875
    """
    positive = [bin_of(p, AUC_BINS) for p, label in predictions if label]
    negative = [bin_of(p, AUC_BINS) for p, label in predictions if not label]
    if not positive or not negative:
        return None
    wins = sum((a > b) + 0.5 * (a == b) for a in positive for b in negative)
    return round(wins / (len(positive) * len(negative)), 6)


def log_loss(predictions: Predictions) -> float | None:
    """Return the mean of -ln of the probability given to what happened."""
    if not predictions:
        return None
    total = 0.0
    for prediction, label in predictions:
        believed = prediction if label else MILLION - prediction
        total -= math.log(min(max(believed, 1), MILLION - 1) / MILLION)
    return round(total / len(predictions), 6)


def ece(predictions: Predictions) -> float | None:
    """Return the distance of mean prediction and rate over equal bins, weighted by their size."""
    if not predictions:
        return None
    off = 0
    for own_bin in range(ECE_BINS):
        inside = [(p, y) for p, y in predictions if bin_of(p, ECE_BINS) == own_bin]
        off += abs(sum(p for p, _ in inside) - MILLION * sum(y for _, y in inside))
    return round(off / (MILLION * len(predictions)), 6)


class Metrics:
    """The predictions of the fold and of the baselines beside it."""

    def __init__(self) -> None:
        self.model: Predictions = []
        self.prior: Predictions = []
        self.last_label: Predictions = []

    def update(self, prediction: float, running_prior: float, label: bool) -> None:
        """Add one example, predicted before it was learned."""
        after_positive = bool(self.model) and self.model[-1][1]
        self.last_label.append((millionths(0.9 if after_positive else 0.1), label))
        self.prior.append((millionths(running_prior), label))
        self.model.append((millionths(prediction), label))

    def figures(self) -> dict[str, Any]:
        """Return all figures, rounded to six decimals."""
        baselines = {"prior": self.prior, "last_label": self.last_label}
        return {
            "n": len(self.model),
            "positives": sum(label for _, label in self.model),
            "roc_auc": roc_auc(self.model),
            "log_loss": log_loss(self.model),
            "ece": ece(self.model),
            "baselines": {
                name: {"roc_auc": roc_auc(predictions), "log_loss": log_loss(predictions)}
                for name, predictions in baselines.items()
            },
        }
