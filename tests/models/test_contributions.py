"""Contributions: they add up to the logit, whose chance is the score."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from rtm_flows.models.contributions import contributions
from rtm_flows.models.score import FEW, score_rows
from rtm_flows.models.spec import Learning

SIZE = 4
SPEC = Learning(mature=10, mature_positives=2)
NUMBERS = st.floats(-4, 4).map(lambda number: round(number, 4))
ROWS = arrays(np.float64, (5, SIZE), elements=st.one_of(NUMBERS, st.just(np.nan)))
VERSION = st.tuples(
    st.sampled_from([9.0, 500.0]), st.sampled_from([1.0, 50.0]), *[NUMBERS] * (1 + 2 * SIZE)
)
VERSIONS = st.lists(VERSION, max_size=3).map(
    lambda rows: np.array(rows, dtype=np.float64).reshape(-1, 3 + 2 * SIZE)
)
Matrix = NDArray[np.float64]


@given(ROWS, VERSIONS, st.integers(0, SIZE + 1), st.data())
def test_what_features_add_makes_the_score(
    x: Matrix, versions: Matrix, most: int, data: st.DataObject
) -> None:
    """Base, features and rest add up to the logit to 1e-9, and the score is its chance."""
    which = np.array(
        data.draw(st.lists(st.integers(-1, len(versions) - 1), min_size=5, max_size=5))
    )

    made = contributions(x, versions, which, SPEC, most)

    scores = score_rows(x, versions, which, SPEC)
    for at in range(len(x)):
        usable = which[at] >= 0 and versions[which[at], 0] >= 10 and versions[which[at], 1] >= 2
        assert made.known[at] == (usable and bool(np.isfinite(x[at]).all()))
        if not made.known[at]:
            assert made.logit[at] == made.base[at] == made.rest[at] == 0.0
            continue
        parts = [made.base[at], *made.contributed[at], made.rest[at]]
        assert abs(math.fsum(parts) - made.logit[at]) <= 1e-9
        assert abs(1 / (1 + math.exp(-made.logit[at])) - scores[at]) <= 1e-6
        assert made.places[at].tolist() == naive_places(x[at], versions[which[at]], most)


def naive_places(x: Any, version: Any, most: int) -> list[int]:
    """Return the features that add most, up or down, of equals the first."""
    means, slopes = version[3 : 3 + SIZE], version[3 + SIZE :]
    terms = [round((a - b) * c * 1e9) / 1e9 for a, b, c in zip(x, means, slopes, strict=True)]
    return sorted(range(SIZE), key=lambda at: -abs(terms[at]))[:most]


@given(ROWS, VERSIONS.filter(len))
def test_a_row_is_told_the_same_whatever_rows_are_beside_it(x: Matrix, versions: Matrix) -> None:
    """So that no answer depends on the size of a batch."""
    which = np.zeros(len(x), dtype=np.int64)

    whole = contributions(x, versions, which, SPEC, 2)

    for at in range(len(x)):
        one = contributions(x[at : at + 1], versions, which[:1], SPEC, 2)
        assert [c.tolist() for c in one] == [c[at : at + 1].tolist() for c in whole]


@given(ROWS, VERSIONS)
def test_many_rows_are_told_the_same_as_few(x: Matrix, versions: Matrix) -> None:
    """Whether features are gone through one by one or all at once changes no bit."""
    which = np.arange(len(x)) % (len(versions) + 1) - 1
    times = FEW // len(x) + 1

    few = contributions(x, versions, which, SPEC, 2)
    many = contributions(np.tile(x, (times, 1)), versions, np.tile(which, times), SPEC, 2)

    for one, other in zip(few, many, strict=True):
        assert one.tolist() == other[-len(x) :].tolist()
