"""Tests of numbers as records hold them."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from math import inf, isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.events.numeric import Value, floor_scaled, to_floats

DECIMALS = st.decimals(min_value=-(10**10), max_value=10**10, places=4).filter(
    lambda d: len(d.as_tuple().digits) <= 15
)


@given(DECIMALS)
def test_money_is_that_of_the_decimal_number(number: Decimal) -> None:
    """Halves of a cent go up, as they are written and not as binary makes them."""
    expected = (number * 100 + Decimal("0.5")).to_integral_value(ROUND_FLOOR)

    assert floor_scaled(np.array([float(number)]), 100, half=True).tolist() == [int(expected)]


@given(st.integers(-(10**12), 10**12))
def test_whole_cents_stay_what_they_are(cents: int) -> None:
    """A number with two decimals is exact up to the largest amount of money."""
    assert floor_scaled(np.array([cents / 100]), 100, half=True).tolist() == [cents]


@given(st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers()))
def test_text_reads_as_the_number_it_shows(values: list[Value]) -> None:
    """A column reads the same as numbers and as their text."""
    texts: list[Value] = [None if value is None else str(value) for value in values]

    np.testing.assert_array_equal(to_floats(values), to_floats(texts))


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1 ", "1_000", "1,5", "0x10", "nan", "inf", "-Infinity", "1e400", "\u0661", "true"],
)
def test_other_text_is_no_number(text: str) -> None:
    """Text is a number only if it is plain digits, a point and an exponent."""
    assert to_floats([text, 1]).tolist() == [inf, 1.0]


def test_missing_and_huge_are_told_apart() -> None:
    """Nothing reads as NaN, an integer beyond all floats as infinity."""
    missing, huge, small = to_floats([None, 10**400, 2]).tolist()

    assert isnan(missing)
    assert (huge, small) == (inf, 2.0)
