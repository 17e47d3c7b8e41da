"""Batch models as yardsticks: each row is predicted by a model that never saw it.

In: a table's examples. Out: chances out of fold, stratified, ten folds. Refuses to know any
order of the rows, which is what a batch model does not have in life either: it sees the future of
nine rows in ten.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtm_flows.measure.examples import Examples

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Labels = NDArray[np.bool_]
Model = Callable[[Any], Any]

FOLDS = 10
SEED = 0

_MOST_TEXTS = 250


def logistic(texts: slice) -> Any:
    """Return a logistic regression over scaled numbers and texts one by one."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    columns: list[tuple[str, Any, slice]] = [("numbers", numbers, slice(0, texts.start))]
    if texts.stop > texts.start:
        columns.append(("texts", OneHotEncoder(handle_unknown="ignore"), texts))
    return make_pipeline(ColumnTransformer(columns), LogisticRegression(max_iter=2_000))


def boosting(texts: slice) -> Any:
    """Return gradient boosted trees as scikit-learn has them by default."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    categorical = list(range(texts.start, texts.stop))
    return HistGradientBoostingClassifier(random_state=SEED, categorical_features=categorical)


def out_of_fold(model: Model, rows: Examples) -> Vector:
    """Return the chance of each row, by a model that learned the other nine folds."""
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    width = len(rows.number_names)
    texts = slice(width, width + len(rows.text_names))
    found = cross_val_predict(
        model(texts), _matrix(rows), rows.labels, cv=folds, method="predict_proba"
    )
    chances: Vector = found[:, 1]
    return chances


def _matrix(rows: Examples) -> Matrix:
    """Return numbers as they are, and texts as small whole numbers, the most frequent first."""
    columns = [rows.numbers]
    for codes in rows.texts.T:
        _, which, counts = np.unique(codes, return_inverse=True, return_counts=True)
        place = np.argsort(np.argsort(-counts, kind="stable"), kind="stable")
        columns.append(np.minimum(place[which], _MOST_TEXTS)[:, None].astype(np.float64))
    return np.concatenate(columns, axis=1)
