"""Population stability: one number of two counts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from rtm_flows.models.stability import SMOOTHING, psi

counts = st.integers(1, 12).flatmap(
    lambda bins: st.tuples(
        *(st.lists(st.integers(0, 10**9), min_size=bins, max_size=bins) for _ in range(2))
    )
)


@given(counts)
def test_psi_is_both_relative_entropies(both: tuple[list[int], list[int]]) -> None:
    """Jeffreys' divergence of the smoothed shares, as scipy has it."""
    reference, current = both
    r, c = (np.array(sample) + SMOOTHING for sample in both)
    expected = entropy(r, c) + entropy(c, r) if sum(reference) and sum(current) else 0.0

    assert psi(reference, current) == pytest.approx(expected, abs=1e-12)


@given(counts)
def test_psi_is_symmetric_and_never_negative(both: tuple[list[int], list[int]]) -> None:
    """Which sample is the reference does not matter, nor does a sample beside itself."""
    reference, current = both

    assert psi(reference, current) == pytest.approx(psi(current, reference))
    assert psi(reference, current) >= 0.0
    assert psi(reference, reference) == 0.0


def test_an_empty_bin_stays_finite() -> None:
    """What one sample never has does not make the index infinite."""
    assert math.isfinite(psi([0, 1000], np.array([1000, 0])))


@pytest.mark.parametrize(
    ("reference", "current", "told"),
    [
        ([1, 2], [1], "need the same bins, at least one; got 2 and 1"),
        ([], [], "need the same bins, at least one; got 0 and 0"),
        ([1, -2], [1, 2], "counts must be whole numbers of 0 or more"),
        ([1, 2], [0.5, 2.0], "counts must be whole numbers of 0 or more"),
    ],
)
def test_what_are_no_counts_is_refused(reference: list[int], current: list[int], told: str) -> None:
    """Errors say what was needed."""
    with pytest.raises(ValueError, match=told):
        psi(reference, current)
