"""Rows of a Parquet output that somebody asks for, found by one column before any other is read.

In: an open file. Out: tables of whole rows, in the order of the file. Row groups whose bounds rule
the rows out are not read at all. It refuses to know what the rows say.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


class Rows(Protocol):
    """Says which rows are wanted."""

    def tables(self, file: pq.ParquetFile) -> Iterator[pa.Table]:
        """Yield the wanted rows, whole; every row, where the file cannot tell them apart."""


class Having(NamedTuple):
    """The rows with a text in a column, or with a text that begins so.

    Attributes
    ----------
    column
        Of texts, or of times; those are asked for as lines have them.
    text
        What must be there.
    begins
        Whether the text may go on.
    """

    column: str
    text: str
    begins: bool = False

    def tables(self, file: pq.ParquetFile) -> Iterator[pa.Table]:
        """Yield the rows."""
        names = file.schema_arrow.names
        if self.column not in names:
            yield from _whole(file)
            return
        wanted = self._wanted(file.schema_arrow.field(self.column).type)
        for group in range(file.num_row_groups):
            if not self._ruled_out(file.metadata.row_group(group), wanted):
                column = _column(file, group, self.column)
                found = pc.starts_with(column, wanted) if self.begins else pc.equal(column, wanted)
                yield from _chosen(file, group, found)

    def _wanted(self, kind: pa.DataType) -> str | pa.Scalar:
        if pa.types.is_timestamp(kind):
            return pa.scalar(datetime.fromisoformat(self.text)).cast(kind)
        return self.text

    def _ruled_out(self, group: pq.RowGroupMetaData, wanted: str | pa.Scalar) -> bool:
        places = (group.column(at) for at in range(group.num_columns))
        bounds = next(one.statistics for one in places if one.path_in_schema == self.column)
        if bounds is None or not bounds.has_min_max:
            return False
        value = wanted if isinstance(wanted, str) else wanted.as_py()
        least = bounds.min[: len(self.text)] if self.begins else bounds.min
        return bool(value < least or value > bounds.max)


class Highest(NamedTuple):
    """The rows with the largest number in a column, of those without a text in another.

    Attributes
    ----------
    column
        Of numbers.
    other, without
        A column, and the text that leaves a row out.
    """

    column: str
    other: str
    without: str

    def tables(self, file: pq.ParquetFile) -> Iterator[pa.Table]:
        """Yield the rows."""
        if not {self.column, self.other} <= set(file.schema_arrow.names):
            yield from _whole(file)
            return
        groups = range(file.num_row_groups)
        tops = [pc.max(self._numbers(file, group)).as_py() for group in groups]
        known = [top for top in tops if top is not None]
        for group in groups:
            if known and tops[group] == max(known):
                found = pc.equal(self._numbers(file, group), max(known))
                yield from _chosen(file, group, found)

    def _numbers(self, file: pq.ParquetFile, group: int) -> pa.ChunkedArray:
        """Return the numbers of a row group, null where the row is left out."""
        numbers = _column(file, group, self.column)
        out = pc.equal(_column(file, group, self.other), self.without)
        return pc.if_else(out, pa.scalar(None, numbers.type), numbers)


def _column(file: pq.ParquetFile, group: int, name: str) -> pa.ChunkedArray:
    return file.read_row_group(group, columns=[name], use_threads=False).column(0)


def _chosen(file: pq.ParquetFile, group: int, found: pa.ChunkedArray) -> Iterator[pa.Table]:
    if pc.any(found).as_py():
        yield file.read_row_group(group, use_threads=False).filter(found)


def _whole(file: pq.ParquetFile) -> Iterator[pa.Table]:
    for group in range(file.num_row_groups):
        yield file.read_row_group(group, use_threads=False)
