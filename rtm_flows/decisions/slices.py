"""Slices: sets of rows that are looked at apart, told by rules over features.

In: the keys under `[[learning.slices]]`, and columns of features. Out: which rows belong to which
slice. They refuse to know what is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.decisions.catalogue import Rules, listed
from rtm_flows.decisions.expressions.names import names_of_rows
from rtm_flows.decisions.expressions.program import Program, served
from rtm_flows.decisions.expressions.reading import read_rules
from rtm_flows.decisions.expressions.source import Source
from rtm_flows.decisions.expressions.tree import Truth, conjunction
from rtm_flows.decisions.lint import check_name
from rtm_flows.errors import refuse


class Slice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows on which all rules hold.

    Attributes
    ----------
    name
        Unique among the slices.
    when
        Rules over features, all of which must hold; at least one.

    Examples
    --------
    >>> Slice(name="first", when="session_events <= 1").when
    ('session_events <= 1',)
    """

    name: str
    when: Rules

    def __post_init__(self) -> None:
        """Put a rule that stands alone into a list: the two mean the same."""
        msgspec.structs.force_setattr(self, "when", listed(self.when))


def read_slices(slices: Sequence[Slice], feature_names: Sequence[str]) -> list[Truth]:
    """Return of each slice the tree of all its rules.

    Raises
    ------
    ConfigError
        At the first mistake; the text starts with its key, like `learning.slices[0].name`.
    """
    seen: dict[str, int] = {}
    names = names_of_rows(feature_names)
    trees = []
    for at, one in enumerate(slices):
        place = f"learning.slices[{at}]"
        check_name(one.name, seen, place)
        seen[one.name] = at
        if not one.when:
            refuse(f"{place}.when", "must have a rule: without any all rows are meant")
        sources = [Source(f"{place}.when[{n}]", text) for n, text in enumerate(listed(one.when))]
        trees.append(conjunction(read_rules(sources, names)))
    return trees


class Slicer:
    """Slices ready to be applied to columns.

    Parameters
    ----------
    slices
        The slices.
    feature_names
        Names of the columns of the features to come, in their order.

    Raises
    ------
    ConfigError
        At the first mistake; see `read_slices`.

    Examples
    --------
    >>> slicer = Slicer([Slice(name="first", when="session_events <= 1")], ["session_events"])
    >>> slicer.members(np.array([[1.0], [2.0]])).tolist()
    [[True], [False]]
    """

    def __init__(self, slices: Sequence[Slice], feature_names: Sequence[str]) -> None:
        self._feature_names = tuple(feature_names)
        self._program = Program(read_slices(slices, feature_names))

    def members(self, x: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return to which slices rows belong, (rows, slices).

        Parameters
        ----------
        x
            Features of the rows, (rows, features), neither scaled nor rounded.
        """
        masks = self._program.run(served(x, self._feature_names, self._program.numbers), {})
        return np.array(masks, dtype=np.bool_).reshape(len(masks), len(x)).T
