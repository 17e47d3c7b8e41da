"""Packed columns: a column as plain values and bytes.

In: an array of numbers, or of text, bytes and None. Out: what MessagePack can hold, and the array
again. It knows nothing of tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

OBJECTS = "O"
"""The type of columns whose rows are objects: text, bytes, or None."""


class PackedColumn(msgspec.Struct, array_like=True, gc=False):
    """A column, packed."""

    dtype: str
    shape: list[int]
    data: memoryview | list[Any]
    """Read back, these are the bytes of what was read, not copied."""


def pack_column(column: Array) -> PackedColumn:
    """Return a column packed.

    Examples
    --------
    >>> unpack_column(pack_column(np.arange(3))).tolist()
    [0, 1, 2]
    """
    if column.dtype == object:
        return PackedColumn(OBJECTS, [len(column)], column.tolist())
    plain = np.ascontiguousarray(column).tobytes()
    return PackedColumn(column.dtype.str, list(column.shape), memoryview(plain))


def unpack_column(packed: PackedColumn) -> Array:
    """Return the column that was packed, as an array of its own."""
    if isinstance(packed.data, list):
        return as_objects(packed.data)
    flat = np.frombuffer(packed.data, dtype=np.dtype(packed.dtype))
    return flat.reshape(packed.shape).copy()


def as_objects(values: Sequence[str | bytes | None]) -> Array:
    """Return a column of objects."""
    return np.fromiter(values, dtype=object, count=len(values))
