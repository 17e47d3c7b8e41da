"""Canonical place: the order of rows that does not depend on how they arrived.

In: columns. Out: the order of their rows by (time, source, id), then by all other columns.
It refuses to know files. The columns that tell where a row stands (`file`, `line`, `row`) take
no part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Values = Callable[[str, Rows], pa.Array]

_PLACES = frozenset({"file", "line", "row"})
_FOLLOWING = frozenset({"hash", "identity"})  # made from other columns, so they add nothing
_FIRST = ("type", "person", "price", "quantity", "amount")
_LAST = ("clamped", "derived")


def settling_columns(names: Iterable[str]) -> list[str]:
    """Return the columns that settle ties in (time, source, id), first the one that counts most.

    Examples
    --------
    >>> settling_columns(["row", "time", "id", "device", "channel", "source", "derived", "type"])
    ['type', 'channel', 'device', 'derived']
    """
    left = set(names) - {"time", "source", "id"} - _PLACES - _FOLLOWING
    text = sorted(left.difference(_FIRST, _LAST))
    return [name for name in (*_FIRST, *text, *_LAST) if name in left]


def canonical_order(times: Rows, names: Iterable[str], values: Values) -> Rows:
    """Return the indices that put rows in canonical order; equal rows stay as they stand.

    Parameters
    ----------
    times
        The column `time` of all rows, in milliseconds.
    names
        The names of all columns.
    values
        Returns a column at the chosen rows; it is asked only about rows that tie.
    """
    order: Rows = np.argsort(times, kind="stable")
    at = times[order]
    places, groups = _ties(np.arange(len(order)), at[1:] != at[:-1])
    for level in (["source", "id"], settling_columns(names)):
        if not len(places):
            break
        rows = order[places]
        keys = [groups, *(_ranks(values(name, rows)) for name in level)]
        settled = np.lexsort(keys[::-1])
        order[places] = rows[settled]
        changes = np.zeros(max(len(settled) - 1, 0), dtype=np.bool_)
        for key in keys:
            changes |= key[settled][1:] != key[settled][:-1]
        places, groups = _ties(places, changes)
    return order


def _ties(places: Rows, changes: NDArray[np.bool_]) -> tuple[Rows, Rows]:
    """Return the places that are like a neighbour, and which of them belong together."""
    if not len(places):
        return places, places
    starts = np.concatenate(([True], changes))
    alone = starts & np.concatenate((changes, [True]))
    return places[~alone], np.cumsum(starts)[~alone]


def _ranks(column: pa.Array) -> Rows:
    """Return numbers that order the values: numbers by size, text by code points."""
    if not pa.types.is_string(column.type):
        numbers: Rows = column.cast(pa.int64()).to_numpy()
        return numbers
    ranks = pc.rank(column.fill_null(""), "ascending", tiebreaker="dense").to_numpy()
    known = column.is_valid().to_numpy(zero_copy_only=False)
    codes: Rows = ranks.astype(np.int64) * 2 + known  # no value comes before the empty text
    return codes


def row_key(batch: pa.RecordBatch, row: int, names: Iterable[str]) -> tuple[Any, ...]:
    """Return what one row is compared by.

    It orders rows as `canonical_order` does, and equal ones by the file and line they stand at,
    so that no two rows have the same key.
    """
    values = (
        batch.column(name)[row].as_py() for name in ("source", "id", *settling_columns(names))
    )
    known = tuple((value is not None, "" if value is None else value) for value in values)
    place = (batch.column("file")[row].as_py(), batch.column("line")[row].as_py())
    return batch.column("time")[row].as_py(), known, place
