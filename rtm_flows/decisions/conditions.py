"""Conditions on numbers: on which rows they hold.

In: a checked condition, and a column of rounded numbers. Out: where all its comparisons are true.
It refuses to know whether the numbers are features or scores.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rtm_flows.decisions.catalogue import Condition

Floats = NDArray[np.float64]

_COMPARE: dict[str, Callable[[Floats, float], NDArray[np.bool_]]] = {
    "at_least": np.greater_equal,
    "above": np.greater,
    "below": np.less,
    "at_most": np.less_equal,
}


def holds(condition: Condition, values: Floats) -> NDArray[np.bool_]:
    """Tell on which rows all comparisons hold; a value that is not a number fails each.

    Examples
    --------
    >>> holds(Condition(feature="views", at_least=2), np.array([1.0, 2.0, np.nan])).tolist()
    [False, True, False]
    """
    holds = np.ones(len(values), dtype=np.bool_)
    for key, bound in condition.bounds:
        holds &= _COMPARE[key](values, bound)
    return holds
