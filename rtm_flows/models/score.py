"""Scoring: many rows with the versions of the model that hold at their places.

In: rows of features, versions as rows of parameters, and which version each row has. Out: one
score a row. It refuses to know how a version was learned or when it came to hold.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.baselines import rate
from rtm_flows.models.logistic import COUNTS, STEEPEST, Logistic
from rtm_flows.models.spec import Learning
from rtm_flows.rounding import round6, round6_one

Vector = NDArray[np.float64]

FEW = 128
"""For so many rows a table of all their terms is faster than to go feature by feature."""


def prior(examples: int, positives: int) -> float:
    """Return the score served while a version is immature: the rate so far.

    Examples
    --------
    >>> prior(0, 0)
    0.05
    """
    return round6_one(rate(examples, positives))


def believed(examples: Vector, positives: Vector, spec: Learning) -> NDArray[np.bool_]:
    """Tell which counts are those of a mature model: one that has learned enough of either.

    Examples
    --------
    >>> believed(np.array([199.0, 200.0]), np.array([30.0, 30.0]), Learning()).tolist()
    [False, True]
    """
    enough = examples >= max(spec.mature, 1)
    both: NDArray[np.bool_] = enough & (positives >= spec.mature_positives)
    return both


def score_one(model: Logistic, x: Vector, spec: Learning) -> float:
    """Return the score of one usable row, as `score_rows` gives it for this model's parameters."""
    if model.n >= max(spec.mature, 1) and model.positives >= spec.mature_positives:
        return round6_one(model.predict(x))
    return prior(model.n, model.positives)


def score_rows(x: Vector, versions: Vector, which: NDArray[np.intp], spec: Learning) -> Vector:
    """Return the rounded score of each row under its version.

    Parameters
    ----------
    x
        Features, (rows, features).
    versions
        `Logistic.parameters` of each version, (versions, parameters).
    which
        Index of each row's version, -1 for none.
    spec
        When a version is mature.

    Returns
    -------
    NDArray[np.float64]
        Scores in [0, 1]: the prior where there is no version, the version is immature, or a
        feature is not finite. A row's score does not depend on the rows around it, to the bit.

    Raises
    ------
    ValueError
        If the versions were learned on another number of features.

    Examples
    --------
    >>> rows = np.zeros((2, 3))
    >>> score_rows(rows, np.zeros((0, 9)), np.array([-1, -1]), Learning()).tolist()
    [0.05, 0.05]
    """
    if versions.shape[1] != COUNTS + 2 * x.shape[1]:
        msg = f"versions need {COUNTS + 2 * x.shape[1]} parameters; got {versions.shape[1]}"
        raise ValueError(msg)
    # One more version, which index -1 finds: no version has seen no example.
    known = np.concatenate([versions, np.zeros((1, versions.shape[1]))])
    examples, positives = known[:, 0], known[:, 1]
    mature = believed(examples, positives, spec)
    scores: Vector = round6(rate(examples, positives)).take(which)
    rows = np.flatnonzero(mature.take(which))
    if len(rows):
        some = x if len(rows) == len(x) else x.take(rows, axis=0)
        logits = _logits(some, known, which.take(rows))
        finite = np.isfinite(logits)
        scores[rows[finite]] = round6(_chances(logits[finite]))
    return scores


def _logits(x: Vector, versions: Vector, which: NDArray[np.intp]) -> Vector:
    """Return the logit of each row under its version.

    Column by column: never a sum over an axis, whose last bits change with the number of rows;
    and of many rows no table of each row's parameters, which would cost more to allocate than to
    compute.
    """
    if len(x) <= FEW:
        with np.errstate(over="ignore", invalid="ignore"):
            return added(terms(x, versions, which)) + versions[:, 2].take(which)
    size = x.shape[1]
    columns = np.ascontiguousarray(versions.T)
    means, slopes = columns[COUNTS : COUNTS + size], columns[COUNTS + size :]
    logits, term, own = np.zeros(len(x)), np.empty(len(x)), np.empty(len(x))
    with np.errstate(over="ignore", invalid="ignore"):
        for column in range(size):
            means[column].take(which, out=own, mode="clip")
            np.subtract(x[:, column], own, term)
            slopes[column].take(which, out=own, mode="clip")
            np.multiply(term, own, term)
            np.add(logits, term, logits)
        logits += columns[2].take(which)
    return logits


def terms(x: Vector, versions: Vector, which: NDArray[np.intp]) -> Vector:
    """Return what each feature adds to the logits of a few rows, (features, rows)."""
    size, own = x.shape[1], versions.take(which, axis=0, mode="wrap").T
    distance = np.subtract(x.T, own[COUNTS : COUNTS + size], order="C")
    return np.multiply(distance, own[COUNTS + size :], out=distance)


def added(table: Vector) -> Vector:
    """Return the sums of the columns of a table, from the first row to the last; it is used up."""
    if not len(table):
        return np.zeros(table.shape[1])
    return np.asarray(np.add.accumulate(table, axis=0, out=table)[-1])


def _chances(logits: Vector) -> Vector:
    """Return the probability of each logit, as `Logistic.predict` has it."""
    chances: Vector = 1.0 / (1.0 + np.exp(-np.clip(logits, -STEEPEST, STEEPEST)))
    return chances
