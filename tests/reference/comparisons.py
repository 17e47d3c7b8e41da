"""Comparisons of a condition with a number: section 6 of the page."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "at_least": operator.ge,
    "above": operator.gt,
    "below": operator.lt,
    "at_most": operator.le,
}


def compares(value: float, condition: Mapping[str, Any]) -> bool:
    """Say whether all comparisons of a condition hold for a rounded value.

    Examples
    --------
    >>> compares(2.0, {"at_least": 2, "below": 3}), compares(3.0, {"at_least": 2, "below": 3})
    (True, False)
    """
    bounds = [(COMPARISONS[key], condition[key]) for key in condition if key in COMPARISONS]
    return all(compare(value, bound) for compare, bound in bounds)
