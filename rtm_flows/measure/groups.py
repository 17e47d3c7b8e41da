"""Groups: the rows of a column parted by value or by quartile.

In: a column. Out: a name for each group, and the group of each row. Nothing that could be somebody
is named: neither the values of a column that looks like an id, nor a rare value. It refuses to
know labels and chances.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rtm_flows.models.scales import LIMIT

Vector = NDArray[np.float64]

FEWEST_ROWS = 10
"""A value held by fewer rows is not named."""

LEAST_SHARE = 0.01
"""Nor is one held by a smaller share of the rows."""

MOST_VALUES = 8
"""Values that are named at most, and above which numbers are parted by quartile."""

MISSING = "missing"
OTHERS = "other values"

_ID_TEXTS = 0.5
_ID_NUMBERS = 0.95


class Groups(NamedTuple):
    """A column's rows in groups, none of them empty."""

    names: list[str]
    which: NDArray[np.intp]
    """The place in `names` of each row's group."""


def is_text(column: pl.Series) -> bool:
    """Tell whether a column is learned as texts."""
    return column.dtype in (pl.String, pl.Categorical, pl.Enum)


def looks_like_id(column: pl.Series) -> bool:
    """Tell whether nearly every value stands once: texts, or whole numbers.

    That is, of at least ten values more than half of texts are different, or more than 95 percent
    of whole numbers.

    Examples
    --------
    >>> looks_like_id(pl.Series(range(100))), looks_like_id(pl.Series([0, 1] * 50))
    (True, False)
    """
    present = len(column) - column.null_count()
    share = _ID_TEXTS if is_text(column) else _ID_NUMBERS
    if present < FEWEST_ROWS or not (is_text(column) or column.dtype.is_integer()):
        return False
    return column.drop_nulls().n_unique() > share * present


def numbers_of(column: pl.Series) -> Vector:
    """Return a column's numbers as a model takes them, NaN where one is missing."""
    plain = column.to_physical() if column.dtype.is_temporal() else column
    values: Vector = plain.cast(pl.Float64).fill_null(np.nan).to_numpy()
    # A NaN is not less than anything.
    return np.where(np.abs(values) < LIMIT, values, np.nan)


def values_of(column: pl.Series) -> list[tuple[str, int]]:
    """Return the values that may be named and their rows, the eight most frequent at most.

    Of times and of what looks like an id there are none.
    """
    if looks_like_id(column) or column.dtype.is_temporal():
        return []
    counts = as_named(column).drop_nulls().value_counts(name="rows")
    named = counts.filter(pl.col("rows") >= fewest(len(column))).rows()
    ranked = sorted(named, key=lambda pair: (-pair[1], pair[0]))
    return [(str(value), rows) for value, rows in ranked[:MOST_VALUES]]


def fewest(rows: int) -> float:
    """Return how many of so many rows must hold a value for it to be named."""
    return max(FEWEST_ROWS, LEAST_SHARE * rows)


def groups_of(column: pl.Series) -> Groups:
    """Part the rows of a column: numbers of more than eight values by quartile, others by value.

    Missing values are a group, and so are all values that are not named, taken together.

    Examples
    --------
    >>> groups_of(pl.Series(list(range(20)) * 2)).names
    ['up to 4', '5 to 9', '10 to 14', '15 and more']
    >>> groups_of(pl.Series(["web"] * 20 + ["shop"] * 30 + ["once", None])).names
    ['shop', 'web', 'other values', 'missing']
    """
    if is_text(column) or column.dtype == pl.Boolean or _few(column):
        return _by_value(column)
    return _by_quartile(column)


def as_named(column: pl.Series) -> pl.Series:
    """Return values as they are named, None where there is none."""
    if not column.dtype.is_numeric():
        return column.cast(pl.String)
    values = [
        None if math.isnan(value) else f"{value:.12g}" for value in numbers_of(column).tolist()
    ]
    return pl.Series(values, dtype=pl.String)


def _few(column: pl.Series) -> bool:
    present = column.drop_nulls()
    return not column.dtype.is_temporal() and present.n_unique() <= MOST_VALUES


def _by_value(column: pl.Series) -> Groups:
    named = [value for value, _ in values_of(column)]
    if column.dtype.is_numeric():
        named.sort(key=float)
    place: dict[str | None, int] = {value: at for at, value in enumerate(named)}
    place[None] = len(named) + 1
    which = [place.get(value, len(named)) for value in as_named(column).to_list()]
    return _without_empty([*named, OTHERS, MISSING], np.array(which, dtype=np.intp))


def _by_quartile(column: pl.Series) -> Groups:
    values = numbers_of(column)
    present = np.sort(values[~np.isnan(values)])
    if not len(present):
        return _without_empty([MISSING], np.zeros(len(values), dtype=np.intp))
    cuts = np.unique([present[-(-len(present) * part // 4) - 1] for part in (1, 2, 3)])
    which = np.where(np.isnan(values), len(cuts) + 1, np.searchsorted(cuts, values))
    names = _ranges(column, cuts, present)
    return _without_empty([*names, MISSING], which.astype(np.intp))


def _without_empty(names: Sequence[str], which: NDArray[np.intp]) -> Groups:
    """Return the groups that have rows."""
    used = np.unique(which)
    return Groups([names[at] for at in used.tolist()], np.searchsorted(used, which))


def _ranges(column: pl.Series, cuts: Vector, present: Vector) -> list[str]:
    """Return names of the stretches up to each cut, and beyond the last."""
    if column.dtype.is_temporal():
        ends = [_time(column, cut) for cut in cuts.tolist()]
        return [f"up to {ends[0]}", *(f"then to {end}" for end in ends[1:]), f"after {ends[-1]}"]
    ends = [_number(cut) for cut in cuts.tolist()]
    if not bool(np.all(present == np.floor(present))):
        between = [f"{a} to {b}" for a, b in pairwise(ends)]
        return [f"up to {ends[0]}", *between, f"over {ends[-1]}"]
    starts = [_number(cut + 1) for cut in cuts.tolist()]
    between = [a if a == b else f"{a} to {b}" for a, b in zip(starts, ends[1:], strict=False)]
    return [f"up to {ends[0]}", *between, f"{starts[-1]} and more"]


def _number(value: float) -> str:
    whole = value == int(value) or abs(value) >= 1e4
    return f"{value:,.0f}" if whole and abs(value) < 1e15 else f"{value:.4g}"


def _time(column: pl.Series, value: float) -> str:
    """Return a moment as the column has it."""
    moment = pl.Series([int(value)], dtype=column.to_physical().dtype).cast(column.dtype)
    if column.dtype == pl.Duration:
        return str(moment.dt.to_string("polars")[0])
    return str(moment.cast(pl.String)[0])
