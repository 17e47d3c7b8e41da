"""What each row adds to the sums of its session."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from rtm_flows.people.session_sums import RECORD, Sum, adds
from rtm_flows.people.type_sets import TypeSets, contains
from tests.people.passes import Told, passes, people, streams

SUMS = (
    *RECORD.values(),
    Sum("quantity", ("add_to_cart",), ("remove_from_cart",)),
    Sum("amount", ("*",), ("purchase",)),
    Sum(None, ("purchase",), ("purchase", "search")),
)


@given(streams())
def test_a_row_adds_its_field_where_its_type_counts(events: list[Told]) -> None:
    """A sum counts 1 or a field, plus for the types added and minus for those subtracted."""
    (one,) = passes(events, [], people([]))
    sets = TypeSets([types for s in SUMS for types in (s.add, s.subtract) if types])

    found = adds(SUMS, sets.masks(one.events["type"]), one.events)

    for row, place in enumerate(one.places.tolist()):
        told = events[place]
        for index, wanted in enumerate(SUMS):
            sign = int(contains(wanted.add, told.type))
            sign -= bool(wanted.subtract) and contains(wanted.subtract, told.type)
            value = 1 if wanted.field is None else getattr(told, wanted.field)
            assert found[row, index] == sign * value


def test_no_rows_add_nothing() -> None:
    """A pass of no events has as many columns as there are sums."""
    (one,) = passes([], [], people([]))
    found = adds(SUMS, {t: np.zeros(0, dtype=np.bool_) for s in SUMS for t in s[1:]}, one.events)

    assert found.shape == (0, len(SUMS))
