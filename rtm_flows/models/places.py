"""Places: the hashed indicators of a row, single facts and pairs of them.

In: quarters and values of numbers, and codes of texts. Out: for each row the places that are 1
in it. Memory is fixed before the first row. It refuses to know labels.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.hashing import Codes, scatter

Matrix = NDArray[np.float64]

PLACES = 128
"""Places of each field; texts of a field may share one."""

MOST_PAIRS = 300
"""Most pairs of columns that are crossed."""

_SHIFT = np.uint64(57)
_ODD = np.uint64(0x9E3779B97F4A7C15)
_WHOLE = 1e6


class Places:
    """The fields of a table: one for each column, and one for each pair of columns.

    A number has two fields of its own: its quarter, and itself if it is a whole number (days,
    counts, codes), and takes part in pairs by its quarter. Every field has `PLACES` of its own,
    so the places of a row are all different. With more pairs than `MOST_PAIRS` those are taken
    whose hashes are smallest.

    Parameters
    ----------
    numbers, texts
        Columns of either kind.

    Examples
    --------
    >>> places = Places(numbers=1, texts=1)
    >>> places.active, places.size
    (4, 512)
    """

    def __init__(self, numbers: int, texts: int) -> None:
        pairs = np.array(list(combinations(range(numbers + texts), 2)), dtype=np.intp)
        pairs = pairs.reshape(-1, 2)
        if len(pairs) > MOST_PAIRS:
            ranks = scatter((pairs[:, 0] * 100_003 + pairs[:, 1] + 1).astype(np.uint64))
            pairs = pairs[np.sort(np.argsort(ranks)[:MOST_PAIRS])]
        self._left, self._right = pairs[:, 0], pairs[:, 1]
        self.active = 2 * numbers + texts + len(pairs)
        self.size = self.active * PLACES
        self._first = np.arange(self.active, dtype=np.intp) * PLACES

    def of_rows(
        self, numbers: Matrix, quarters: NDArray[np.intp], texts: Codes
    ) -> NDArray[np.intp]:
        """Return the places of each row, (rows, `active`)."""
        facts = np.concatenate([_QUARTERS[quarters], scatter(texts + np.uint64(1))], axis=1)
        pairs = facts[:, self._left] * np.uint64(3) + facts[:, self._right]
        columns = quarters.shape[1]
        codes = np.concatenate([facts[:, :columns], _values(numbers), facts[:, columns:], pairs], 1)
        # The highest bits of a product with an odd number are a good hash.
        places: NDArray[np.intp] = ((codes * _ODD) >> _SHIFT).astype(np.intp) + self._first
        return places


_QUARTERS = scatter(np.arange(1, 6, dtype=np.uint64))


def _values(numbers: Matrix) -> Codes:
    """Return a code for each whole number, one and the same for all others."""
    whole = (np.absolute(numbers) < _WHOLE) & (np.floor(numbers) == numbers)
    shifted = np.where(whole, numbers + (_WHOLE + 1.0), 0.0)
    return scatter(shifted.astype(np.uint64))
