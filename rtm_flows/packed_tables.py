"""Packed tables: many tables with the same columns, packed at once or looked at together.

In: a table that is to be cut, or tables as `columns.pack` has packed them. Out: the pieces packed,
or rows of all; nothing is unpacked by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, chain
from typing import Any

import msgspec
import numpy as np

from rtm_flows.columns import Column, Table
from rtm_flows.packed_columns import (
    OBJECTS,
    PackedColumn,
    as_objects,
    pack_column,
    unpack_column,
)

_DECODER = msgspec.msgpack.Decoder(dict[str, PackedColumn])


def pack_each(table: Table, sizes: Sequence[int]) -> list[bytes]:
    """Return what `pack` does of the first rows of a table, of those behind them, and so on.

    `sizes` tells how many rows each piece has. A column is looked at once, not once a piece.

    Examples
    --------
    >>> from rtm_flows.columns import unpack
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


class Stacked:
    """Packed tables with the same columns, one below the other; none is unpacked by itself.

    Parameters
    ----------
    packed
        What `pack` returned of each; at least one.

    Examples
    --------
    >>> from rtm_flows.columns import pack
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
        if first.dtype == OBJECTS:
            return as_objects([*chain.from_iterable(data)])
        if len({part.dtype for part in parts}) > 1:
            return np.concatenate([unpack_column(part) for part in parts])
        flat = np.frombuffer(b"".join(data), np.dtype(first.dtype))
        return flat if len(first.shape) == 1 else flat.reshape(sum(self.lengths), *first.shape[1:])

    def take(self, rows: Column | None, without: Sequence[str] = ()) -> Table:
        """Return the chosen rows, given as indices; None for all."""
        table = Table({name: self[name] for name in self.names if name not in without})
        return table if rows is None else table.take(rows)


def _packed_each(column: Column, cuts: Sequence[tuple[int, int]]) -> list[PackedColumn]:
    """Return stretches of a column, given where each begins and ends."""
    whole = pack_column(column)
    dtype, (rows, *tail), data = whole.dtype, whole.shape, whole.data
    # Of objects a row is one entry, of numbers so many bytes.
    width = 1 if isinstance(data, list) else len(data) // max(1, rows)
    return [
        PackedColumn(dtype, [end - start, *tail], data[start * width : end * width])
        for start, end in cuts
    ]
