"""Parquet files, row group by row group.

In: a file, and which of its columns mean something. Out: batches of rows, read by name and only
where mapped, in a memory that does not grow with the row groups. It refuses to know what a row
means: rows become lines of JSON, and are parsed as these are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from rtm_flows.connectors.arrow_json import json_lines
from rtm_flows.connectors.batches import Batch, RecordParser
from rtm_flows.connectors.files import ListedFile, open_file, unreadable
from rtm_flows.connectors.jsonl import jsonl_batch
from rtm_flows.connectors.lines import whole_lines
from rtm_flows.connectors.positions import Position
from rtm_flows.connectors.source_files import SourceFile
from rtm_flows.errors import ConfigError, InputError

_BUFFER = 1 << 17
"""Bytes of each column that are read ahead."""
_MOST_ROWS = 1 << 14


class Footer(NamedTuple):
    """What the end of a file tells: rows before each group, and in all; the columns to read."""

    rows_before: list[int]
    columns: list[str]

    @property
    def groups(self) -> int:
        """The number of row groups."""
        return len(self.rows_before) - 1


def read_footer(file: ListedFile, parser: RecordParser) -> Footer:
    """Look at a file without reading its rows.

    Raises
    ------
    InputError
        If it is no Parquet file, or cannot be read from its end.
    ConfigError
        If it lacks a mapped column.
    """
    if file.from_stdin or file.packing is not None:
        msg = (
            f"the input {file.path} cannot be read as Parquet, which is read from its end and "
            "packed within: give the unpacked file itself"
        )
        raise InputError(msg)
    with _damage_named(file, "in its footer"), _opened(file) as parquet:
        meta = parquet.metadata
        counts = (meta.row_group(number).num_rows for number in range(meta.num_row_groups))
        rows_before = list(accumulate(counts, initial=0))
        read_as = dict(_paths(parquet.schema_arrow, parser.columns))
    try:
        wanted = set(parser.columns_in(list(read_as)))
    except ConfigError as error:
        msg = f"{file.path}: {error}"
        raise ConfigError(msg) from None
    # In the order of the file, since the first field that is wrong is the one that is told.
    columns = dict.fromkeys(path for name, path in read_as.items() if name in wanted)
    return Footer(rows_before, list(columns))


def _paths(schema: pa.Schema, wanted: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the name of each column, those within others too, and what to read for it.

    What is in a map has no name here, so that those that are wanted are taken to be there.
    """
    for field in schema:
        yield from _paths_below(field.name, field.type, wanted)


def _paths_below(
    name: str, kind: pa.DataType, wanted: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    yield name, name
    if pa.types.is_struct(kind):
        for member in kind:
            yield from _paths_below(f"{name}.{member.name}", member.type, wanted)
    if pa.types.is_map(kind):
        yield from ((column, name) for column in wanted if column.startswith(f"{name}."))


@contextmanager
def _opened(file: ListedFile) -> Iterator[Any]:
    with open_file(file.path) as raw:
        yield pq.ParquetFile(raw, buffer_size=_BUFFER, pre_buffer=False)


@contextmanager
def _damage_named(file: ListedFile, where: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise unreadable(file.path, error) from error
        msg = (
            f"the input {file.path} is no Parquet file, or damaged {where}: {error}; write or "
            'fetch it again, or set input.file_format = "jsonl" or "csv" if it is one'
        )
        raise InputError(msg) from error


class RowGroupReader:
    """Reads one row group of a file from a position on, whose offset is a number of rows."""

    def __init__(
        self, source: SourceFile, position: Position, *, footer: Footer, group: int
    ) -> None:
        self._source = source
        self._footer = footer
        self._group = group
        self._first = footer.rows_before[group]
        self._rows = footer.rows_before[group + 1] - self._first
        self._done = 0
        self._skip = position.offset
        self._raw = open_file(source.path)
        self._batches: Iterator[pa.RecordBatch] | None = None

    def next(self) -> Batch | None:
        """Return the next rows as a batch, None at the end of the group.

        Raises
        ------
        InputError
            If they cannot be read.
        """
        while self._done < self._rows:
            rows = self._read()
            start, self._done = self._done, self._done + rows.num_rows
            if self._done > self._skip:  # else they were handed out before the position was taken
                again = max(0, self._skip - start)
                return self._parsed(rows.slice(again), start + again)
        return None

    def _read(self) -> pa.RecordBatch:
        where = f"after row {self._first + self._done} (row group {self._group + 1})"
        with _damage_named(self._source.listed, where):
            if self._batches is None:
                self._batches = self._open()
            rows = next(self._batches, None)
        if rows is None or self._done + rows.num_rows > self._rows:
            msg = (
                f"the input {self._source.path} changed while it was read; start again when it no "
                "longer does"
            )
            raise InputError(msg)
        return rows

    def _open(self) -> Iterator[pa.RecordBatch]:
        parquet = pq.ParquetFile(self._raw, buffer_size=_BUFFER, pre_buffer=False)
        size = parquet.metadata.row_group(self._group).total_byte_size
        a_row = max(1, size // max(1, self._rows))
        count = min(max(1, self._source.files.block_bytes // a_row), _MOST_ROWS)
        found: Iterator[pa.RecordBatch] = parquet.iter_batches(
            count, row_groups=[self._group], columns=self._footer.columns, use_threads=False
        )
        return found

    def _parsed(self, rows: pa.RecordBatch, start: int) -> Batch:
        first = self._first + start
        try:
            lines = whole_lines(json_lines(rows), self._source.limit)
        except ConfigError as error:
            msg = f"{self._source.path}: {error}"
            raise ConfigError(msg) from None
        return jsonl_batch(
            lines,
            self._source,
            first_line=lambda: first + 1,
            bytes_read=self._share(first + rows.num_rows) - self._share(first),
        )

    def _share(self, rows: int) -> int:
        return self._source.listed.size * rows // self._footer.rows_before[-1]

    def reached(self) -> tuple[int, int]:
        """Return how many rows of the group were read, and the number of the next one."""
        return self._done, self._first + self._done + 1

    def close(self) -> None:
        """Close the file."""
        self._raw.close()
