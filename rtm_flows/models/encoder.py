"""The encoder: from named columns of a table to what the learner's two models take.

In: rows of plain numbers and of codes of texts. Out: dense rows and hashed places. It refuses to
know labels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.hashing import Codes
from rtm_flows.models.places import Places
from rtm_flows.models.scales import Scaled, Scales
from rtm_flows.models.slots import Slots

Matrix = NDArray[np.float64]

DENSE = 96
"""Most slots for numbers; the rest of `newton.WIDEST` is for texts."""


class Encoded(NamedTuple):
    """Rows as the models take them."""

    dense: Matrix
    """The intercept, the scales of numbers, and texts, (rows, slots so far)."""
    places: NDArray[np.intp]
    """What is 1 of the hashed indicators, (rows, active)."""


class Encoder:
    """Turns rows into numbers a linear model can work with, learning the scales as they come.

    A table of up to 32 columns of numbers gets all scales in the dense rows, a wider one the
    straight scale only, of its first 96 columns; hashed indicators it gets always.

    Parameters
    ----------
    numbers, texts
        Columns of either kind.

    Examples
    --------
    >>> encoder = Encoder(numbers=2, texts=1)
    >>> rows, codes = np.array([[3.0, np.nan]]), np.array([[5]], dtype=np.uint64)
    >>> encoded = encoder.learn(rows, codes)
    >>> encoded.dense.tolist(), encoded.places.shape
    ([[1.0, 0.0]], (1, 8))
    """

    def __init__(self, numbers: int, texts: int) -> None:
        self.scales = Scales(numbers)
        self.places = Places(numbers, texts)
        self._ranks = 3 * numbers <= DENSE
        self.slots = Slots(3 * numbers if self._ranks else min(numbers, DENSE))

    @property
    def room(self) -> int:
        """How many rows may be learned at once; at least one."""
        return self.scales.room

    def view(self, numbers: Matrix, texts: Codes) -> Encoded:
        """Encode rows by what is known; changes nothing."""
        scaled = self.scales.view(numbers)
        dense = self.slots.view(self._dense(scaled), texts)
        return Encoded(dense, self.places.of_rows(numbers, scaled.quarter, texts))

    def learn(self, numbers: Matrix, texts: Codes) -> Encoded:
        """Encode each row by what was known before it, and learn it; at most `room` rows."""
        scaled = self.scales.learn(numbers)
        dense = self.slots.learn(self._dense(scaled), texts)
        return Encoded(dense, self.places.of_rows(numbers, scaled.quarter, texts))

    def _dense(self, scaled: Scaled) -> Matrix:
        if self._ranks:
            return np.concatenate([scaled.straight, scaled.rank, scaled.square], axis=1)
        return scaled.straight[:, :DENSE]
