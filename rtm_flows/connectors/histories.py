"""Histories: what has happened, however it is given, on its way into the core.

In: files, or a frame; and a job that says what their columns mean. Out: an input, and what enters
of it, in rounds over its partitions. It refuses to know what becomes of what enters.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import polars as pl
import polars.selectors as cs

from rtm_flows.config import Job, with_input
from rtm_flows.connectors.batches import Input
from rtm_flows.connectors.inputs import open_input
from rtm_flows.lanes.entry import Entered, Entry
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import START

Events = str | Path | Sequence[str | Path] | pl.DataFrame | None
"""A file, several files, or a frame whose columns are named as the job's input format wants them;
None stands for the job's own files."""


@contextmanager
def opened(job: Job, events: Events) -> Iterator[Input]:
    """Open a history as the job's input.

    Raises
    ------
    ConfigError
        If no file is named, or a column that the job needs is missing.
    InputError
        If a file cannot be read.
    """
    if isinstance(events, pl.DataFrame):
        with tempfile.TemporaryDirectory(prefix="rtm-") as folder:
            path = Path(folder) / "frame.jsonl"
            _write(events, path)
            rule = msgspec.structs.replace(job.input, file_format="jsonl")
            read_as = msgspec.structs.replace(job, input=rule)
            yield open_input(with_input(read_as, (str(path),)), None)
        return
    if events is not None:
        paths = [events] if isinstance(events, str | Path) else events
        job = with_input(job, tuple(str(path) for path in paths))
    yield open_input(job, None)


def _write(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as a file of JSON lines, so that it is read as any other input."""
    dated = frame.with_columns(cs.datetime().dt.epoch("ms"))
    with path.open("wb") as file:
        for row in dated.iter_rows(named=True):
            given = {name: value for name, value in row.items() if value is not None}
            file.write(msgspec.json.encode(given) + b"\n")


def entered(
    source: Input,
    plan: Plan,
    seen: Callable[[int], None] | None = None,
    *,
    mark: int = START,
    final: bool = True,
) -> Iterator[Entered]:
    """Yield what enters, round by round over the partitions, to the end of all.

    Parameters
    ----------
    source
        What is read.
    plan
        The job's constants.
    seen
        Told the bytes that each batch has consumed.
    mark
        Where another input was read before: no event of an earlier time is in time.
    final
        Whether the end of the input is the end of all; if not, the last partition to end does not
        say that it has ended.
    """
    open_parts = [
        (Entry(plan, number, in_order=source.sorted, mark=mark), source.open(number))
        for number in range(source.partitions)
    ]
    while open_parts:
        for part in list(open_parts):
            entry, reader = part
            batch = reader.next()
            if batch is None:
                reader.close()
                open_parts.remove(part)
                if final or open_parts:
                    yield entry.end()
                continue
            if seen is not None:
                seen(batch.bytes_read)
            yield entry.take(batch)
