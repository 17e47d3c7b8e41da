"""Contributions: what each feature adds to the logit of a score.

In: rows of features, and the versions that scored them. Out: the largest contributions of each row,
and what is left, which add up to the logit. It refuses to know what the features mean.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.logistic import COUNTS
from rtm_flows.models.score import FEW, added, believed
from rtm_flows.models.score import terms as few_terms
from rtm_flows.models.spec import Learning

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

NANO = 1e9
"""Contributions are rounded to one in this many."""


class Contributions(NamedTuple):
    """What made the logits of some rows, in units of the logit (natural logarithm of the odds).

    For every row that a model scored, `base`, all of `contributed` and `rest` add up to `logit`,
    to 1e-9.
    """

    known: NDArray[np.bool_]
    """Whether a model scored the row; where not, the prior was served, and the rest is zero."""
    logit: Vector
    base: Vector
    """What is there before any feature: the logit of a row in which each is as usual."""
    places: NDArray[np.intp]
    """(rows, most): the features that contribute most, up or down; the largest first."""
    contributed: Matrix
    """(rows, most): what these contribute."""
    rest: Vector
    """What all other features contribute together."""


def contributions(
    x: Matrix, versions: Matrix, which: NDArray[np.intp], spec: Learning, most: int
) -> Contributions:
    """Return what contributed most to the score of each row.

    A feature contributes `weight * (value - mean)`: how far it is from what is usual, in the units
    in which the model sees it (scaled), times its weight. Of equals the first feature is taken.

    Parameters
    ----------
    x, versions, which, spec
        As for `score_rows`.
    most
        How many features to tell of each row.

    Examples
    --------
    >>> version = np.array([[900.0, 90.0, -2.0, 1.0, 0.0, 0.5, -0.25]])
    >>> spec = Learning(mature=1, mature_positives=1)
    >>> made = contributions(np.array([[3.0, 2.0]]), version, np.array([0]), spec, most=1)
    >>> made.base.tolist(), made.places.tolist(), made.contributed.tolist(), made.rest.tolist()
    ([-2.0], [[0]], [[1.0]], [-0.5])
    """
    size, rows = x.shape[1], len(x)
    most = min(most, size)
    known = np.concatenate([versions, np.zeros((1, versions.shape[1]))])
    with np.errstate(over="ignore", invalid="ignore"):
        terms = _terms(x, known, which)
        total = np.zeros(rows)
        if rows <= FEW:
            total += added(terms.copy())
        else:
            for term in terms:
                total += term
    scored = believed(known[:, 0], known[:, 1], spec)[which] & np.isfinite(total)
    terms[:, ~scored] = 0.0
    order = np.argsort(-np.abs(terms.T), axis=1, kind="stable")[:, :most]
    values = np.take_along_axis(terms.T, order, axis=1)
    rest = np.where(scored, total, 0.0)
    for value in values.T:
        rest = rest - value
    base = np.where(scored, _rounded(known[:, 2][which]), 0.0)
    rest = _rounded(rest)
    logit = base + rest
    for value in values.T:
        logit = logit + value
    return Contributions(scored, _rounded(logit), base, order, values, rest)


def _terms(x: Matrix, known: Matrix, which: NDArray[np.intp]) -> Matrix:
    """Return what each feature adds, rounded, (features, rows)."""
    if len(x) <= FEW:
        return _rounded(few_terms(x, known, which))
    size = x.shape[1]
    terms = np.empty((size, len(x)))
    for column in range(size):
        mean, slope = known[:, COUNTS + column], known[:, COUNTS + size + column]
        terms[column] = _rounded((x[:, column] - mean[which]) * slope[which])
    return terms


def _rounded(values: Vector) -> Vector:
    return np.rint(values * NANO) / NANO + 0.0
