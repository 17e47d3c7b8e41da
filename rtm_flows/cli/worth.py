"""`rtm worth`: what a run's decisions were worth, and what another configuration's would be."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime

import msgspec

from rtm_flows.cli.answered import Answered, answered_by, lost_in
from rtm_flows.cli.console import console
from rtm_flows.cli.progress import Bar
from rtm_flows.cli.runs import Opened, Run, run_in
from rtm_flows.cli.two_runs import apart, reading_finished
from rtm_flows.cli.worth_page import show
from rtm_flows.errors import ConfigError, InputError
from rtm_flows.measure.merging import Head, Pair, Read, merged
from rtm_flows.measure.recorded import Reading
from rtm_flows.measure.scan import Line, last_line, lines
from rtm_flows.measure.worth.choices import COLUMNS
from rtm_flows.measure.worth.gathering import Asked, Gathered, Gathering
from rtm_flows.measure.worth.successes import Successes, successes
from rtm_flows.measure.worth.valuing import Valued, valued
from rtm_flows.times import format_time, parse_duration


def worth(parsed: argparse.Namespace) -> int:
    """Value a run's decisions, and those of another over the same records."""
    log = run_in(parsed.run)
    other = None if parsed.other is None else run_in(parsed.other)
    arm = _arm(parsed.arm)
    with ExitStack() as stack:
        sources = [
            stack.enter_context(reading_finished(run, COLUMNS)) for run in (log, other) if run
        ]
        answered = answered_by(log)
        asked = Asked(parsed.reward, _until(sources[0], answered), arm)
        found = _gathered(sources, asked, _successes(log))
    told = valued(found, supported=parsed.supported)
    summaries = [run.summary() or {} for run in (log, other) if run]
    warnings = [*(apart(*summaries) if other else []), *lost_in(answered), *told.warnings]
    if parsed.json:
        sys.stdout.buffer.write(_as_json(log, other, asked, answered, told, warnings) + b"\n")
    else:
        show(console(), (log, other), asked, answered, told, warnings)
    return 0


def _arm(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    experiment, colon, arm = text.partition(":")
    if not (experiment and colon and arm):
        msg = f"--arm: wants an experiment and an arm of it, as chooser:random; got {text!r}"
        raise ConfigError(msg)
    return experiment, arm


def _until(log: Opened, answered: Answered) -> str:
    """Return the time from which on decisions may still be answered when the log ends."""
    last = last_line(log.file, log.size)
    log.file.seek(0)
    if last is None:
        msg = f"{log.path}: is empty; there is nothing to value"
        raise InputError(msg)
    time = Reading(Head, log.path).of(last.data, last.offset).decision_time
    ends = round(datetime.fromisoformat(time).timestamp() * 1000)
    return format_time(ends - parse_duration(answered.within) - parse_duration(answered.horizon))


def _successes(run: Run) -> Successes:
    with run.reading("responses") as source:
        return successes(lines(source.file), source.path)


def _gathered(sources: list[Opened], asked: Asked, welcome: Successes) -> Gathered:
    size = sum(source.size for source in sources)
    with Bar("valuing", size, quiet=not sys.stderr.isatty()) as bar:
        first, *others = (lines(source.file, seen=bar.seen) for source in sources)
        paths = sources[0].path, sources[-1].path
        pairs = merged(first, others[0], paths) if others else _alone(first, paths[0])
        return Gathering(asked, welcome, paths).add_all(pairs)


def _alone(log: Iterable[Line], path: str) -> Iterator[Pair]:
    """Yield each decision beside itself: the log is worth what it brought."""
    reading = Reading(Head, path)
    for line in log:
        read = Read(line, reading.of(line.data, line.offset))
        yield Pair(read, read, alike=True)


def _as_json(
    log: Run, other: Run | None, asked: Asked, answered: Answered, told: Valued, warnings: list[str]
) -> bytes:
    whole = {
        "run": str(log.folder),
        "other": None if other is None else str(other.folder),
        **asked._asdict(),
        **answered._asdict(),
        **msgspec.structs.asdict(told),
        "warnings": warnings,
    }
    return msgspec.json.encode(whole)
