"""Plain River: the model everybody would write first, as a baseline.

In: rows of a table, and labels. Out: chances, each given before its label was learned. It is
slow, and refuses to be anything but River's own classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.hashing import Codes

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

_RATE = 0.01


class PlainRiver:
    """River's `StandardScaler` for numbers, texts one by one, `LogisticRegression(SGD(0.01))`.

    A number that is missing is left out of its row, as River has it; the scaler learns a row
    before the regression does. Takes what `learner.Learner` takes.

    Examples
    --------
    >>> model = PlainRiver(["views"], [])
    >>> none = np.zeros((2, 0), dtype=np.uint64)
    >>> model.learn_rows(np.array([[1.0], [9.0]]), none, [False, True]).tolist()
    [0.5, 0.49875]
    """

    def __init__(self, numbers: Sequence[str], texts: Sequence[str]) -> None:
        from river import linear_model, optim, preprocessing

        self._numbers = tuple(numbers)
        self._texts = tuple(texts)
        self._scaler: Any = preprocessing.StandardScaler()
        self._regression: Any = linear_model.LogisticRegression(optim.SGD(_RATE))

    def settings(self) -> dict[str, str | int | float]:
        """Return what it was made with, by name."""
        return {"model": "StandardScaler | LogisticRegression", "optimizer": f"SGD({_RATE})"}

    def learn_rows(self, numbers: Matrix, texts: Codes, labels: Sequence[bool]) -> Vector:
        """Learn rows in turn; return the chance of each as it was before."""
        chances = []
        rows = zip(numbers.tolist(), texts.tolist(), labels, strict=True)
        for values, codes, y in rows:
            x = {name: v for name, v in zip(self._numbers, values, strict=True) if abs(v) < 1e100}
            seen = dict.fromkeys(zip(self._texts, codes, strict=True), 1.0)
            before = self._scaler.transform_one(x) | seen
            chances.append(self._regression.predict_proba_one(before)[True])
            self._scaler.learn_one(x)
            self._regression.learn_one(self._scaler.transform_one(x) | seen, y)
        return np.array(chances, dtype=np.float64)
