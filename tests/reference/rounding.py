"""Rounding: to six decimals, whatever is compared, served or written.

In: a number. Out: its nearest millionth. It knows nothing else.
"""

from __future__ import annotations


def rounded(value: float) -> float:
    """Return the value rounded to 6 decimals; halves go to the even neighbour.

    Examples
    --------
    >>> rounded(0.12345649)
    0.123456
    """
    return round(value * 1e6) / 1e6
