"""Slices: they part the rows, and show what is wrong where it is wrong."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given

from rtm_flows.errors import ConfigError
from rtm_flows.measure.contents import contents_of
from rtm_flows.measure.slices import MOST_COLUMNS, Sliced, parts_of, slices_of
from tests.measure.series import COLUMNS


def sliced(frame: pl.DataFrame, chances: np.ndarray, *wanted: str) -> list[Sliced]:
    """Return the slices of a table whose label is y."""
    labels = frame["y"].to_numpy()
    columns = contents_of(frame, "y", ["left_out"] if "left_out" in frame else [], labels)
    return slices_of(parts_of(frame, columns, wanted), chances, labels)


@given(COLUMNS)
def test_slices_part_the_rows(column: pl.Series) -> None:
    """By every column, and by place in the file: each row is in one slice."""
    random = np.random.default_rng(len(column))
    labels = random.random(len(column)) < 0.4
    frame = pl.DataFrame({"x": column, "y": labels})

    found = sliced(frame, random.random(len(column)))

    assert found[0].column is None
    for of in found:
        assert sum(part.figures.n for part in of.slices) == len(column)
        assert sum(part.figures.positives for part in of.slices) == labels.sum()
        assert all(part.figures.n for part in of.slices)


def test_the_slices_that_tell_most_come_first_and_are_eight() -> None:
    """By how well each column tells the label by itself; ids and labels do not."""
    random = np.random.default_rng(3)
    labels = random.random(3_000) < 0.3
    columns = {f"x{k}": labels * k + random.normal(0, 5, 3_000) for k in range(12)}
    frame = pl.DataFrame({"id": [f"p{i}" for i in range(3_000)], **columns, "y": labels})

    found = sliced(frame, random.random(3_000))

    assert [of.column for of in found] == [
        None,
        *(f"x{k}" for k in range(11, 11 - MOST_COLUMNS, -1)),
    ]


def test_a_slice_that_was_asked_for_is_there_even_if_it_was_left_out() -> None:
    """What a model may not see is what one wants to see it by."""
    frame = pl.DataFrame({
        "left_out": ["f", "m"] * 50, "x": [1.0, 2.0] * 50, "y": [True, False] * 50,
    })  # fmt: skip
    chances = np.where(np.arange(100) % 2 == 0, 0.9, 0.6)

    found = sliced(frame, chances, "left_out")

    assert [of.column for of in found] == [None, "left_out"]
    women, men = found[1].slices
    assert (women.name, women.observed, women.predicted) == ("f", 1.0, 0.9)
    assert (men.name, men.observed, men.predicted) == ("m", 0.0, 0.6)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("y", "it is label, yes or no"),
        ("id", "it looks like an id"),
        ("one", "all its rows are '7'"),
        ("parts", "it is learned, other"),
    ],
)
def test_what_cannot_be_sliced_is_refused(name: str, text: str) -> None:
    """With the reason."""
    frame = pl.DataFrame({
        "id": [f"p{i}" for i in range(100)], "one": [7] * 100, "parts": [[1]] * 100,
        "y": [True, False] * 50,
    })  # fmt: skip

    with pytest.raises(ConfigError, match=text):
        sliced(frame, np.full(100, 0.5), name)
