"""Replay: a history played through the whole path in this process.

In: a job and its input. Out: the same bytes as a run of the flow, as polars frames or as files.
No engine and no broker take part.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import polars as pl
import polars.selectors as cs

from rtm_flows.config import Job, with_input
from rtm_flows.connectors.batches import Input
from rtm_flows.connectors.inputs import open_input
from rtm_flows.connectors.output_files import Writer, open_writer
from rtm_flows.lanes.accounting import Accounting
from rtm_flows.lanes.engine import Engine, Watch
from rtm_flows.lanes.entry import Entered, Entry
from rtm_flows.lanes.messages import Counts, Lines
from rtm_flows.lanes.ordered import Ordered
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.wiring import (
    SUMMARY,
    Metrics,
    Written,
    counting,
    output_of,
    outputs,
)
from rtm_flows.measure.frames import frame
from rtm_flows.measure.served import Served


class Result(NamedTuple):
    """What a replay found: one frame an output, features as served, and the accounting."""

    decisions: pl.DataFrame
    scores: pl.DataFrame
    sessions: pl.DataFrame
    late: pl.DataFrame
    dead_letters: pl.DataFrame
    learning: pl.DataFrame
    """How well each model predicted, by period."""
    responses: pl.DataFrame
    """Decisions that were shown, each with its label; empty without `[responses]`."""
    orphans: pl.DataFrame
    """Outcomes that are about no decision that is known; empty without `[responses]`."""
    features: pl.DataFrame
    """The offline feature table: see `rtm_flows.measure.served.Served.frame`."""
    summary: Mapping[str, object]


def replay(
    job: Job, events: str | Path | Sequence[str | Path] | pl.DataFrame | None = None
) -> Result:
    """Play a history through a job, in this process.

    Parameters
    ----------
    job
        What to do; `rtm_flows.load` reads one.
    events
        The history: a file, several files, or a frame whose columns are named as the job's input
        format wants them (times as text, numbers, or datetimes). None reads the job's own files.

    Returns
    -------
    Result
        Decisions, scores, sessions, late rows, dead letters, responses, orphans and features as
        polars frames, and the accounting.

    Raises
    ------
    ConfigError
        If the job names no input, or a column that it needs is missing.
    InputError
        If a file cannot be read.

    Examples
    --------
    >>> from rtm_flows.config import load
    >>> events = pl.DataFrame({
    ...     "id": ["1", "2"], "user_id": ["ann", "ann"], "type": ["view_item", "add_to_cart"],
    ...     "time": ["2026-03-02T10:00:00Z", "2026-03-02T10:01:00Z"], "price": [None, 20.0],
    ... })
    >>> result = replay(load({"name": "shop"}), events)
    >>> result.features.select("event_id", "session_events", "cart_value").rows()
    [('1', 1.0, 0.0), ('2', 2.0, 20.0)]
    """
    if isinstance(events, pl.DataFrame):
        return _replay_frame(job, events)
    if events is not None:
        paths = [events] if isinstance(events, str | Path) else events
        job = with_input(job, tuple(str(path) for path in paths))
    source = open_input(job, None)
    return to_frames(source, Plan.of(job, source.partitions))


def _replay_frame(job: Job, events: pl.DataFrame) -> Result:
    """Play a frame by way of a file of JSON lines, so that it is read as any other input."""
    rule = msgspec.structs.replace(job.input, file_format="jsonl")
    read_as = msgspec.structs.replace(job, input=rule)
    with tempfile.TemporaryDirectory(prefix="rtm-") as folder:
        path = Path(folder) / "frame.jsonl"
        dated = events.with_columns(cs.datetime().dt.epoch("ms"))
        with path.open("wb") as file:
            for row in dated.iter_rows(named=True):
                given = {name: value for name, value in row.items() if value is not None}
                file.write(msgspec.json.encode(given) + b"\n")
        source = open_input(with_input(read_as, (str(path),)), None)
        # The plan is that of the job as it was given: its digest must not tell how it was read.
        return to_frames(source, Plan.of(job, source.partitions))


def entered(
    source: Input, plan: Plan, seen: Callable[[int], None] | None = None
) -> Iterator[Entered]:
    """Yield what enters, round by round over the partitions, to the end of all."""
    open_parts = [
        (Entry(plan, number, in_order=source.sorted), source.open(number))
        for number in range(source.partitions)
    ]
    while open_parts:
        for part in list(open_parts):
            entry, reader = part
            batch = reader.next()
            if batch is None:
                reader.close()
                open_parts.remove(part)
                yield entry.end()
                continue
            if seen is not None:
                seen(batch.bytes_read)
            yield entry.take(batch)


def to_files(
    source: Input,
    plan: Plan,
    folder: Path,
    seen: Callable[[int], None] | None = None,
    watch: Watch | None = None,
) -> None:
    """Play a history and write its outputs into a folder that is ready for them."""
    names = [*outputs(plan), SUMMARY]
    writers: dict[str, Writer] = {name: open_writer(folder, name, plan) for name in names}
    engine = Engine(plan, watch)
    for batch in entered(source, plan, seen):
        for written in engine.push(batch):
            writers[output_of(written)].write([written])
    for writer in writers.values():
        writer.close()


def to_frames(source: Input, plan: Plan, hear: Callable[[Written], None] | None = None) -> Result:
    """Play a history and return its outputs as frames; `hear` is told all that is written."""
    lines = {name: Ordered(feeds) for name, feeds in outputs(plan).items()}
    done: dict[str, list[bytes]] = {name: [] for name in lines}
    accounting = Accounting(counting(plan))
    served = Served()
    engine = Engine(plan, watch=served)
    for batch in entered(source, plan):
        for written in engine.push(batch):
            _sort_in(written, lines, accounting)
            if hear is not None:
                hear(written)
        for name, ordered in lines.items():
            done[name].append(ordered.ready().data)
    outs = {name: frame(name, b"".join(done.get(name, [])), plan) for name in Result._fields[:8]}
    return Result(**outs, features=served.frame(plan), summary=accounting.summary())


def _sort_in(written: Written, lines: Mapping[str, Ordered], accounting: Accounting) -> None:
    if isinstance(written, Lines):
        lines[written.output].add(written)
    elif isinstance(written, Counts):
        accounting.add(written)
    elif isinstance(written, Metrics):
        accounting.add_model(written.model, written.metrics)
