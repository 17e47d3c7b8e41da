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

from rtm_flows.chosen import Chosen
from rtm_flows.packed_columns import PackedColumn, as_objects, pack_column, unpack_column

Column = NDArray[Any]


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

    __slots__ = ("_chosen",)

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._chosen = {name: Chosen(column, None) for name, column in columns.items()}

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
        """Travel between processes packed: pickling text one by one takes several times as long."""
        return unpack, (pack(self),)

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


def _table(chosen: dict[str, Chosen]) -> Table:
    table = Table.__new__(Table)
    table._chosen = chosen
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
    return as_objects(values)


def as_bytes(values: Sequence[bytes]) -> Column:
    """Return a column of texts of bytes.

    Examples
    --------
    >>> as_bytes([b"a", b""]).tolist()
    [b'a', b'']
    """
    return as_objects(values)


_DECODER = msgspec.msgpack.Decoder(dict[str, PackedColumn])


def pack(table: Table) -> bytes:
    """Return the table as plain bytes (MessagePack); `unpack` reads them back.

    Examples
    --------
    >>> unpack(pack(Table({"n": np.arange(3, dtype=np.int64)})))["n"].tolist()
    [0, 1, 2]
    """
    return msgspec.msgpack.encode({n: pack_column(c) for n, c in table.columns.items()})


def unpack(data: bytes | memoryview) -> Table:
    """Read back what `pack` wrote.

    Raises
    ------
    msgspec.DecodeError
        If the bytes are not a packed table.
    """
    packed = _DECODER.decode(data)
    return Table({name: unpack_column(column) for name, column in packed.items()})
