"""What sessions and windows add up: counts of types, and sums of money over types.

In: rows with their type masks. Out: what each row adds to each sum, in integers, so that the
order of adding never matters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.people.rows import Bools, Ints
from rtm_flows.people.type_sets import Types


class Sum(NamedTuple):
    """One running sum of a session: of a field, or of 1 where `field` is None."""

    field: str | None
    add: Types
    subtract: Types = ()


RECORD: Mapping[str, Sum] = {
    "events": Sum(None, ("*",)),
    "views": Sum(None, ("view_item",)),
    "searches": Sum(None, ("search",)),
    "cart_adds": Sum(None, ("add_to_cart",)),
    "cart_removes": Sum(None, ("remove_from_cart",)),
    "checkouts": Sum(None, ("begin_checkout",)),
    "purchases": Sum(None, ("purchase",)),
    "value": Sum("amount", ("purchase",)),
    "pages": Sum(None, ("page_view", "view_item")),
}
"""The sums that a session record is made of."""


def adds(sums: Sequence[Sum], masks: Mapping[Types, Bools], events: Table) -> Ints:
    """Return what each row adds to each sum, shape (rows, sums)."""
    # One row a sum: each lies side by side in memory, here and wherever they are added up.
    result = np.empty((len(sums), len(events)), dtype=np.int64)
    for index, one in enumerate(sums):
        result[index] = masks[one.add]
        if one.subtract:
            result[index] -= masks[one.subtract]
        if one.field is not None:
            result[index] *= events[one.field]
    return result.T
