"""Between the learning kernel and River: the same model in either's form.

In: a `Logistic`, or a River pipeline. Out: the other. River is imported only when one of these
functions is called, since that takes seconds. It refuses to know any other River model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rtm_flows.models.logistic import INTERCEPT_RATE, Logistic
from rtm_flows.models.saved import Saved, check_saved

if TYPE_CHECKING:
    from river.compose import Pipeline


def to_river(model: Logistic) -> Pipeline:
    """Return a River pipeline that predicts and goes on learning as this model would.

    Its parts are named `StandardScaler` and `LogisticRegression`. The number of positives stays
    behind: River does not count them.
    """
    from river import linear_model, optim, preprocessing, utils

    scaler = preprocessing.StandardScaler()
    regression = linear_model.LogisticRegression(
        optimizer=optim.SGD(model.learning_rate), intercept_lr=INTERCEPT_RATE
    )
    if model.n:
        scaler.counts.update(dict.fromkeys(model.names, model.n))
        scaler.means.update(zip(model.names, model.scaler.mean.tolist(), strict=True))
        scaler.vars.update(zip(model.names, model.scaler.var.tolist(), strict=True))
        weights = dict(zip(model.names, model.weights.tolist(), strict=True))
        regression._weights = utils.VectorDict(weights)
        regression.intercept = model.intercept
        regression.optimizer.n_iterations = model.n
    pipeline: Pipeline = scaler | regression
    return pipeline


def from_river(pipeline: Pipeline, names: Sequence[str], positives: int) -> Logistic:
    """Return the kernel's form of a pipeline made as `to_river` makes it.

    Parameters
    ----------
    pipeline
        `StandardScaler() | LogisticRegression(SGD(rate))`, each example with all features.
    names
        The features in the order of the vectors to come.
    positives
        How many of its examples were positive.

    Raises
    ------
    RecoveryError
        If a number is not finite.
    """
    scaler, regression = pipeline["StandardScaler"], pipeline["LogisticRegression"]
    weights = regression.weights
    n = scaler.counts[names[0]] if names else 0
    saved = Saved(
        names=list(names),
        learning_rate=float(regression.optimizer.learning_rate),
        n=n,
        positives=positives,
        intercept=float(regression.intercept),
        # The mean so far is as good a place to take distances from as the first example.
        origin=[float(scaler.means[name]) for name in names],
        total=[0.0] * len(names),
        squares=[float(scaler.vars[name]) * n for name in names],
        weights=[float(weights.get(name, 0.0)) for name in names],
    )
    return Logistic.from_saved(check_saved(saved, names))
