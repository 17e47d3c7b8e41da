"""Sets of event types, asked for many rows at once.

In: declared sets and a column of types. Out: one mask a set. `("*",)` is every type, and
`("!", "a", "b")` every type but a and b.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rtm_flows.columns import Column
from rtm_flows.people.rows import Bools

Types = tuple[str, ...]
_MANY = 4096


def contains(types: Types, kind: str) -> bool:
    """Tell whether a set of types holds one.

    Examples
    --------
    >>> contains(("*",), "search"), contains(("!", "search"), "search")
    (True, False)
    """
    if types[:1] == ("!",):
        return kind not in types[1:]
    return types == ("*",) or kind in types


class TypeSets:
    """Membership of rows in declared sets of types.

    Examples
    --------
    >>> sets = TypeSets([("search",), ("*",)])
    >>> masks = sets.masks(np.array(["search", "purchase"], dtype=object))
    >>> masks[("search",)].tolist(), masks[("*",)].tolist()
    ([True, False], [True, True])
    """

    def __init__(self, sets: Sequence[Types]) -> None:
        self.sets = tuple(dict.fromkeys(sets))
        self._code: dict[str, int] = {}
        self._member = np.zeros((len(self.sets), 0), dtype=np.bool_)

    def masks(self, types: Column) -> dict[Types, Bools]:
        """Return one mask over the rows for every declared set."""
        code = self._code
        kinds = types.tolist()
        try:
            codes = np.fromiter(map(code.__getitem__, kinds), np.intp, len(kinds))
        except KeyError:
            self._learn(kinds)
            codes = np.array([self._code[kind] for kind in kinds], dtype=np.intp)
        return dict(zip(self.sets, self._member.take(codes, axis=1), strict=True))

    def _learn(self, kinds: Sequence[str]) -> None:
        """Enter the types not met before; start anew when custom types have grown too many."""
        if len(self._code) > _MANY:
            self._code = {}
        for kind in kinds:
            self._code.setdefault(kind, len(self._code))
        self._member = np.array(
            [[contains(types, kind) for kind in self._code] for types in self.sets], dtype=np.bool_
        ).reshape(len(self.sets), len(self._code))
