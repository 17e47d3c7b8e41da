"""Columns: the one shape in which rows travel and rest.

In: arrays of equal length under names. Out: slices, selections and joins of them, and their
plain bytes. A `Table` knows nothing of what its columns mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, chain
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]


class _Chosen:
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

    def take(self, rows: Column, known: dict[int, Column]) -> _Chosen:
        """Return rows of these rows; `known` saves choosing among the same rows again."""
        if self._rows is None:
            return _Chosen(self._base, rows)
        key = id(self._rows)
        if key not in known:
            known[key] = self._rows.take(rows)
        return _Chosen(self._base, known[key])

    def slice(self, start: int, stop: int) -> _Chosen:
        """Return rows side by side."""
        if self._rows is None:
            return _Chosen(self._base[start:stop], None)
        return _Chosen(self._base, self._rows[start:stop])


def _gather(column: Column, rows: Column) -> Column:
    if column.ndim == 2 and column.strides[0] < column.strides[1]:
        # Numbers of a feature lie side by side, and stay so: ten times as fast as by rows.
        return column.T.take(rows, axis=1).T
    return column.take(rows, axis=0)


class Table:
    """Named columns of equal length; rows are along axis 0.

    A column is a numpy array of numbers (one- or two-dimensional) or of objects (text or None, or
    bytes). Tables are treated as values: no operation changes one in place, and nobody changes an
    array that is in one.

    Examples
    --------
    >>> table = Table({"time": np.array([1, 2, 3]), "id": as_text(["a", "b", "c"])})
    >>> len(table), table["id"][1]
    (3, 'b')
    >>> table.take(np.array([2, 0]))["time"].tolist()
    [3, 1]
    """

    __slots__ = ("_chosen", "_packed")

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._chosen = {name: _Chosen(column, None) for name, column in columns.items()}
        self._packed: bytes | None = None

    @property
    def columns(self) -> dict[str, Column]:
        """All columns by name."""
        return {name: chosen.get() for name, chosen in self._chosen.items()}

    def __len__(self) -> int:
        """Return the number of rows."""
        for chosen in self._chosen.values():
            return len(chosen)
        return 0

    def __getitem__(self, name: str) -> Column:
        """Return one column."""
        return self._chosen[name].get()

    def __iter__(self) -> Iterator[str]:
        """Iterate over the column names."""
        return iter(self._chosen)

    def __reduce__(self) -> tuple[Callable[[bytes], Table], tuple[bytes]]:
        """Travel between processes packed: pickling text one by one takes several times as long.

        The engine pickles all that it sends twice, first to learn its size; it is packed once.
        """
        if self._packed is None:
            self._packed = pack(self)
        return unpack, (self._packed,)

    def put(self, name: str, place: Column) -> None:
        """Write one column into an array of its type and shape."""
        self._chosen[name].put(place)

    def take(self, rows: Column) -> Table:
        """Return the chosen rows: indices in the order given, or a mask."""
        if rows.dtype == np.bool_:
            rows = np.flatnonzero(rows)
        known: dict[int, Column] = {}
        return _table({name: chosen.take(rows, known) for name, chosen in self._chosen.items()})

    def slice(self, start: int, stop: int) -> Table:
        """Return rows `start` to `stop` without copying."""
        return _table({name: chosen.slice(start, stop) for name, chosen in self._chosen.items()})

    def without(self, names: Sequence[str]) -> Table:
        """Return this table without some columns, whether it has them or not."""
        return _table({n: chosen for n, chosen in self._chosen.items() if n not in names})

    def only(self, names: Sequence[str]) -> Table:
        """Return this table with just these columns."""
        return _table({name: self._chosen[name] for name in names})

    def with_columns(self, columns: Mapping[str, Column]) -> Table:
        """Return this table with columns added or replaced."""
        return _table({**self._chosen, **Table(columns)._chosen})


def _table(chosen: dict[str, _Chosen]) -> Table:
    table = Table.__new__(Table)
    table._chosen, table._packed = chosen, None
    return table


def concat(tables: Sequence[Table]) -> Table:
    """Join tables with the same columns, one below the other.

    Examples
    --------
    >>> len(concat([Table({"a": np.arange(2)}), Table({"a": np.arange(3)})]))
    5
    """
    if len(tables) == 1:
        return tables[0]
    growing = Growing(sum(map(len, tables)))
    for table in tables:
        growing.add(table)
    return growing.table


class Growing:
    """A table that grows: what is added is copied at once, while it is at hand.

    Parameters
    ----------
    rows
        About how many rows there will be.

    Examples
    --------
    >>> growing = Growing(2)
    >>> for part in (np.arange(2), np.arange(3)):
    ...     growing.add(Table({"a": part}))
    >>> growing.table["a"].tolist()
    [0, 1, 0, 1, 2]
    """

    def __init__(self, rows: int) -> None:
        self._room = rows
        self._rows = 0
        self._columns: dict[str, Column] = {}

    def add(self, table: Table) -> None:
        """Add rows; all tables must have the same columns."""
        start, self._rows = self._rows, self._rows + len(table)
        if self._rows > self._room or not self._columns:
            self._make_room(table, start)
        for name, chosen in table._chosen.items():
            chosen.put(self._columns[name][start : self._rows])

    @property
    def table(self) -> Table:
        """All rows so far."""
        return Table({name: column[: self._rows] for name, column in self._columns.items()})

    def _make_room(self, table: Table, filled: int) -> None:
        self._room = max(self._room, 2 * filled, self._rows)
        before = self._columns
        self._columns = {name: c.like(self._room) for name, c in table._chosen.items()}
        for name, column in before.items():
            self._columns[name][:filled] = column[:filled]


def as_text(values: Sequence[str | None]) -> Column:
    """Return a column of text; None stands for no value.

    Examples
    --------
    >>> as_text(["a", None]).tolist()
    ['a', None]
    """
    return _objects(values)


def as_bytes(values: Sequence[bytes]) -> Column:
    """Return a column of texts of bytes.

    Examples
    --------
    >>> as_bytes([b"a", b""]).tolist()
    [b'a', b'']
    """
    return _objects(values)


class _Packed(msgspec.Struct, array_like=True, gc=False):
    dtype: str
    shape: list[int]
    data: memoryview | list[Any]
    """Read back, these are the bytes of what was read, not copied."""


_DECODER = msgspec.msgpack.Decoder(dict[str, _Packed])
_OBJECTS = "O"


def pack(table: Table) -> bytes:
    """Return the table as plain bytes (MessagePack); `unpack` reads them back.

    Examples
    --------
    >>> unpack(pack(Table({"n": np.arange(3, dtype=np.int64)})))["n"].tolist()
    [0, 1, 2]
    """
    return msgspec.msgpack.encode({n: _pack_column(c) for n, c in table.columns.items()})


def pack_each(table: Table, sizes: Sequence[int]) -> list[bytes]:
    """Return what `pack` does of the first rows of a table, of those behind them, and so on.

    `sizes` tells how many rows each piece has. A column is looked at once, not once a piece.

    Examples
    --------
    >>> one, other = pack_each(Table({"n": np.arange(3)}), [2, 1])
    >>> unpack(one)["n"].tolist(), unpack(other)["n"].tolist()
    ([0, 1], [2])
    """
    ends = list(accumulate(sizes))
    cuts = list(zip((0, *ends), ends, strict=False))
    columns = {name: _packed_each(column, cuts) for name, column in table.columns.items()}
    return [
        msgspec.msgpack.encode({name: pieces[at] for name, pieces in columns.items()})
        for at in range(len(cuts))
    ]


def unpack(data: bytes | memoryview) -> Table:
    """Read back what `pack` wrote.

    Raises
    ------
    msgspec.DecodeError
        If the bytes are not a packed table.
    """
    packed = _DECODER.decode(data)
    return Table({name: _unpack_column(column) for name, column in packed.items()})


class Stacked:
    """Packed tables with the same columns, one below the other; none is unpacked by itself.

    Parameters
    ----------
    packed
        What `pack` returned of each; at least one.

    Examples
    --------
    >>> two = [pack(Table({"n": np.arange(3, dtype=kind)})) for kind in ("i1", "i8")]
    >>> Stacked(two).take(np.array([0, 5]))["n"].tolist()
    [0, 2]
    """

    def __init__(self, packed: Sequence[bytes | memoryview]) -> None:
        self._tables = [_DECODER.decode(one) for one in packed]

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return list(self._tables[0])

    @property
    def lengths(self) -> list[int]:
        """How many rows each table has."""
        first = self.names[:1]
        return [table[name].shape[0] for table in self._tables for name in first]

    def __getitem__(self, name: str) -> Column:
        """Return one column of all tables, not to be changed; of two widths the wider."""
        parts = [table[name] for table in self._tables]
        first = parts[0]
        data: list[Any] = [part.data for part in parts]
        if first.dtype == _OBJECTS:
            return _objects([*chain.from_iterable(data)])
        if len({part.dtype for part in parts}) > 1:
            return np.concatenate([_unpack_column(part) for part in parts])
        flat = np.frombuffer(b"".join(data), np.dtype(first.dtype))
        return flat if len(first.shape) == 1 else flat.reshape(sum(self.lengths), *first.shape[1:])

    def take(self, rows: Column | None, without: Sequence[str] = ()) -> Table:
        """Return the chosen rows, given as indices; None for all."""
        table = Table({name: self[name] for name in self.names if name not in without})
        return table if rows is None else table.take(rows)


def _pack_column(column: Column) -> _Packed:
    if column.dtype == object:
        return _Packed(_OBJECTS, [len(column)], column.tolist())
    plain = np.ascontiguousarray(column).tobytes()
    return _Packed(column.dtype.str, list(column.shape), memoryview(plain))


def _packed_each(column: Column, cuts: Sequence[tuple[int, int]]) -> list[_Packed]:
    """Return stretches of a column, given where each begins and ends."""
    whole = _pack_column(column)
    dtype, (rows, *tail), data = whole.dtype, whole.shape, whole.data
    # Of texts a row is one entry, of numbers so many bytes.
    width = 1 if isinstance(data, list) else len(data) // max(1, rows)
    return [
        _Packed(dtype, [end - start, *tail], data[start * width : end * width])
        for start, end in cuts
    ]


def _unpack_column(packed: _Packed) -> Column:
    if not isinstance(packed.data, list):
        flat = np.frombuffer(packed.data, dtype=np.dtype(packed.dtype))
        return flat.reshape(packed.shape).copy()
    return _objects(packed.data)


def _objects(values: Sequence[str | bytes | None]) -> Column:
    return np.fromiter(values, dtype=object, count=len(values))
