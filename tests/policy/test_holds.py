"""Holds: the first that is asked is the one that is told."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.policy.holds import first_of

PLACES = st.lists(st.integers(-1, 2), min_size=6, max_size=6)


@given(PLACES, PLACES, st.integers(3, 6))
def test_what_is_asked_first_holds_back(before: list[int], then: list[int], place: int) -> None:
    """A later hold is told where no earlier one keeps the offer back, by its place among all."""
    held, further = (np.array(one, dtype=np.int16).reshape(2, 3) for one in (before, then))

    wanted = [
        a if a >= 0 else (b + place if b >= 0 else -1) for a, b in zip(before, then, strict=True)
    ]

    assert first_of(held, further, place).ravel().tolist() == wanted
