"""A small input, sorted in memory.

In: files in arrival order. Out: their rows in canonical order, without touching the disk. It
refuses to know whether they fit: `rtm_flows.connectors.sorting` is for those that do not.
"""

from __future__ import annotations

import pyarrow as pa

from rtm_flows.columns import Table, concat
from rtm_flows.connectors.arrival import ArrivalInput
from rtm_flows.connectors.batches import Batch, DeadLetter
from rtm_flows.connectors.canonical import Rows, canonical_order
from rtm_flows.connectors.dealing import Besides, DealtReader, dealt_batch, share
from rtm_flows.connectors.gathering import Gathering


def sort_in_memory(source: ArrivalInput, *, rows_per_batch: int = 8192) -> MemorySortedInput:
    """Read a source and put it in canonical order: (time, source, id), then the other columns.

    Raises
    ------
    InputError
        If a file cannot be read.
    """
    dead: list[DeadLetter] = []
    gathering = Gathering(source, dead)
    table = concat(list(gathering.tables()))
    besides = Besides(gathering.counts, dead)
    return MemorySortedInput(in_order(table), besides, source, rows_per_batch)


def in_order(table: Table) -> Table:
    """Return rows in canonical order; equal ones stay as they stand."""

    def values(name: str, rows: Rows) -> pa.Array:
        column = table[name][rows]
        return pa.array(column, type=pa.string() if column.dtype == object else None)

    return table.take(canonical_order(table["time"], table, values))


class MemorySortedInput:
    """Rows in canonical order, in batches that are dealt to the partitions in turn.

    What was counted, and all dead letters, come with the first batch of partition 0.
    """

    sorted = True

    def __init__(
        self,
        table: Table,
        besides: Besides,
        source: ArrivalInput,
        rows_per_batch: int,
    ) -> None:
        self.partitions = source.partitions
        self.total_bytes = source.total_bytes
        self.batches = max(1, -(-len(table) // rows_per_batch))
        self.final_time = int(table["time"][-1]) if len(table) else None
        self._paths = source.files.paths
        self._table = table
        self._besides = besides
        self._rows = rows_per_batch

    def open(self, partition: int, position: bytes | None = None) -> DealtReader:
        """Read a partition from its beginning, or from a position taken earlier.

        Raises
        ------
        RecoveryError
            If the position is not one of this partition.
        """
        return DealtReader(self._load, self.batches, self.partitions, partition, position)

    def _load(self, number: int) -> Batch:
        part = self._table.slice(number * self._rows, (number + 1) * self._rows)
        bytes_read = share(self.total_bytes, number, self.batches)
        return dealt_batch(part, self._paths, bytes_read, self._besides if number == 0 else None)
