"""Run all parties on one file of events, in turn, and print how they compare.

In: options of the command line. Out: a table on standard output, and JSON if asked for. Refuses
to give figures of different runs one table: on a shared machine only ratios taken side by side
mean anything.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from benchmarks.make_events import write_events
from benchmarks.parties import FLOOR, PARTIES, ROOT, Party, PartyError, Result, missing, run_party
from benchmarks.quality import log_loss, outcomes
from benchmarks.report import Report, Row, add_ratios, table

FOLDER = ROOT / "runs" / "bench"


class Options(argparse.Namespace):
    """The options, as `parse` reads them."""

    events: int
    rounds: int
    only: list[str]
    skip: list[str]
    python: dict[str, str]
    folder: Path
    json: Path | None
    timeout: float


def parse(arguments: list[str] | None) -> Options:
    """Read the command line."""
    names = [party.name for party in PARTIES]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("--events", type=int, default=200_000, help="how many events (default %(default)s)")
    add("--rounds", type=int, default=3, help="how often each party runs (default %(default)s)")
    add("--only", nargs="+", choices=names, default=names, metavar="PARTY", help="these parties")
    add("--skip", nargs="+", choices=names, default=[], metavar="PARTY", help="not these parties")
    add("--python", nargs="+", type=_pair, default=[], metavar="PARTY=PATH", help="interpreters")
    add("--folder", type=Path, default=FOLDER, help="for events and outputs (default runs/bench)")
    add("--json", type=Path, metavar="FILE", help="also write the figures there")
    add("--timeout", type=float, default=1800, metavar="SECONDS", help="for one party, one round")
    options = parser.parse_args(arguments, Options())
    options.python = dict(options.python)
    return options


def _pair(text: str) -> tuple[str, str]:
    name, found, path = text.partition("=")
    if not found or name not in {party.name for party in PARTIES}:
        msg = f"must be PARTY=PATH with the name of a party; got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return name, path


def events_file(folder: Path, count: int) -> Path:
    """Return the file of so many events, made now if it is not there yet."""
    path = folder / f"events-{count}.jsonl"
    if not path.exists():
        write_events(count, path)
    return path


def measure(options: Options) -> Report:
    """Run every party once a round, in turn, and collect what they say."""
    report = Report(options.events, options.rounds, [])
    python = {party.name: party.python() for party in PARTIES} | options.python
    able = _able(options, python, report)
    events = events_file(options.folder.resolve(), options.events)
    rows = {party.name: Row(party.name, party.label, []) for party in able}
    for round_ in range(options.rounds):
        for party in _rotated(able, round_):
            if party.name in report.failed:
                continue
            print(f"round {round_ + 1}: {party.name}", file=sys.stderr, flush=True)
            out = events.with_name(f"{party.name}.out")
            try:
                result = run_party(party, python[party.name], events, out, options.timeout)
                rows[party.name].rates.append(_rate(party, result, options.events))
            except PartyError as error:
                report.failed[party.name] = str(error)
    report.rows = [row for row in rows.values() if row.name not in report.failed]
    _judge(report.rows, events)
    add_ratios(report.rows)
    return report


def _rate(party: Party, result: Result, events: int) -> float:
    if result.events != events:
        msg = f"{party.name}: must answer all {events} events, got {result.events}"
        raise PartyError(msg)
    return result.events / result.seconds


def _able(options: Options, python: dict[str, str], report: Report) -> list[Party]:
    able = []
    for party in PARTIES:
        if party.name not in options.only or party.name in options.skip:
            continue
        if lacks := missing(party, python[party.name]):
            report.skipped[party.name] = f"needs {lacks}; try `{party.install}`"
        else:
            able.append(party)
    return able


def _rotated(parties: list[Party], by: int) -> list[Party]:
    """Start each round with another party, so that no one always has the quiet moment."""
    start = by % len(parties) if parties else 0
    return parties[start:] + parties[:start]


def _judge(rows: list[Row], events: Path) -> None:
    labels = outcomes(events)
    for row in rows:
        if row.name != FLOOR:
            row.log_loss = log_loss(labels, events.with_name(f"{row.name}.out"))


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; return 1 if a party failed that should have run."""
    options = parse(arguments)
    report = measure(options)
    print(table(report))
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2))
    return 1 if report.failed else 0
