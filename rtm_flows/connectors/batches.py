"""What every input hands out: batches of parsed rows, and the face of an input.

In: rows parsed elsewhere, with the means to say where each came from. Out: `Batch`, and the
protocols `PartitionReader` and `Input` that flows and replays are written against. It refuses to
know files, formats and engines.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table
from rtm_flows.events.outcome import Parsed
from rtm_flows.lanes.intake import Judged
from rtm_flows.lanes.records_out import Dead, Where

Rows = NDArray[np.int64]


DeadLetter = Dead
"""A record that cannot become an event, and where it stands (`line` from 1)."""


class Origins(NamedTuple):
    """Where the rows of a batch stand: `files` (index into `paths`) and `lines`, by `row` value.

    Of records of topics these are the topics and the offsets, with the `partitions`.
    """

    paths: Sequence[str]
    files: Rows
    lines: Rows
    partitions: Rows | None = None


@dataclass(slots=True, kw_only=True)
class Batch:
    """One read of one partition.

    Parameters
    ----------
    table
        The rows, in the order of the input.
    dead
        Records that are no events, in the order of the input.
    records, ignored, clamped
        How many records were read (rows, dead and ignored ones), how many were ignored, and how
        many rows had their time clamped.
    bytes_read
        Bytes of the file, packed as it is, that were consumed: for a progress bar.
    find_origins
        Called at most once, when a place is asked for.
    judged
        What the input itself has found of the rows, if it judges what is late: these are in time.
    """

    table: Table
    dead: list[DeadLetter]
    records: int
    ignored: int
    clamped: int
    bytes_read: int
    find_origins: Callable[[], Origins]
    judged: Judged | None = None
    _origins: Origins | None = None

    @property
    def origins(self) -> Origins:
        """Where all rows stand, indexed by the values of their column `row`."""
        if self._origins is None:
            self._origins = self.find_origins()
        return self._origins

    def place(self, row: int) -> Where:
        """Return the file and line (from 1) of the row whose column `row` has this value.

        Of a record of a topic: topic, offset and partition.
        """
        paths, files, lines, partitions = self.origins
        where = paths[files[row]], int(lines[row])
        return where if partitions is None else (*where, int(partitions[row]))


class RecordParser(Protocol):
    """What turns bytes and CSV fields into rows; `rtm_flows.events.parser.Parser` is one."""

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are looked at, dots leading into objects."""

    def columns_in(self, names: Collection[str]) -> list[str]:
        """Return those that are among these names; complain of one that must be there."""

    def parse_block(self, block: bytes) -> Parsed:
        """Parse newline-terminated JSON lines; `row` is the index of the line."""

    def parse_records(self, header: Sequence[str], records: Sequence[Sequence[str]]) -> Parsed:
        """Parse the fields of CSV records; `row` is the index of the record."""


class PartitionReader(Protocol):
    """Reads one partition from front to back."""

    def next(self) -> Batch | None:
        """Return the next batch, which may have no rows; None at the end."""

    def position(self) -> bytes:
        """Return where reading goes on after what `next` has returned so far (JSON)."""

    def close(self) -> None:
        """Let go of what is open; the batches handed out stay good."""


class Input(Protocol):
    """A set of partitions that are read independently of each other."""

    @property
    def partitions(self) -> int:
        """The number of partitions; the same for the whole life of a job."""

    @property
    def total_bytes(self) -> int:
        """The sum of `Batch.bytes_read` over all partitions, for a progress bar."""

    @property
    def sorted(self) -> bool:
        """Whether each partition is in canonical order."""

    def open(self, partition: int, position: bytes | None = None) -> PartitionReader:
        """Read a partition from its beginning, or from a position taken earlier."""
