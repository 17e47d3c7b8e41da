"""What stands out in the scores: models that are no better than none, chances that are off, drift.

In: an overview. Out: sentences. It refuses to look at records and decisions.
"""

from __future__ import annotations

from collections.abc import Iterator

from rtm_flows.measure.findings import GUESSING, MISCALIBRATED
from rtm_flows.measure.overview.overview import Overview
from rtm_flows.measure.overview.sentences import Notable, day, percent, some
from rtm_flows.measure.overview.summary import Model

FEW = 200
"""Examples from which a model's figures are read."""

FEW_POSITIVES = 20
"""Positive ones among them."""

EARLY = 0.2
"""More scores than this share before anything was learned are worth a word."""

_SHOWN = 3
_BASELINES = {
    "prior": "the running rate",
    "last_label": "repeating the last label",
    "recency": "knowing only when the person was last here",
}


def in_scores(run: Overview) -> Iterator[Notable]:
    """Tell of each model whether it is worth listening to."""
    for name, model in run.models.items():
        yield from _model(name, model)
    yield from _early(run)
    yield from _turns(run)


def _model(name: str, model: Model) -> Iterator[Notable]:
    if model.n < FEW or model.positives < FEW_POSITIVES or model.log_loss is None:
        text = (
            f"{name} has {some(model.n, 'example')} with {model.positives:,} positive: too few to "
            "read its figures."
        )
        yield Notable("caution", "scores", text)
        return
    yield from _beside(name, model, model.log_loss)
    if model.roc_auc_95 is not None and model.roc_auc_95[0] <= GUESSING:
        yield Notable(
            "warning", "scores", f"{name} is not shown to order people better than guessing."
        )
    if model.ece is not None and model.ece > MISCALIBRATED:
        text = (
            f"The chances of {name} are off by {100 * model.ece:.1f} points on average: expected "
            "values made from them are, too."
        )
        yield Notable("warning", "calibration", text)
    blind = [
        one for one, own in model.slices.items() if own.roc_auc_95 and own.roc_auc_95[0] <= GUESSING
    ]
    if blind:
        more = f" and {len(blind) - _SHOWN} more" if len(blind) > _SHOWN else ""
        named = ", ".join(blind[:_SHOWN])
        text = f"{name} is not shown to order people better than guessing in {named}{more}."
        yield Notable("caution", "slices", text)
    for rival, own in model.challengers.items():
        if own.gain_95 is not None and own.gain_95[0] > 0:
            text = (
                f"{rival}, in the shadow, predicts better than {model.champion or name}: log loss "
                f"{own.gain:.4f} less ({own.gain_95[0]:.4f} to {own.gain_95[1]:.4f})."
            )
            yield Notable("caution", "scores", text)


def _beside(name: str, model: Model, loss: float) -> Iterator[Notable]:
    """Tell whether a model beats what needs no model."""
    low, high = model.log_loss_95 or (loss, loss)
    known = [
        (key, own.log_loss) for key, own in model.baselines.items() if own.log_loss is not None
    ]
    worse = [key for key, other in known if other < low]
    level = [key for key, other in known if low <= other <= high]
    for key in worse:
        text = (
            f"{name} is worse than {_BASELINES.get(key, key)}: log loss {loss:.4f} beside "
            f"{dict(known)[key]:.4f}."
        )
        yield Notable("warning", "scores", text)
    if level:
        told = " or ".join(_BASELINES.get(key, key) for key in level)
        yield Notable("warning", "scores", f"{name} is not shown to be better than {told}.")
    if known and not worse and not level:
        best, other = min(known, key=lambda pair: pair[1])
        auc = "" if model.roc_auc is None else f", ROC AUC {model.roc_auc:.3f}"
        text = (
            f"{name} beats every baseline: log loss {loss:.4f}, {other:.4f} by "
            f"{_BASELINES.get(best, best)}{auc}."
        )
        yield Notable("good", "scores", text)


def _early(run: Overview) -> Iterator[Notable]:
    for one in run.served or ():
        if one.n and one.early / one.n > EARLY:
            text = (
                f"{percent(one.early, one.n)} of the scores of {one.model} were served before it "
                "had learned anything: everybody got the same."
            )
            yield Notable("caution", "scores", text)


def _turns(run: Overview) -> Iterator[Notable]:
    for one in run.learned or ():
        alarms = [turn for turn in one.turns if turn.kind == "drift"]
        if alarms:
            n = one.counts["drift"]
            text = (
                f"{one.model} fitted less well {some(n, 'time')}, first by {day(alarms[0].time)}."
            )
            yield Notable("caution", "scores", text)
        for turn in one.turns:
            if turn.kind == "promotion":
                text = f"{one.model} changed on {day(turn.time)}: {turn.told}."
                yield Notable("caution", "scores", text)
