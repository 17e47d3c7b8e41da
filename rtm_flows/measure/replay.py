"""Replay: a history played through the whole path in this process.

In: a job and its input. Out: the same bytes as a run of the flow, as polars frames or as files.
No engine and no broker take part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NamedTuple

import polars as pl

from rtm_flows.config import Job
from rtm_flows.connectors.batches import Input
from rtm_flows.connectors.histories import Events, entered, opened
from rtm_flows.connectors.output_files import Writer, open_writer
from rtm_flows.lanes.accounting import Accounting
from rtm_flows.lanes.engine import Engine, Watch
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
from rtm_flows.measure.answered import answered_in
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

    @property
    def response_features(self) -> pl.DataFrame:
        """What models of responses are trained on: see `rtm_flows.measure.answered.answered`."""
        return answered_in(self.responses, self.decisions)


def replay(job: Job, events: Events = None) -> Result:
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
    with opened(job, events) as source:
        # The plan is that of the job as it was given: its digest must not tell how it was read.
        return to_frames(source, Plan.of(job, source.partitions))


def to_files(
    source: Input,
    plan: Plan,
    folder: Path,
    seen: Callable[[int], None] | None = None,
    watch: Watch | None = None,
) -> None:
    """Play a history and write its outputs into a folder that is ready for them."""
    names = [*outputs(plan), SUMMARY]
    engine = Engine(plan, watch)
    with ExitStack() as opened_files:
        writers: dict[str, Writer] = {
            name: opened_files.enter_context(closing(open_writer(folder, name, plan)))
            for name in names
        }
        for batch in entered(source, plan, seen):
            for written in engine.push(batch):
                writers[output_of(written)].write([written])


def to_frames(source: Input, plan: Plan, hear: Callable[[Written], None] | None = None) -> Result:
    """Play a history and return its outputs as frames; `hear` is told all that is written."""
    lines = {name: Ordered(feeds) for name, feeds in outputs(plan).items()}
    done: dict[str, list[bytes]] = {name: [] for name in lines}
    accounting = Accounting(counting(plan), plan.name)
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
