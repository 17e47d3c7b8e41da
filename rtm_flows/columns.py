"""Columns: the one shape in which rows travel and rest.

In: arrays of equal length under names. Out: slices, selections and joins of them, and their
plain bytes. A `Table` knows nothing of what its columns mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]


class Table:
    """Named columns of equal length; rows are along axis 0.

    A column is a numpy array of numbers (one- or two-dimensional) or of objects (text or None).
    Tables are treated as values: no operation changes one in place.

    Examples
    --------
    >>> table = Table({"time": np.array([1, 2, 3]), "id": as_text(["a", "b", "c"])})
    >>> len(table), table["id"][1]
    (3, 'b')
    >>> table.take(np.array([2, 0]))["time"].tolist()
    [3, 1]
    """

    __slots__ = ("columns",)

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self.columns: dict[str, Column] = dict(columns)

    def __len__(self) -> int:
        """Return the number of rows."""
        for column in self.columns.values():
            return len(column)
        return 0

    def __getitem__(self, name: str) -> Column:
        """Return one column."""
        return self.columns[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the column names."""
        return iter(self.columns)

    def __reduce__(self) -> tuple[Callable[[bytes], Table], tuple[bytes]]:
        """Travel between processes packed: pickling text one by one takes several times as long."""
        return unpack, (pack(self),)

    def take(self, rows: Column) -> Table:
        """Return the chosen rows: indices in the order given, or a mask."""
        if rows.dtype == np.bool_:
            rows = np.flatnonzero(rows)
        return Table({name: column.take(rows, axis=0) for name, column in self.columns.items()})

    def slice(self, start: int, stop: int) -> Table:
        """Return rows `start` to `stop` without copying."""
        return Table({name: column[start:stop] for name, column in self.columns.items()})

    def without(self, names: Sequence[str]) -> Table:
        """Return this table without some columns, whether it has them or not."""
        return Table({n: column for n, column in self.columns.items() if n not in names})

    def with_columns(self, columns: Mapping[str, Column]) -> Table:
        """Return this table with columns added or replaced."""
        return Table({**self.columns, **columns})


def concat(tables: Sequence[Table]) -> Table:
    """Join tables with the same columns, one below the other.

    Examples
    --------
    >>> len(concat([Table({"a": np.arange(2)}), Table({"a": np.arange(3)})]))
    5
    """
    if len(tables) == 1:
        return tables[0]
    return Table({n: np.concatenate([t.columns[n] for t in tables]) for n in tables[0].columns})


def as_text(values: Sequence[str | None]) -> Column:
    """Return a column of text; None stands for no value.

    Examples
    --------
    >>> as_text(["a", None]).tolist()
    ['a', None]
    """
    return np.fromiter(values, dtype=object, count=len(values))


class _Packed(msgspec.Struct, array_like=True):
    dtype: str
    shape: list[int]
    data: bytes | list[str | None]


def pack(table: Table) -> bytes:
    """Return the table as plain bytes (MessagePack); `unpack` reads them back.

    Examples
    --------
    >>> unpack(pack(Table({"n": np.arange(3, dtype=np.int64)})))["n"].tolist()
    [0, 1, 2]
    """
    return msgspec.msgpack.encode({n: _pack_column(c) for n, c in table.columns.items()})


def unpack(data: bytes) -> Table:
    """Read back what `pack` wrote.

    Raises
    ------
    msgspec.DecodeError
        If the bytes are not a packed table.
    """
    packed = msgspec.msgpack.decode(data, type=dict[str, _Packed])
    return Table({name: _unpack_column(column) for name, column in packed.items()})


def _pack_column(column: Column) -> _Packed:
    if column.dtype == object:
        return _Packed("O", [len(column)], column.tolist())
    return _Packed(column.dtype.str, list(column.shape), np.ascontiguousarray(column).tobytes())


def _unpack_column(packed: _Packed) -> Column:
    if isinstance(packed.data, bytes):
        flat = np.frombuffer(packed.data, dtype=np.dtype(packed.dtype))
        return flat.reshape(packed.shape).copy()
    return as_text(packed.data)
