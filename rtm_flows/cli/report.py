"""`rtm report`: one run as a page for analysts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from rtm_flows.cli.console import console
from rtm_flows.cli.files import make_way, write_page
from rtm_flows.cli.progress import Bar
from rtm_flows.cli.runs import Run, run_or_newest
from rtm_flows.errors import InputError
from rtm_flows.measure.overview.accounting import checks
from rtm_flows.measure.overview.deciding import decided
from rtm_flows.measure.overview.learning import learned
from rtm_flows.measure.overview.notable import notable
from rtm_flows.measure.overview.overview import Overview
from rtm_flows.measure.overview.refused import dead_letters, late
from rtm_flows.measure.overview.responded import answers, orphans
from rtm_flows.measure.overview.served import served
from rtm_flows.measure.overview.summary import Summary, summary_from
from rtm_flows.measure.overview.visits import visits
from rtm_flows.measure.scan import Line, lines
from rtm_flows.report.lead import counted
from rtm_flows.report.run import run_page

T = TypeVar("T")
Added = Callable[[Iterable[Line], str], T]
_OUTPUTS = (
    "decisions", "scores", "sessions", "learning", "late", "dead_letters", "responses", "orphans",
)  # fmt: skip


def report(parsed: argparse.Namespace) -> int:
    """Read a run once, and write its page, or print its numbers."""
    run = run_or_newest(parsed.run, "as the first argument")
    if not run.complete:
        msg = (
            f"{run.folder}: this run is not finished, so its counts are not there yet. Let it end, "
            "or start the same command again: with --recovery it resumes"
        )
        raise InputError(msg)
    name = run.folder.resolve().name
    path = Path(parsed.output or f"{name}-report.html")
    if not parsed.json:
        make_way(path, "--output", overwrite=parsed.overwrite)
    found = overview(run, name)
    if parsed.json:
        sys.stdout.buffer.write(_as_json(found) + b"\n")
        return 0
    write_page(path, "report", run_page(found))
    stands_out = counted([one.level for one in notable(found)])
    console().print(f"report: {path} ({stands_out})")
    return 0


def overview(run: Run, name: str) -> Overview:
    """Return what a finished run took in, decided and learned, called by a name.

    Raises
    ------
    InputError
        If a file is missing that every run has, or cannot be read.
    """
    summary = _summary(run)
    present = [output for output in _OUTPUTS if output == "decisions" or run.has(output)]
    total = sum(_size(run, output) for output in present)
    with Bar("reading", total, quiet=not sys.stderr.isatty()) as bar:

        def added(output: str, add: Added[T]) -> T | None:
            return _added(run, output, add, bar) if output in present else None

        return Overview(
            name=name,
            summary=summary,
            decided=_added(run, "decisions", decided, bar),
            served=added("scores", served),
            visits=added("sessions", visits),
            learned=added("learning", learned),
            late=added("late", late),
            dead_letters=added("dead_letters", dead_letters),
            answers=added("responses", answers),
            orphans=added("orphans", orphans),
        )


def _summary(run: Run) -> Summary:
    path = run.folder / "summary.json"
    try:
        found = run.summary()
    except (msgspec.DecodeError, OSError) as error:
        msg = f"{path}: is no summary of a run ({error}); was it changed? Run the job again"
        raise InputError(msg) from None
    return summary_from(found, str(path))


def _size(run: Run, output: str) -> int:
    with run.reading(output) as source:
        return source.size


def _added(run: Run, output: str, add: Added[T], bar: Bar) -> T:
    with run.reading(output) as source:
        return add(lines(source.file, seen=bar.seen), source.path)


def _as_json(found: Overview) -> bytes:
    whole = {
        "notable": notable(found),
        "checks": [{**msgspec.structs.asdict(one), "holds": one.holds} for one in checks(found)],
        **msgspec.structs.asdict(found),
    }
    return msgspec.json.encode(whole)
