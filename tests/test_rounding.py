"""Rounding: six decimals, the same for one number and for many."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.rounding import round6, round6_one

NUMBERS = st.floats(min_value=-1e12, max_value=1e12)


@given(st.lists(NUMBERS, min_size=1, max_size=70))
def test_many_round_as_one(values: list[float]) -> None:
    """Each number of an array rounds to the bits it rounds to alone, zeros without a sign."""
    rounded = round6(np.array(values)).tolist()

    assert rounded == [round6_one(value) for value in values]
    assert all(math.copysign(1.0, v) == 1.0 for v in rounded if v == 0.0)


@given(NUMBERS)
def test_rounding_twice_changes_nothing(value: float) -> None:
    """A rounded number rounds to itself."""
    once = round6_one(value)

    assert round6_one(once) == once
    assert abs(once - value) <= 5.1e-7 + 1e-15 * abs(value)
