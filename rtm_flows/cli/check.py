"""`rtm check`: a configuration looked at, and a sample of what it makes of its files."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Literal, NamedTuple

import msgspec
from rich.console import Console
from rich.table import Table as Grid

from rtm_flows.cli.console import console
from rtm_flows.cli.jobs import job_of
from rtm_flows.columns import Table, concat
from rtm_flows.config import STANDARD_INPUT, Job
from rtm_flows.connectors.batches import DeadLetter
from rtm_flows.connectors.inputs import arrival
from rtm_flows.errors import ConfigError
from rtm_flows.lanes.intake import Intake
from rtm_flows.lanes.plan import Plan
from rtm_flows.times import format_time

_SHOWN = 10
_COLUMNS = ("person", "type", "id", "price", "quantity", "amount")


class _Sample(NamedTuple):
    """What the first records of the files become."""

    records: int
    ignored: int
    late: int
    dead: list[DeadLetter]
    events: Table | None


def check(parsed: argparse.Namespace) -> int:
    """Validate; with a sample, show events, what matched nothing, and what would be lost."""
    job = job_of(parsed)
    out = console()
    out.print(
        f"{parsed.job}: valid. {len(job.features)} features, {len(job.actions)} actions, "
        f"{job.lanes} lanes, {job.time.order} order"
    )
    if not parsed.sample:
        return 0
    if STANDARD_INPUT in job.input.paths:
        msg = "--sample reads its records several times: give it a file, not standard input"
        raise ConfigError(msg)
    sample = _read(job, parsed.sample)
    out.print(f"{sample.records:,} records read")
    if sample.events is not None:
        out.print(_grid(sample.events, job, min(parsed.sample, _SHOWN)))
    _show_losses(out, sample)
    unmatched = _unmatched(job, parsed.sample)
    if unmatched:
        found = ", ".join(f"{name} ({count:,})" for name, count in unmatched.most_common(_SHOWN))
        out.print(f"types that match nothing (written as custom.NAME): {found}")
    return 0


def _read(job: Job, wanted: int) -> _Sample:
    """Read from each partition in turn, until there are about as many records as wanted."""
    source = arrival(job)
    plan = Plan.of(job, source.partitions)
    tables: list[Table] = []
    dead: list[DeadLetter] = []
    records = ignored = late = 0
    for number in range(source.partitions):
        reader = source.open(number)
        judge = Intake(number, None if job.input.sort else plan.lateness_ms, log_order=False)
        while records < wanted and (batch := reader.next()) is not None:
            if len(batch.table):
                behind = len(judge.take(batch.table).late)
                late += 0 if job.input.sort else behind
                tables.append(batch.table)
            dead += batch.dead
            records += batch.records
            ignored += batch.ignored
        reader.close()
    return _Sample(records, ignored, late, dead, concat(tables) if tables else None)


def _grid(events: Table, job: Job, rows: int) -> Grid:
    columns = [*_COLUMNS, *job.text]
    grid = Grid("time", *columns, box=None, pad_edge=False)
    for row in range(min(rows, len(events))):
        cells = [str(events[name][row]) for name in columns]
        grid.add_row(format_time(int(events["time"][row])), *cells)
    return grid


def _show_losses(out: Console, sample: _Sample) -> None:
    reasons = Counter((one.reason, one.field) for one in sample.dead)
    for (reason, field), count in reasons.most_common():
        first = next(one for one in sample.dead if (one.reason, one.field) == (reason, field))
        at = f" at {field}" if field else ""
        where = f"first at {first.file}:{first.line} ({first.detail})"
        out.print(f"dead letter {reason}{at}: {count:,}, {where}")
    if sample.ignored:
        out.print(f"ignored: {sample.ignored:,}")
    if sample.late:
        out.print(
            f"late: {sample.late:,}; with input.sort = true none would be, or raise time.lateness"
        )


def _unmatched(job: Job, wanted: int) -> Counter[str]:
    """Return the foreign types that the mapping does not name, with how often they occur."""
    return _custom(job, wanted, "custom") - _custom(job, wanted, "dead_letter")


def _custom(job: Job, wanted: int, unmapped: Literal["custom", "dead_letter"]) -> Counter[str]:
    """Count custom types; those that are neither declared nor known are there if `unmapped`."""
    mapping = msgspec.structs.replace(job.mapping, unmapped=unmapped)
    rule = msgspec.structs.replace(job.input, mapping=mapping)
    events = _read(msgspec.structs.replace(job, input=rule), wanted).events
    types: list[str] = [] if events is None else events["type"].tolist()
    return Counter(kind for kind in types if kind.startswith("custom."))
