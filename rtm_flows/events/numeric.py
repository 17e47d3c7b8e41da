"""Numbers and money: from what records hold to float64 and integer minor units.

In: numbers, numeric text and None. Out: float64 with NaN for missing and infinity for what is no
number, and money in minor units. It knows nothing of fields or limits on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

import numpy as np
import polars as pl
from numpy.typing import NDArray

Value = int | float | str | None
"""What a record may hold where a number or a time is expected."""

Floats = NDArray[np.float64]

_NEAR = 1e-3  # far above the rounding error of x * 100 and x * 1000 below 1e13


def to_floats(values: Sequence[Value]) -> Floats:
    """Read numbers and numeric text; NaN stands for missing, infinity for not a number.

    Examples
    --------
    >>> to_floats([1, 2.5, "3e2", None, "x", "nan"]).tolist()
    [1.0, 2.5, 300.0, nan, inf, inf]
    """
    if str not in set(map(type, values)):
        try:
            return np.array(values, dtype=np.float64)
        except OverflowError:  # an integer beyond the largest float
            pass
    texts = [v if v is None or type(v) is str else str(v) for v in values]
    series = pl.Series(texts, dtype=pl.String)
    read = series.cast(pl.Float64, strict=False).to_numpy()
    floats: Floats = np.where(series.is_null().to_numpy() | np.isfinite(read), read, np.inf)
    return floats


def floor_scaled(numbers: Floats, scale: int, *, half: bool = False) -> NDArray[np.int64]:
    """Return `floor(x * scale)`, or `floor(x * scale + 0.5)`, of the decimal numbers.

    The decimal number of a float is its shortest text, so that 0.285 is 28.5 hundredths although
    the float is a little less. Numbers must be finite and `|x * scale|` below 1e15.

    Examples
    --------
    >>> floor_scaled(np.array([0.285, 1.005, -0.5]), 100, half=True).tolist()
    [29, 101, -50]
    >>> floor_scaled(np.array([1411990498.509]), 1000).tolist()
    [1411990498509]
    """
    scaled = numbers * scale
    whole = np.rint(scaled)
    shifted = scaled + 0.5 if half else scaled
    result = np.floor(shifted)
    # Where the decimal number is a whole number of units, the nearest float tells it exactly.
    exact = whole / scale == numbers
    result[exact] = whole[exact]
    for row in np.flatnonzero((np.abs(shifted - np.rint(shifted)) < _NEAR) & ~exact).tolist():
        result[row] = _floor_decimal(float(numbers[row]), scale, half)
    return result.astype(np.int64)


def _floor_decimal(number: float, scale: int, half: bool) -> int:
    scaled = Decimal(repr(number)) * scale + (Decimal("0.5") if half else 0)
    return int(scaled.to_integral_value(ROUND_FLOOR))
