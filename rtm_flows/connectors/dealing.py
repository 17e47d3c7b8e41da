"""Numbered batches, dealt to partitions in turn.

In: a way to load each batch of an input by its number. Out: the readers of its partitions. It
refuses to know what the batches are made from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.connectors.batches import Batch, DeadLetter, Origins
from rtm_flows.connectors.gathering import Counts
from rtm_flows.connectors.positions import Position, read_position, write_position
from rtm_flows.errors import RecoveryError


class DealtReader:
    """Reads batches `partition`, `partition + step` and so on, from a position on.

    Raises
    ------
    RecoveryError
        If the position is one of another partition, or of an input with fewer batches.
    """

    def __init__(
        self,
        load: Callable[[int], Batch],
        batches: int,
        step: int,
        partition: int,
        position: bytes | None,
    ) -> None:
        start = Position(partition) if position is None else read_position(position)
        if start.piece % step != partition or start.piece >= batches + step:
            msg = (
                f"the saved position of partition {partition} of the sorted input is at batch "
                f"{start.piece}, of {batches} dealt to {step} partitions: it belongs to another "
                "input; set files and configuration back to what they were"
            )
            raise RecoveryError(msg)
        self._load = load
        self._batches = batches
        self._step = step
        self._piece = start.piece

    def next(self) -> Batch | None:
        """Return the next batch, None at the end."""
        if self._piece >= self._batches:
            return None
        batch = self._load(self._piece)
        self._piece += self._step
        return batch

    def position(self) -> bytes:
        """Return where reading goes on after what `next` has returned so far."""
        return write_position(Position(self._piece))

    def close(self) -> None:
        """Do nothing: the input itself holds what is open."""


class Besides(NamedTuple):
    """What an input counted besides its rows; it comes with the first batch of all."""

    counts: Counts
    dead: list[DeadLetter]


def dealt_batch(
    table: Table, paths: Sequence[str], bytes_read: int, besides: Besides | None
) -> Batch:
    """Return a batch of rows that say where they stand in columns `file` and `line`.

    They get the column `row`, which counts from 0 in each batch.
    """
    counts, dead = besides or Besides(Counts(0, 0, 0), [])
    return Batch(
        table=table.with_columns({"row": np.arange(len(table), dtype=np.int64)}),
        dead=list(dead),
        records=counts.records,
        ignored=counts.ignored,
        clamped=counts.clamped,
        bytes_read=bytes_read,
        find_origins=lambda: Origins(paths, table["file"], table["line"]),
    )


def share(total: int, part: int, parts: int) -> int:
    """Return the size of one of `parts` near-equal parts that sum up to `total`.

    Examples
    --------
    >>> [share(10, part, 4) for part in range(4)]
    [2, 3, 2, 3]
    """
    return total * (part + 1) // parts - total * part // parts
