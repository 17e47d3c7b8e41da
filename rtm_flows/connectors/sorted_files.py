"""A sorted input in a folder, written once and read by many.

In: a folder that a sort has finished. Out: its partitions. It refuses to know how it was sorted,
and to read a folder whose sort is unfinished or was of other files.

The folder holds `sorted.arrow` (the rows), `dead_letters.jsonl`, and, written last, `sorted.json`
(what is in the others).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from rtm_flows.connectors.arrow_rows import ArrowDecoder
from rtm_flows.connectors.batches import Batch, DeadLetter
from rtm_flows.connectors.dealing import Besides, DealtReader, dealt_batch, share
from rtm_flows.connectors.gathering import Counts
from rtm_flows.errors import RecoveryError

ROWS = "sorted.arrow"
DEAD = "dead_letters.jsonl"
CONTENTS = "sorted.json"
FORMAT = 1


class SortedRows(msgspec.Struct, frozen=True):
    """The file of rows: how many, in how many batches, the largest time (ms), and the columns."""

    rows: int
    batches: int
    final_time: int | None
    schema: str
    size: int


class SortedContents(msgspec.Struct, frozen=True, kw_only=True):
    """What a finished sort consists of; sizes are in bytes, to tell whether files are whole."""

    format: int
    fingerprint: str
    paths: tuple[str, ...]
    stripes: int
    counts: Counts
    rows: SortedRows
    dead: int
    dead_size: int


class SortedInput:
    """Rows in canonical order, in batches that are dealt to the partitions in turn.

    What was counted, and all dead letters, come with the first batch of partition 0.
    """

    sorted = True

    def __init__(self, folder: Path, contents: SortedContents) -> None:
        self.folder = folder
        self.contents = contents
        self.partitions = contents.stripes
        self.total_bytes = contents.rows.size
        self.final_time = contents.rows.final_time

    @classmethod
    def open_existing(cls, folder: Path, fingerprint: str) -> SortedInput | None:
        """Return what an earlier sort left in a folder; None if it does not serve.

        It serves if it was finished, its files are whole, and the fingerprint is the one that
        `sort_files` was given.
        """
        try:
            data = (folder / CONTENTS).read_bytes()
            contents = msgspec.json.decode(data, type=SortedContents)
            sizes = [(folder / name).stat().st_size for name in (ROWS, DEAD)]
        except (OSError, msgspec.DecodeError):
            return None
        whole = sizes == [contents.rows.size, contents.dead_size]
        if contents.format != FORMAT or contents.fingerprint != fingerprint or not whole:
            return None
        return cls(folder, contents)

    def open(self, partition: int, position: bytes | None = None) -> SortedReader:
        """Read a partition from its beginning, or from a position taken earlier.

        Raises
        ------
        RecoveryError
            If the position is not one of this partition, or the folder is damaged.
        """
        return SortedReader(self, partition, position)

    def load_besides(self) -> Besides:
        """Return the counts and the dead letters.

        Raises
        ------
        RecoveryError
            If the folder is damaged.
        """
        try:
            lines = (self.folder / DEAD).read_bytes()
            dead = msgspec.json.Decoder(DeadLetter).decode_lines(lines)
        except (OSError, msgspec.DecodeError) as error:
            raise self.damaged(error) from error
        return Besides(self.contents.counts, dead)

    def damaged(self, error: Exception) -> RecoveryError:
        """Return the error to raise where the folder cannot be read."""
        return RecoveryError(
            f"the sorted input in {self.folder} cannot be read: {error}; delete that folder, "
            "and the next run will sort again"
        )


class SortedReader(DealtReader):
    """Reads one partition of a sorted input."""

    def __init__(self, source: SortedInput, partition: int, position: bytes | None) -> None:
        batches = source.contents.rows.batches
        super().__init__(self._load, batches, source.partitions, partition, position)
        self._source = source
        self._decoder = ArrowDecoder()
        try:
            self._file = pa.OSFile(str(source.folder / ROWS))
            self._rows: Any = pa.ipc.open_file(self._file)
            found = str(self._rows.schema)
        except (OSError, ValueError, pa.ArrowException) as error:
            raise source.damaged(error) from error
        if found != source.contents.rows.schema:
            raise source.damaged(ValueError("its columns are not those that were written"))

    def _load(self, number: int) -> Batch:
        source, contents = self._source, self._source.contents
        try:
            rows = self._rows.get_batch(number)
            rows.validate(full=True)  # damaged offsets would be followed out of the buffer
            table = self._decoder.table(rows)
        except (OSError, ValueError, pa.ArrowException) as error:
            raise source.damaged(error) from error
        bytes_read = share(source.total_bytes, number, contents.rows.batches)
        besides = source.load_besides() if number == 0 else None
        return dealt_batch(table, contents.paths, bytes_read, besides)

    def close(self) -> None:
        """Close the file; the batches handed out stay good."""
        self._file.close()
