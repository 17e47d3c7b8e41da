"""The default learner: a good model of any yes or no from a plain table, in one pass.

In: rows of named columns, and labels. Out: chances, each given before its label was learned, and
bytes to save. It refuses to know what the columns mean, and when the labels came.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.adagrad import AdaGrad
from rtm_flows.models.blend import Blend
from rtm_flows.models.encoder import Encoder
from rtm_flows.models.hashing import Codes
from rtm_flows.models.newton import WIDEST, Newton
from rtm_flows.models.reservoir import ROWS
from rtm_flows.models.scales import KNOTS
from rtm_flows.models.slots import PER_TEXT

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

_RUN = 512


class Learner:
    """Two linear models of River's arithmetic over one encoder, and a blend of the two.

    `Newton` learns dense rows (straight and bent scales of numbers, texts one by one) and gets
    out of one pass nearly what many passes would; `AdaGrad` learns hashed indicators and pairs of
    them, which is where columns act together; `Blend` follows the better of the two and keeps
    the chances calibrated. Memory is bounded, nothing is random, and no bit of any chance depends
    on how the rows were cut into calls.

    Parameters
    ----------
    numbers
        Names of the columns that hold numbers (NaN, or beyond 1e100: none there).
    texts
        Names of the columns that hold texts, given as codes (see `hashing.text_codes`).

    Attributes
    ----------
    n, positives
        Examples learned, and how many were positive.

    Examples
    --------
    >>> learner = Learner(["views"], [])
    >>> views, none = np.array([[1.0], [9.0]] * 50), np.zeros((100, 0), dtype=np.uint64)
    >>> learner.learn_rows(views, none, [False, True] * 50)[:1].tolist()
    [0.5]
    >>> [chance > 0.5 for chance in learner.predict_rows(views[:2], none[:2]).tolist()]
    [False, True]
    """

    def __init__(self, numbers: Sequence[str], texts: Sequence[str]) -> None:
        self.numbers = tuple(numbers)
        self.texts = tuple(texts)
        self.n = 0
        self.positives = 0
        self.encoder = Encoder(len(numbers), len(texts))
        self.newton = Newton()
        self.adagrad = AdaGrad(self.encoder.places.size, self.encoder.places.active)
        self.blend = Blend()

    def settings(self) -> dict[str, str | int | float]:
        """Return what it was made with, by name."""
        places = self.encoder.places
        return {
            "model": "logistic regressions by Newton and by AdaGrad, and their blend",
            "prior variance of a weight (Newton)": self.newton.variance,
            "weights at most (Newton)": WIDEST,
            "texts of a column told apart (Newton)": PER_TEXT,
            "quantiles of a number": KNOTS,
            "rows that quantiles are taken of": ROWS,
            "step (AdaGrad)": round(self.adagrad.rate, 6),
            "places of a row (AdaGrad)": places.active,
            "places in all (AdaGrad)": places.size,
        }

    def predict_rows(self, numbers: Matrix, texts: Codes) -> Vector:
        """Return the chance of each row; changes nothing.

        Parameters
        ----------
        numbers
            (rows, columns of numbers).
        texts
            (rows, columns of texts).
        """
        parts = [np.empty(0)]
        for start in range(0, len(numbers), _RUN):
            run = slice(start, start + _RUN)
            dense, places = self.encoder.view(numbers[run], texts[run])
            first = self.newton.predict_rows(dense).tolist()
            second = self.adagrad.predict_rows(places).tolist()
            parts.append(self.blend.predict_rows(first, second))
        return np.concatenate(parts)

    def learn_rows(self, numbers: Matrix, texts: Codes, labels: Sequence[bool]) -> Vector:
        """Learn rows in turn; return the chance of each as it was before."""
        parts, start = [np.empty(0)], 0
        while start < len(numbers):
            run = slice(start, start + min(_RUN, self.encoder.room))
            dense, places = self.encoder.learn(numbers[run], texts[run])
            y = labels[run]
            first = self.newton.learn_rows(dense, y).tolist()
            second = self.adagrad.learn_rows(places, y).tolist()
            parts.append(self.blend.learn_rows(first, second, y))
            start = run.stop
            self.positives += sum(map(bool, y))
        self.n += len(numbers)
        return np.concatenate(parts)
