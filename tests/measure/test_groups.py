"""Groups: every row in one, and nobody named."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given

from rtm_flows.measure.groups import MISSING, OTHERS, groups_of, looks_like_id, values_of
from tests.measure.series import COLUMNS


@given(COLUMNS)
def test_every_row_is_in_one_group_and_no_group_is_empty(column: pl.Series) -> None:
    """Whatever the column holds: gaps, NaN, infinities, times before the year 1900."""
    groups = groups_of(column)

    assert len(groups.which) == len(column)
    assert sorted(set(groups.which.tolist())) == list(range(len(groups.names)))


@given(COLUMNS)
def test_only_what_ten_rows_and_one_in_a_hundred_hold_is_named(column: pl.Series) -> None:
    """A value that somebody could be known by stands nowhere."""
    for value, rows in values_of(column):
        assert rows >= max(10, len(column) / 100)
        assert value
    if column.dtype == pl.String:
        rare = [v for v, n in column.value_counts().rows() if n < 10 and v is not None]
        assert not set(groups_of(column).names) & (set(rare) - {MISSING, OTHERS})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([f"ann{i}@example.com" for i in range(100)], True),
        ([f"ann{i % 51}" for i in range(100)], True),
        ([f"ann{i % 50}" for i in range(100)], False),
        ([7_000 + i for i in range(100)], True),
        ([7_000 + i % 90 for i in range(100)], False),
        ([i / 7 for i in range(100)], False),
        (["a", "b", "c"], False),
    ],
)
def test_what_looks_like_an_id(values: list[object], expected: bool) -> None:
    """Texts that mostly stand once, whole numbers that nearly always do; no measured number."""
    assert looks_like_id(pl.Series(values)) is expected


@pytest.mark.parametrize(
    ("column", "names"),
    [
        (pl.Series([2, 1, 3] * 20), ["1", "2", "3"]),
        (pl.Series([1.0, 2.5] * 20), ["1", "2.5"]),
        (pl.Series([True, False, None] * 20), ["false", "true", MISSING]),
        (pl.Series([0] * 300 + list(range(1, 101))), ["up to 0", "1 and more"]),
        (
            pl.Series([i / 10 for i in range(40)]),
            ["up to 0.9", "0.9 to 1.9", "1.9 to 2.9", "over 2.9"],
        ),
        (
            pl.Series(range(20), dtype=pl.Int32).cast(pl.Date),
            ["up to 1970-01-05", "then to 1970-01-10", "then to 1970-01-15", "after 1970-01-15"],
        ),
        (pl.Series([None, None], dtype=pl.Float64), [MISSING]),
    ],
)
def test_groups_are_named_as_one_would(column: pl.Series, names: list[str]) -> None:
    """Few values by name, in order; many numbers by quartile, equal ones together."""
    assert groups_of(column).names == names
