"""Ranges: whether values lie in the interval that a description names.

In: a range as people write it, and values. Out: which values are outside. A range in other words
than an interval's or a set's is not judged.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

_INTERVAL = re.compile(r"([\[(])\s*(\S+)\s*,\s*(\S+?)\s*([\])])")
_SET = re.compile(r"\{(.+)\}")


def outside(text: str, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which values are outside of a range.

    Examples
    --------
    >>> outside("[0, 1)", np.array([-0.1, 0.0, 1.0])).tolist()
    [True, False, True]
    >>> outside("{0, 1}", np.array([0.5, 1.0])).tolist()
    [True, False]
    >>> outside("[0, sessions.gap]", np.array([-1.0])).tolist()
    [False]
    """
    try:
        if found := _INTERVAL.fullmatch(text):
            low, high = float(found[2]), float(found[3])
            above = values >= low if found[1] == "[" else values > low
            below = values <= high if found[4] == "]" else values < high
            return np.asarray(~(above & below))
        if found := _SET.fullmatch(text):
            return ~np.isin(values, [float(one) for one in found[1].split(",")])
    except ValueError:
        pass
    return np.zeros(len(values), dtype=np.bool_)
