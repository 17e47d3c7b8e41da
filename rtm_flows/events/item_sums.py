"""Sums over the entries of lists, as of price times quantity over the items of an order.

In: columns of lists. Out: exact decimal numbers as text. It knows nothing of money or its limits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Any, Final

from rtm_flows.events.numeric import Value

NOT_A_NUMBER: Final = "?"
"""Stands for a sum over something that is no number; read as a number it is refused."""

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_EXACT: Final = Context(prec=60)


def item_sums(
    columns: Sequence[Sequence[Any]], missing: frozenset[str] = frozenset()
) -> list[Value]:
    """Return the sum over each row's entries of the product of the columns.

    Each column holds, for each row, the values of one path in all entries of a list, or None.
    Entries without the first factor are left out, other missing factors are 1; None is for rows
    without any entry.

    Examples
    --------
    >>> item_sums([[[9.99, "2.5", None], None, ["x"]], [[3, None, 4], None, [1]]])
    ['32.47', None, '?']
    """
    nothing = {None, "", *missing}
    return [_item_sum(row, nothing) for row in zip(*columns, strict=True)]


def _item_sum(factors: Sequence[Sequence[Value] | None], nothing: set[Any]) -> Value:
    if not factors[0]:
        return None
    total: Decimal | None = None
    for entry in zip(*(factor or () for factor in factors), strict=True):
        if entry[0] in nothing:
            continue
        product = Decimal(1)
        for value in entry:
            if value not in nothing:
                if not _NUMBER.fullmatch(str(value)):
                    return NOT_A_NUMBER
                product = _EXACT.multiply(product, Decimal(str(value)))
        total = _EXACT.add(total or Decimal(0), product)
    return None if total is None else format(total, "f")
