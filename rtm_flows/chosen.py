"""Chosen: rows of one column, gathered when somebody looks.

In: an array, and which of its rows. Out: the rows, or further choices among them. It knows nothing
of the other columns.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]


class Chosen:
    """Rows of a column that were chosen, and are gathered when first looked at.

    Rows are often chosen several times over before a column is looked at, if it ever is; and to
    gather text costs a visit to each of them.
    """

    __slots__ = ("_base", "_rows")

    def __init__(self, base: Column, rows: Column | None) -> None:
        self._base = base
        self._rows = rows

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._base if self._rows is None else self._rows)

    def get(self) -> Column:
        """Return the column."""
        if self._rows is not None:
            self._base, self._rows = _gather(self._base, self._rows), None
        return self._base

    def put(self, place: Column) -> None:
        """Write the column into an array."""
        if self._rows is None or not (place.flags.c_contiguous and self._base.flags.c_contiguous):
            place[...] = self.get()
        else:
            # Told what to do with rows out of range, numpy does not gather into a copy first.
            self._base.take(self._rows, axis=0, out=place, mode="wrap")

    def like(self, rows: int) -> Column:
        """Return an empty column of the same kind, for so many rows."""
        if self._base.ndim == 1:
            return np.empty(rows, dtype=self._base.dtype)
        by_column = self._base.strides[0] < self._base.strides[1]
        shape, order = (rows, self._base.shape[1]), "F" if by_column else "C"
        return np.empty(shape, dtype=self._base.dtype, order=order)  # type: ignore[call-overload,no-any-return]

    def take(self, rows: Column, known: dict[int, Column]) -> Chosen:
        """Return rows of these rows; `known` saves choosing among the same rows again."""
        if self._rows is None:
            return Chosen(self._base, rows)
        key = id(self._rows)
        if key not in known:
            known[key] = self._rows.take(rows)
        return Chosen(self._base, known[key])

    def slice(self, start: int, stop: int) -> Chosen:
        """Return rows side by side."""
        if self._rows is None:
            return Chosen(self._base[start:stop], None)
        return Chosen(self._base, self._rows[start:stop])


def _gather(column: Column, rows: Column) -> Column:
    if column.ndim == 2 and column.strides[0] < column.strides[1]:
        # Numbers of a feature lie side by side, and stay so: ten times as fast as by rows.
        return column.T.take(rows, axis=1).T
    return column.take(rows, axis=0)
