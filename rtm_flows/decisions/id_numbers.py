"""Id numbers: ids of decisions as numbers, of which many are kept side by side, and back.

In: ids, or numbers. Out: the other. It refuses to know what an id is made of.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def numbers_of(ids: Iterable[str]) -> Ints:
    """Return ids of 32 hexadecimal digits as numbers, (ids, 2).

    Examples
    --------
    >>> numbers_of(["03000000000000000400000000000000"]).tolist()
    [[3, 4]]
    """
    digits = bytes.fromhex("".join(ids))
    return np.frombuffer(digits, dtype="<i8").astype(np.int64).reshape(-1, 2)


def text_of(numbers: Ints) -> list[str]:
    """Return what the bytes of each row of numbers are in hexadecimal.

    Examples
    --------
    >>> text_of(np.array([[1, 2], [3, 4]]))[1]
    '03000000000000000400000000000000'
    """
    rows = np.ascontiguousarray(numbers, dtype="<i8")
    if rows.ndim == 1:
        rows = rows[:, None]
    whole, width = rows.tobytes().hex(), 16 * rows.shape[1]
    return [whole[at : at + width] for at in range(0, len(whole), width)]
