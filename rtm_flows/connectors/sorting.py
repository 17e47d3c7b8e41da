"""An input of any size, sorted through the disk.

In: files in arrival order. Out: a folder with their rows in canonical order. It holds about
`memory_rows` rows, and refuses to know whether that is little or much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import msgspec
import pyarrow as pa

from rtm_flows.connectors.arrival import ArrivalInput
from rtm_flows.connectors.arrow_rows import arrow_schema, to_arrow
from rtm_flows.connectors.batches import DeadLetter
from rtm_flows.connectors.gathering import Gathering
from rtm_flows.connectors.runs import sorted_batches
from rtm_flows.connectors.sorted_files import (
    CONTENTS,
    DEAD,
    FORMAT,
    ROWS,
    SortedContents,
    SortedInput,
    SortedRows,
)
from rtm_flows.connectors.whole_files import written_whole
from rtm_flows.errors import OutputError


def sort_files(
    source: ArrivalInput,
    folder: Path,
    *,
    memory_rows: int = 2_000_000,
    rows_per_batch: int = 4096,
    progress: Callable[[int], None] | None = None,
    fingerprint: str | None = None,
) -> SortedInput:
    """Sort an input into a folder: by (time, source, id), then by the other columns.

    Parameters
    ----------
    source
        The input; it is read once, from front to back.
    folder
        Where the result goes; created if missing (0700). A result that is there is replaced.
    memory_rows
        About how many rows are held in memory; the rest waits on disk, which needs as much room
        again as the result.
    rows_per_batch
        Size of the batches of the result. A row waits for a batch of every partition, so the more
        there are, the less processes wait for one another.
    progress
        Told the bytes of the input that each step has consumed.
    fingerprint
        What the result depends on, for `SortedInput.open_existing`; by default the source's own,
        which leaves out how the parser is set up.

    Raises
    ------
    InputError
        If a file cannot be read.
    OutputError
        If the folder cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / CONTENTS).unlink(missing_ok=True)
        with written_whole(folder / DEAD) as file:
            letters = _DeadLetterFile(file)
            gathering = Gathering(source, letters, progress)
            rows = _sort_rows(gathering, folder, memory_rows, rows_per_batch)
        contents = SortedContents(
            format=FORMAT,
            fingerprint=source.fingerprint if fingerprint is None else fingerprint,
            paths=source.files.paths,
            stripes=source.partitions,
            counts=gathering.counts,
            rows=rows,
            dead=letters.count,
            dead_size=(folder / DEAD).stat().st_size,
        )
        with written_whole(folder / CONTENTS) as file:
            file.write(msgspec.json.encode(contents))
    except OSError as error:
        msg = (
            f"the input cannot be sorted in {folder}: {error.strerror or error}; the folder must "
            "be writable, with twice the room that the rows take"
        )
        raise OutputError(msg) from error
    return SortedInput(folder, contents)


class _DeadLetterFile:
    """Dead letters, a line each."""

    def __init__(self, file: BinaryIO) -> None:
        self.count = 0
        self._file = file
        self._encoder = msgspec.json.Encoder()

    def append(self, letter: DeadLetter) -> None:
        self._file.write(self._encoder.encode(letter) + b"\n")
        self.count += 1


def _sort_rows(
    gathering: Gathering, folder: Path, memory_rows: int, rows_per_batch: int
) -> SortedRows:
    tables = gathering.tables()
    first = next(tables)
    schema = arrow_schema(first)
    batches = (to_arrow(table, schema) for table in chain([first], tables))
    pieces = sorted_batches(batches, schema, folder / "runs.part", memory_rows)
    rows, numbers, final_time = 0, 0, None
    with written_whole(folder / ROWS) as file, pa.ipc.new_file(file, schema) as writer:
        for batch in _of_size(pieces, rows_per_batch):
            writer.write_batch(batch)
            numbers += 1
            rows += batch.num_rows
            final_time = batch.column("time")[-1].as_py()
        if not rows:  # the reader of partition 0 needs a batch, to bring the counts
            writer.write_batch(to_arrow(first.slice(0, 0), schema))
            numbers = 1
    size = (folder / ROWS).stat().st_size
    return SortedRows(rows, numbers, final_time, str(schema), size)


def _of_size(pieces: Iterable[pa.RecordBatch], size: int) -> Iterator[pa.RecordBatch]:
    """Yield the same rows in batches of this size, the last one smaller."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for piece in pieces:
        waiting.append(piece)
        count += piece.num_rows
        if count >= size:
            joined, count = pa.concat_batches(waiting), count % size
            end = joined.num_rows - count
            yield from (joined[start : start + size] for start in range(0, end, size))
            waiting = [joined[end:]]
    if count:
        yield pa.concat_batches(waiting)
