"""`rtm check`: a configuration looked at, and a sample of what it makes of its files."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec
from rich.console import Console
from rich.table import Table as Grid

from rtm_flows.cli.console import console
from rtm_flows.cli.jobs import job_of
from rtm_flows.columns import Table, concat
from rtm_flows.config import STANDARD_INPUT, Job
from rtm_flows.connectors.arriving import arrival
from rtm_flows.connectors.batches import DeadLetter
from rtm_flows.connectors.exported import ExportedTopics, exported_topics
from rtm_flows.errors import ConfigError
from rtm_flows.events.field_names import TEXT_FIELDS
from rtm_flows.lanes.intake import Intake
from rtm_flows.lanes.plan import Plan
from rtm_flows.times import format_time

_SHOWN = 10
_WIDEST = 24
_COLUMNS = ("person", "type", "id", "price", "quantity", "amount")


class _Sample(NamedTuple):
    """What the first records of the files become."""

    records: int
    ignored: int
    late: int
    dead: list[DeadLetter]
    events: Table | None
    in_rounds: bool


def check(parsed: argparse.Namespace) -> int:
    """Validate; with a sample, show events, what matched nothing, and what would be lost."""
    job = job_of(parsed)
    out = console()
    out.print(
        f"{parsed.job}: valid. {len(job.features)} features, {len(job.actions)} actions, "
        f"{job.lanes} lanes, {job.order} order"
    )
    for summary in dict.fromkeys(feature.summary for feature in job.own_features):
        out.print(f"features written in Python: {summary}")
    for contract in dict.fromkeys(model.contract for model in job.own_models):
        out.print(f"models written in Python: {contract}")
    amiss = _ask_broker(out, job) if parsed.broker else 0
    if not parsed.sample:
        return int(amiss > 0)
    if STANDARD_INPUT in job.input.paths:
        msg = "--sample reads its records several times: give it a file, not standard input"
        raise ConfigError(msg)
    sample = _read(job, parsed.sample)
    out.print(_fates(sample))
    _show_events(out, job, parsed.sample)
    _show_losses(out, sample)
    unmatched = _unmatched(job, parsed.sample)
    if unmatched:
        found = ", ".join(f"{name} ({count:,})" for name, count in unmatched.most_common(_SHOWN))
        out.print(f"types that match nothing (written as custom.NAME): {found}")
    return int(amiss > 0)


def _ask_broker(out: Console, job: Job) -> int:
    """Tell what is amiss with the broker; its client is loaded only where one is asked."""
    from rtm_flows.cli.topics import ask_broker

    return ask_broker(out, job)


def _fates(sample: _Sample) -> str:
    events = 0 if sample.events is None else len(sample.events)
    return (
        f"{sample.records:,} records read: {events - sample.late:,} events, {sample.late:,} late, "
        f"{sample.ignored:,} ignored, {len(sample.dead):,} dead letters"
    )


def _read(job: Job, wanted: int, text: tuple[str, ...] | None = None) -> _Sample:
    """Read from each partition in turn, until there are about as many records as wanted."""
    source = exported_topics(job) or arrival(job, text)
    plan = Plan.of(job, source.partitions)
    tables: list[Table] = []
    dead: list[DeadLetter] = []
    records = ignored = late = 0
    for number in range(source.partitions):
        reader = source.open(number)
        judge = Intake(number, None if job.input.sort else plan.lateness_ms, log_order=False)
        while records < wanted and (batch := reader.next()) is not None:
            if batch.judged is not None:
                late += len(batch.judged.late)
                tables += [batch.table, batch.judged.late.without(("behind",))]
            elif len(batch.table):
                behind = len(judge.take(batch.table).late)
                late += 0 if job.input.sort else behind
                tables.append(batch.table)
            dead += batch.dead
            records += batch.records
            ignored += batch.ignored
        reader.close()
    events = concat(tables) if any(map(len, tables)) else None
    in_rounds = isinstance(source, ExportedTopics)
    return _Sample(records, ignored, late, dead, events, in_rounds)


def _show_events(out: Console, job: Job, wanted: int) -> None:
    """Show the first events with every text field that is mapped, looked at by the job or not."""
    given = {*job.mapping.constants, *(n for n in TEXT_FIELDS if getattr(job.mapping, n))}
    text = tuple(name for name in TEXT_FIELDS if name in given)
    sample = _read(job, wanted, text)
    events = sample.events
    if events is None:
        return
    if sample.in_rounds:  # each topic has a mapping of its own: what the job looks at is shown
        text = tuple(name for name in text if name in job.text)
    empty = [name for name in text if not any(events[name].tolist())]
    grid = _grid(events, [n for n in text if n not in empty], min(wanted, _SHOWN))
    out.print(grid)
    if empty and job.input.format == "mapping":
        out.print(f"mapped, but empty in all of these: {', '.join(empty)}")


def _grid(events: Table, text: Sequence[str], rows: int) -> Grid:
    columns = [*_COLUMNS, *text]
    grid = Grid(box=None, pad_edge=False)
    for name in ("time", *columns):
        grid.add_column(name, no_wrap=True, overflow="ellipsis")
    for row in range(min(rows, len(events))):
        cells = [_cell(events[name][row]) for name in columns]
        grid.add_row(format_time(int(events["time"][row])), *cells)
    return grid


def _cell(value: object) -> str:
    """Return a value on one line, none too long: texts may be whole letters."""
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


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
        sort = "" if sample.in_rounds else "with input.sort = true none would be, or "
        out.print(f"late: {sample.late:,}; {sort}raise time.lateness")


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
