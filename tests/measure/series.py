"""Strategies: chances with the labels that came true, and columns of a table."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
from hypothesis import strategies as st
from numpy.typing import NDArray

Series = list[tuple[float, bool]]
Arrays = tuple[NDArray[np.float64], NDArray[np.bool_]]

SERIES: st.SearchStrategy[Series] = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]) | st.floats(0, 1), st.booleans()),
    max_size=60,
)

NUMBERS = st.sampled_from([0.0, 1.0, 2.5, float("nan")]) | st.floats()
TEXTS = st.sampled_from(["web", "shop", "mail", ""]) | st.text(max_size=3)
COLUMNS: st.SearchStrategy[pl.Series] = st.one_of(
    st.lists(st.none() | NUMBERS, min_size=1, max_size=90).map(
        lambda values: pl.Series("x", values, dtype=pl.Float64)
    ),
    st.lists(st.none() | st.integers(-5, 40), min_size=1, max_size=90).map(
        lambda values: pl.Series("x", values, dtype=pl.Int64)
    ),
    st.lists(st.none() | TEXTS, min_size=1, max_size=90).map(
        lambda values: pl.Series("x", values, dtype=pl.String)
    ),
    st.lists(st.none() | st.booleans(), min_size=1, max_size=30).map(
        lambda values: pl.Series("x", values, dtype=pl.Boolean)
    ),
    st.lists(st.none() | st.datetimes(), min_size=1, max_size=30).map(
        lambda values: pl.Series("x", values, dtype=pl.Datetime("us"))
    ),
    st.lists(st.none() | st.dates(), min_size=1, max_size=30).map(
        lambda values: pl.Series("x", values, dtype=pl.Date)
    ),
    st.lists(
        st.none() | st.timedeltas(dt.timedelta(-9_999), dt.timedelta(9_999)),
        min_size=1,
        max_size=30,
    ).map(lambda values: pl.Series("x", values, dtype=pl.Duration("us"))),
)
"""Columns of every kind that is learned."""


def arrays(series: Series) -> Arrays:
    """Return chances and labels."""
    chances, labels = [p for p, _ in series], [y for _, y in series]
    return np.array(chances, dtype=np.float64), np.array(labels, dtype=np.bool_)
