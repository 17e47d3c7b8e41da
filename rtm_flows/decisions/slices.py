"""Slices: sets of rows that are looked at apart, told by conditions on features.

In: the keys under `[[learning.slices]]`, and columns of features. Out: which rows belong to which
slice. They refuse to know what is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.decisions.catalogue import Condition
from rtm_flows.decisions.conditions import holds
from rtm_flows.rounding import round6


class Slice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows on which all conditions hold.

    Attributes
    ----------
    name
        Unique among the slices.
    when
        Conditions on features, all of which must hold; at least one.

    Examples
    --------
    >>> Slice(name="first", when=(Condition(feature="session_events", at_most=1),)).name
    'first'
    """

    name: str
    when: tuple[Condition, ...]


def members(
    slices: Sequence[Slice], feature_names: Sequence[str], x: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return to which slices rows belong, (rows, slices).

    Parameters
    ----------
    x
        Features of the rows, (rows, features), neither scaled nor rounded.

    Examples
    --------
    >>> first = Slice(name="first", when=(Condition(feature="session_events", at_most=1),))
    >>> members([first], ["session_events"], np.array([[1.0], [2.0]])).tolist()
    [[True], [False]]
    """
    inside = np.ones((len(x), len(slices)), dtype=np.bool_)
    for at, one in enumerate(slices):
        for condition in one.when:
            values = round6(x[:, feature_names.index(condition.feature or "")])
            inside[:, at] &= holds(condition, values)
    return inside
