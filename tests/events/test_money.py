"""Tests of money and quantities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.events.faults import Faults
from rtm_flows.events.money import read_money
from rtm_flows.events.numeric import Value


def read(**fields: Value) -> tuple[list[int], list[tuple[str, str | None]]]:
    """Return price, quantity and amount of one record, and its fault."""
    faults = Faults(np.arange(1), {})
    columns = read_money({name: [value] for name, value in fields.items()}, faults)
    return [int(column[0]) for column in columns.values()], [b[1:3] for b in faults.found]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [0, 1, 0]),
        ({"price": None, "quantity": None, "value": None}, [0, 1, 0]),
        ({"price": 9.99, "quantity": 3}, [999, 3, 2997]),
        ({"price": "0.285", "quantity": "2"}, [29, 2, 58]),
        ({"price": 5, "value": 0}, [500, 1, 0]),
        ({"price": -0.285}, [-28, 1, -28]),
        ({"price": 10**10, "quantity": 0}, [10**12, 0, 0]),
        ({"price": 10**10, "quantity": 2, "value": 5}, [10**12, 2, 500]),
        ({"quantity": 2.0}, [0, 2, 0]),
    ],
)
def test_amount_is_value_or_price_times_quantity(
    fields: dict[str, Value], expected: list[int]
) -> None:
    """What is missing has its default, and what is given is in minor units."""
    assert read(**fields) == (expected, [])


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"price": "free"}, "price"),
        ({"price": 10**10 + 1}, "price"),
        ({"price": 10**400}, "price"),
        ({"value": -(10**10) - 0.01}, "value"),
        ({"quantity": 1.5}, "quantity"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": 10**6 + 1}, "quantity"),
        ({"price": 10**10, "quantity": 2}, "price"),
        ({"price": 10**10, "quantity": 2, "value": "much"}, "value"),
    ],
)
def test_what_is_beyond_bounds_is_refused(fields: dict[str, Value], field: str) -> None:
    """No number, or one that is too large, is a fault of its field."""
    assert read(**fields)[1] == [("bad_number", field)]


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-5, 10**7))
def test_money_stays_within_its_bounds(price: float, quantity: int) -> None:
    """Whatever is accepted is within bounds; whatever is not has exactly one fault."""
    (minor, count, amount), faults = read(price=price, quantity=quantity)

    if faults:
        assert len(faults) == 1
    else:
        assert abs(minor) <= 10**12
        assert 0 <= count <= 10**6
        assert abs(amount) <= 10**12
