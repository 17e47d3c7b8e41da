"""Sorted runs on disk, and their merge.

In: record batches whose rows carry their place. Out: all rows in canonical order, a few thousand
at a time, whatever their number. It refuses to know where the rows come from and go to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rtm_flows.connectors.canonical import Rows, canonical_order, row_key

PIECE_ROWS = 4096
"""Rows that a merge holds of each run."""

_RUN_BYTES = 1 << 30  # text columns hold at most 2 GiB each


def sorted_pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a batch in canonical order, in pieces."""

    def values(name: str, rows: Rows) -> pa.Array:
        return batch.column(name).take(pa.array(rows))

    order = canonical_order(batch.column("time").to_numpy(), batch.schema.names, values)
    for start in range(0, len(order), PIECE_ROWS):
        yield batch.take(pa.array(order[start : start + PIECE_ROWS]))


def sorted_batches(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, spill: Path, memory_rows: int
) -> Iterator[pa.RecordBatch]:
    """Yield all rows in canonical order, in pieces of any size.

    Up to about `memory_rows` rows are held in memory. If there are more, sorted runs of that many
    are written to the file `spill`, which is removed at the end.
    """
    held = _Held(memory_rows)
    try:
        with _RunWriter(spill, schema) as runs:
            for batch in batches:
                held.add(batch)
                if held.full:
                    runs.write(sorted_pieces(held.take_out(schema)))
            if not runs.bounds:
                yield from sorted_pieces(held.take_out(schema))
                return
            if held.rows:
                runs.write(sorted_pieces(held.take_out(schema)))
        with pa.OSFile(str(spill)) as file:
            yield from _merged(pa.ipc.open_file(file), runs.bounds)
    finally:
        spill.unlink(missing_ok=True)


class _Held:
    """Batches in memory, until they are enough for a run."""

    def __init__(self, memory_rows: int) -> None:
        self.rows = 0
        self._most = memory_rows
        self._batches: list[pa.RecordBatch] = []
        self._bytes = 0

    def add(self, batch: pa.RecordBatch) -> None:
        self._batches.append(batch)
        self.rows += batch.num_rows
        self._bytes += batch.nbytes

    @property
    def full(self) -> bool:
        return self.rows >= self._most or self._bytes >= _RUN_BYTES

    def take_out(self, schema: pa.Schema) -> pa.RecordBatch:
        batches, self._batches, self.rows, self._bytes = self._batches, [], 0, 0
        return pa.concat_batches(batches) if batches else schema.empty_table().to_batches()[0]


class _RunWriter:
    """Writes runs one after the other into one file, which is created for the first."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.bounds: list[int] = []  # number of the batch with which each run ends
        self._path = path
        self._schema = schema
        self._open = ExitStack()
        self._writer: Any = None
        self._written = 0

    def __enter__(self) -> _RunWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def write(self, run: Iterable[pa.RecordBatch]) -> None:
        if self._writer is None:
            file = self._open.enter_context(pa.OSFile(str(self._path), "wb"))
            self._writer = self._open.enter_context(pa.ipc.new_file(file, self._schema))
        for piece in run:
            self._writer.write_batch(piece)
            self._written += 1
        self.bounds.append(self._written)


class _Run:
    """One sorted run, read piece by piece."""

    def __init__(self, reader: Any, first: int, stop: int) -> None:
        self.rows: pa.RecordBatch = reader.get_batch(first)
        self._reader = reader
        self._next = first + 1
        self._stop = stop

    @property
    def more(self) -> bool:
        """Whether rows follow that are not in memory."""
        return self._next < self._stop

    @property
    def last_time(self) -> int:
        time: int = self.rows.column("time")[-1].as_py()
        return time

    def key(self, row: int) -> tuple[Any, ...]:
        return row_key(self.rows, row, self.rows.schema.names)

    def take_to(self, last: tuple[Any, ...] | None) -> pa.RecordBatch:
        """Take out the rows up to and with this key, or all."""
        count = self.rows.num_rows if last is None else self._count_to(last)
        taken, self.rows = self.rows[:count], self.rows[count:]
        if not self.rows.num_rows and self.more:
            self.rows = self._reader.get_batch(self._next)
            self._next += 1
        return taken

    def _count_to(self, last: tuple[Any, ...]) -> int:
        times = self.rows.column("time").to_numpy()
        low, high = (int(np.searchsorted(times, last[0], side)) for side in ("left", "right"))
        while low < high:  # among equal times the whole key decides
            middle = (low + high) // 2
            if self.key(middle) <= last:
                low = middle + 1
            else:
                high = middle
        return low


def _merged(reader: Any, bounds: list[int]) -> Iterator[pa.RecordBatch]:
    """Merge the runs that end with these batches.

    Nothing that is still on disk can precede the least of the last rows in memory, so all rows up
    to that one can go. A place is part of the key: so it is one row, and each step takes a run's
    whole piece.
    """
    firsts = [0, *bounds[:-1]]
    runs = [_Run(reader, first, stop) for first, stop in zip(firsts, bounds, strict=True)]
    while runs := [run for run in runs if run.rows.num_rows]:
        last = _least_last([run for run in runs if run.more])
        taken = [run.take_to(last) for run in runs]
        yield from sorted_pieces(pa.concat_batches([part for part in taken if part.num_rows]))


def _least_last(runs: list[_Run]) -> tuple[Any, ...] | None:
    if not runs:
        return None
    time = min(run.last_time for run in runs)
    return min(run.key(run.rows.num_rows - 1) for run in runs if run.last_time == time)
