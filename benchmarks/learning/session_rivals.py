"""What batch models, and none at all, would have said of the rows that a stream served.

In: the labelled rows of a stream. Out: a chance of each row that is asked for, by one rival. No
rival learns from the person whom it is asked about, or it learns from the past alone. Refuses to
know what is made of the chances.
"""

from __future__ import annotations

import numpy as np

from benchmarks.learning.batch import FOLDS, SEED, Labels, Model, Vector
from benchmarks.learning.session_streams import Served

PARTS = 20
"""Times that a model of the past alone is learned anew."""


def diet(rows: Served, each: int = 1) -> Labels:
    """Return which rows are learned from: as a stream draws them, the fewer the later the place."""
    chosen: Labels = np.random.default_rng(SEED).random(len(rows.labels)) * rows.position < each
    return chosen


def by_chance(rows: Served, fed: Labels) -> Labels:
    """Return about as many rows as those, each as likely as any other."""
    rate = np.count_nonzero(fed) / len(fed)
    chosen: Labels = np.random.default_rng(SEED).random(len(rows.labels)) < rate
    return chosen


def running_rate(rows: Served, asked: Labels) -> Vector:
    """Return `(positives + 1) / (rows + 20)` of those asked for whose labels were known then."""
    known = np.argsort(rows.label_time[asked], kind="stable")
    came = np.concatenate([[0], np.cumsum(rows.labels[asked][known])])
    before = np.searchsorted(rows.label_time[asked][known], rows.time[asked])
    chances: Vector = (came[before] + 1.0) / (before + 20.0)
    return chances


def out_of_fold(model: Model, rows: Served, taught: Labels, asked: Labels) -> Vector:
    """Return chances by models that learned from nine people in ten, the others."""
    from sklearn.model_selection import StratifiedGroupKFold

    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED)
    chances = np.zeros(len(rows.labels))
    for others, left_out in folds.split(rows.x, rows.labels, rows.person):
        wanted = left_out[asked[left_out]]
        chances[wanted] = _chances(model, rows, others[taught[others]], wanted)
    return chances[asked]


def past_only(model: Model, rows: Served, taught: Labels, asked: Labels) -> Vector:
    """Return chances by models that learned what was known when their part of the rows began.

    The rows are cut into `PARTS` parts in the order of time. Where the past has not a label of
    each kind, the chance is the running rate.
    """
    chances = np.zeros(len(rows.labels))
    chances[asked] = running_rate(rows, asked)
    for part in np.array_split(np.arange(len(rows.labels)), PARTS):
        wanted = part[asked[part]]
        if not len(wanted):
            continue
        learned = np.flatnonzero(taught & (rows.label_time < rows.time[part[0]]))
        if len(set(rows.labels[learned].tolist())) == 2:
            chances[wanted] = _chances(model, rows, learned, wanted)
    return chances[asked]


def _chances(
    model: Model,
    rows: Served,
    learned: np.ndarray[tuple[int], np.dtype[np.int64]],
    wanted: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> Vector:
    no_texts = slice(rows.x.shape[1], rows.x.shape[1])
    fitted = model(no_texts).fit(rows.x[learned], rows.labels[learned])
    chances: Vector = fitted.predict_proba(rows.x[wanted])[:, 1]
    return chances
