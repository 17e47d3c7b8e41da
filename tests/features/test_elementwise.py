"""What numpy must promise for answers not to depend on batches: bits without neighbours.

numpy computes elementary functions several values at a time, and what is left over by a slower
way. If those ways ever differed, an answer would depend on the place of a row in its batch. They do
differ for arrays that run backwards in memory; no result of an operation does, so none is met.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LENGTHS = range(1, 71)
rng = np.random.default_rng(7)
VALUES: dict[str, Floats] = {
    "exp2": -np.concatenate([rng.exponential(1.0, 60), rng.exponential(300.0, 10)]),
    "log1p": np.concatenate([rng.exponential(1.0, 40), rng.integers(0, 10**6, 30).astype(float)]),
    "log": rng.exponential(1.0, 70),
    "exp": rng.normal(0.0, 8.0, 70),
    "sqrt": rng.exponential(100.0, 70),
}


def double(x: Floats) -> list[int]:
    """Return the bits of numbers."""
    found: list[int] = np.ascontiguousarray(x).view(np.int64).tolist()
    return found


def placed(x: Floats, offset: int, stride: int) -> Floats:
    """Return the numbers at some place in a larger array, so many apart."""
    room = np.full(offset + stride * len(x), 0.5)
    room[offset::stride][: len(x)] = x
    return room[offset::stride][: len(x)]


@pytest.mark.parametrize("name", VALUES)
def test_a_function_gives_the_same_bits_at_every_place(name: str) -> None:
    """Arrays of 1 to 70 numbers, at any alignment, and any number of places apart."""
    function: Callable[[Floats], Floats] = getattr(np, name)
    values = VALUES[name]
    alone = [double(function(values[i : i + 1]))[0] for i in range(len(values))]

    for length in LENGTHS:
        for offset in (0, 1, 3):
            x = placed(values[:length], offset, 1)
            assert double(function(x)) == alone[:length]
        for stride in (2, 5):
            assert double(function(placed(values[:length], 1, stride))) == alone[:length]
        assert double(function(values[-length:])) == alone[-length:]
        backwards = np.ascontiguousarray(values[:length][::-1])
        assert double(function(backwards)) == alone[:length][::-1]


@pytest.mark.parametrize("name", VALUES)
def test_a_row_of_a_matrix_is_a_place_like_any_other(name: str) -> None:
    """By row or by column, whole or in part, in C order or in Fortran's."""
    function: Callable[[Floats], Floats] = getattr(np, name)
    matrix = VALUES[name].reshape(10, 7)
    alone = np.array([[double(function(np.array([v])))[0] for v in row] for row in matrix])

    for shown in (matrix, np.asfortranarray(matrix)):
        assert function(shown).view(np.int64).tolist() == alone.tolist()
        for column in range(7):
            assert double(function(shown[:, column])) == alone[:, column].tolist()
        for row in range(10):
            assert double(function(shown[row])) == alone[row].tolist()


def test_no_result_of_an_operation_runs_backwards() -> None:
    """Differences, quotients and conversions of arrays that run backwards run forwards."""
    whole = np.arange(9, dtype=np.int64)[::-1]
    numbers = whole.astype(np.float64)

    for result in (whole - whole, numbers, -numbers / 3, np.maximum(numbers, 0.0)):
        assert result.strides == (8,)
