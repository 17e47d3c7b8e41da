"""Everything an input holds, read once from front to back, as the sorts need it.

In: files in arrival order. Out: rows that carry their place in columns, and what the batches
counted besides. It refuses to know order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.connectors.arrival import ArrivalInput
from rtm_flows.connectors.batches import Batch, DeadLetter


class DeadLetters(Protocol):
    """Where dead letters are put aside."""

    def append(self, letter: DeadLetter, /) -> None:
        """Keep one."""


class Counts(NamedTuple):
    """Records read, records ignored, rows whose time was clamped."""

    records: int
    ignored: int
    clamped: int


class Gathering:
    """The rows of a source, one table a batch, and its `counts` once they are read.

    Parameters
    ----------
    source
        What is read, in the order of its files.
    dead
        Takes the dead letters, in that order.
    progress
        Told the bytes each batch has consumed.
    """

    def __init__(
        self,
        source: ArrivalInput,
        dead: DeadLetters,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self.counts = Counts(0, 0, 0)
        self._source = source
        self._dead = dead
        self._progress = progress

    def tables(self) -> Iterator[Table]:
        """Yield the rows with columns `file` and `line` in place of `row`; at least one table."""
        reader = self._source.in_file_order()
        try:
            batch = reader.next()
            if batch is None:
                yield _placed(self._source.empty_table(), None)
            while batch is not None:
                self._count(batch)
                yield _placed(batch.table, batch)
                batch = reader.next()
        finally:
            reader.close()

    def _count(self, batch: Batch) -> None:
        records, ignored, clamped = self.counts
        self.counts = Counts(
            records + batch.records, ignored + batch.ignored, clamped + batch.clamped
        )
        for letter in batch.dead:
            self._dead.append(letter)
        if self._progress is not None:
            self._progress(batch.bytes_read)


def _placed(table: Table, batch: Batch | None) -> Table:
    columns = {name: column for name, column in table.columns.items() if name != "row"}
    files = lines = np.zeros(0, dtype=np.int64)
    if batch is not None and len(table):
        _, files, lines, _ = batch.origins
        files, lines = files[table["row"]], lines[table["row"]]
    return Table({**columns, "file": files, "line": lines})
