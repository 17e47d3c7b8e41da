"""Metrics of the fold's predictions: section 5 of the page.

In: predictions with their labels, in the order learned. Out: one mapping of figures. Predictions
are whole millionths here, so that the edges of bins are exact. It knows no model.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping
from typing import Any

BASELINES = ("prior", "last_label", "recency")
AUC_BINS = 10_000
ECE_BINS = 15
PARTS = 10
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


def interval(mean: float, variance_of_mean: float, top: float = math.inf) -> list[float]:
    """Return where the truth is 95 times in 100, within 0 and `top`."""
    reach = 1.959964 * math.sqrt(variance_of_mean)
    return [round(max(0.0, mean - reach), 6), round(min(top, mean + reach), 6)]


def roc_auc_95(predictions: Predictions) -> list[float] | None:
    """Return DeLong's interval, from what each prediction wins against those of the other label."""
    positive = [bin_of(p, AUC_BINS) for p, label in predictions if label]
    negative = [bin_of(p, AUC_BINS) for p, label in predictions if not label]
    if len(positive) < 2 or len(negative) < 2:
        return None
    above = [statistics.fmean((a > b) + 0.5 * (a == b) for b in negative) for a in positive]
    under = [statistics.fmean((a > b) + 0.5 * (a == b) for a in positive) for b in negative]
    area = statistics.fmean(above)
    spread = sum(statistics.variance(shares) / len(shares) for shares in (above, under))
    return interval(area, spread, top=1.0)


def average_precision(predictions: Predictions) -> float | None:
    """Return the mean, over positives, of the rate among those predicted at least as high."""
    binned = [(bin_of(p, AUC_BINS), label) for p, label in predictions]
    if not any(label for _, label in binned):
        return None
    rates = [
        statistics.fmean(label for other, label in binned if other >= own)
        for own, positive in binned
        if positive
    ]
    return round(statistics.fmean(rates), 6)


def log_loss_95(predictions: Predictions) -> list[float] | None:
    """Return the interval of the mean of losses that are independent."""
    if len(predictions) < 2:
        return None
    losses = [
        -math.log(min(max(p if label else MILLION - p, 1), MILLION - 1) / MILLION)
        for p, label in predictions
    ]
    return interval(statistics.fmean(losses), statistics.variance(losses) / len(losses))


def brier(predictions: Predictions) -> float | None:
    """Return the mean squared distance from what happened."""
    if not predictions:
        return None
    return round(statistics.fmean((p / MILLION - label) ** 2 for p, label in predictions), 6)


def calibration(predictions: Predictions) -> list[dict[str, Any]]:
    """Return ten parts, from the lowest: how many, the mean of their bins' middles, the rate."""
    parts: dict[int, Predictions] = {}
    binned = [(bin_of(p, AUC_BINS), label) for p, label in predictions]
    for own, label in binned:
        lower = sum(other < own for other, _ in binned)
        parts.setdefault(lower * PARTS // len(binned), []).append((own, label))
    return [
        {
            "n": len(part),
            "predicted": round(statistics.fmean((own + 0.5) / AUC_BINS for own, _ in part), 6),
            "observed": round(statistics.fmean(label for _, label in part), 6),
        }
        for _, part in sorted(parts.items())
    ]


def quality(predictions: Predictions) -> dict[str, Any]:
    """Return how good a series of predictions was."""
    return {
        "n": len(predictions),
        "positives": sum(label for _, label in predictions),
        "roc_auc": roc_auc(predictions),
        "roc_auc_95": roc_auc_95(predictions),
        "average_precision": average_precision(predictions),
        "log_loss": log_loss(predictions),
        "log_loss_95": log_loss_95(predictions),
        "brier": brier(predictions),
        "ece": ece(predictions),
    }


class Metrics:
    """The predictions of the fold and of the baselines beside it, also by slice and period."""

    def __init__(self, slices: Iterable[str] = ()) -> None:
        self.model: Predictions = []
        self.beside: dict[str, Predictions] = {name: [] for name in BASELINES}
        self.spans: list[tuple[int, bool]] = []
        self.slices: dict[str, Predictions] = {name: [] for name in slices}
        self.periods: dict[int, tuple[Predictions, Predictions]] = {}

    def baselines(self, ago: float | None) -> dict[str, float]:
        """Return what is said without a model of a row that is asked now."""
        labels = [label for _, label in self.model]
        prior = (sum(labels) + 1) / (len(labels) + 20)
        said = {"prior": prior, "last_label": 0.9 if labels[-1:] == [True] else 0.1}
        if ago is not None:
            alike = [label for span, label in self.spans if span == int(ago).bit_length()]
            said["recency"] = (sum(alike) + 20 * prior) / (len(alike) + 20)
        return said

    def update(
        self,
        prediction: float,
        baselines: Mapping[str, float],
        label: bool,
        slices: Iterable[str] = (),
        period: int = 0,
        ago: float | None = None,
    ) -> None:
        """Add one example, predicted before it was learned."""
        self.model.append((millionths(prediction), label))
        for name, said in baselines.items():
            self.beside[name].append((millionths(said), label))
        if ago is not None:
            self.spans.append((int(ago).bit_length(), label))
        model, prior = self.periods.setdefault(period, ([], []))
        for series in (model, *(self.slices[name] for name in slices)):
            series.append(self.model[-1])
        prior += self.beside["prior"][-1:]

    def figures(self) -> dict[str, Any]:
        """Return all figures, rounded to six decimals."""
        return {
            **quality(self.model),
            "calibration": calibration(self.model),
            "slices": {name: quality(inside) for name, inside in self.slices.items()},
            "baselines": {
                name: {"roc_auc": roc_auc(predictions), "log_loss": log_loss(predictions)}
                for name, predictions in self.beside.items()
            },
        }
