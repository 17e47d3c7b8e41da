"""Rounding: the one rule by which computed numbers are made comparable.

In: float64 numbers. Out: the same to six decimals, halves to even, never a negative zero. It
refuses to know what the numbers mean.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def round6(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to six decimals: `rint(v * 1e6) / 1e6`, with -0.0 written as 0.0.

    Whatever is compared, ranked or written goes through this first, so that the last bit of a
    sum never decides anything. Values so large that `v * 1e6` overflows become infinite.

    Examples
    --------
    >>> round6(np.array([0.1234565, 2 / 3, -1e-9])).tolist()
    [0.123456, 0.666667, 0.0]
    """
    scaled: NDArray[np.float64] = np.multiply(values, 1e6)
    np.rint(scaled, out=scaled)
    np.divide(scaled, 1e6, out=scaled)
    np.add(scaled, 0.0, out=scaled)
    return scaled


def round6_one(value: float) -> float:
    """Round one finite number as `round6` does, to the bit.

    Examples
    --------
    >>> round6_one(2 / 3)
    0.666667
    """
    return round(value * 1e6) / 1e6
