"""`rtm audit`: a run proved again from its files; the exit status says whether all of it holds."""

from __future__ import annotations

import argparse
import gzip
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from rich.console import Console

from rtm_flows.audit.auditor import audit
from rtm_flows.audit.findings import Certificate
from rtm_flows.audit.limits import LimitBook, Rule
from rtm_flows.audit.outcomes import Outcomes
from rtm_flows.cli.console import console
from rtm_flows.cli.pages import grid, heading, visible
from rtm_flows.cli.progress import Bar
from rtm_flows.cli.runs import Run, run_in
from rtm_flows.errors import ConfigError, InputError

VIOLATED = 1
_OTHERS = ("late", "dead_letters", "sessions")


class _Config(msgspec.Struct, frozen=True):
    """What is asked of a configuration; read anew, and not by what the job reads it with."""

    floor: float = 0.0
    limits: tuple[Rule, ...] = ()
    zone: str = "UTC"


def audit_run(parsed: argparse.Namespace) -> int:
    """Audit a run; return 0 if all was proved, 1 if something is violated."""
    run = run_in(parsed.run)
    config = None if parsed.config is None else _config(parsed.config)
    outcomes, files = _read_others(run, parsed.input or ())
    with run.reading("decisions") as opened:
        size = opened.size
    with Bar("auditing", size, quiet=not sys.stderr.isatty()) as bar:
        certificate = audit(
            lambda: _lines(run, bar),
            summary=run.summary(),
            files=files,
            floor=None if config is None else config.floor,
            limits=None if config is None else _limits(config, parsed.config, outcomes),
            most=parsed.limit,
        )
    if parsed.json:
        told = {"run": str(run.folder), "found": certificate.found}
        whole = {**told, **msgspec.structs.asdict(certificate)}
        sys.stdout.buffer.write(msgspec.json.encode(whole) + b"\n")
    else:
        _show(console(), run, certificate)
    return VIOLATED if certificate.found else 0


def _lines(run: Run, bar: Bar) -> Iterator[bytes]:
    with run.reading("decisions") as opened:
        for line in opened.file:
            bar.seen(len(line))
            # What a run that was stopped has not written to the end is no line yet.
            if line.endswith(b"\n") or not opened.growing:
                yield line


def _config(path: str) -> _Config:
    try:
        with Path(path).open("rb") as file:
            return msgspec.convert(tomllib.load(file), _Config)
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}"
        raise ConfigError(msg) from None
    except (ValueError, msgspec.ValidationError) as error:
        msg = f"{path}: {error}"
        raise ConfigError(msg) from None


def _limits(config: _Config, path: str, outcomes: Outcomes) -> LimitBook | None:
    if not config.limits:
        return None
    try:
        return LimitBook(config.limits, outcomes, config.zone)
    except ValueError as error:
        msg = f"{path}: {error}"
        raise ConfigError(msg) from None


def _read_others(run: Run, inputs: Iterable[str]) -> tuple[Outcomes, dict[str, Counter[str]]]:
    """Read what a run has written beside its decisions, and the inputs."""
    files: dict[str, Counter[str]] = {}
    late: set[str] = set()
    for name in _OTHERS:
        if not run.complete or not run.has(name):
            continue
        counts = files[name] = Counter()
        for line in _records(run, name):
            counts[line.reason] += 1
            if name == "late":
                late.add(line.id)
    outcomes = Outcomes(late)
    for path in inputs:
        files.setdefault("input", Counter())[""] += _read_input(path, outcomes)
    return outcomes, files


class _Line(msgspec.Struct, frozen=True, gc=False):
    reason: str = ""
    id: str = ""


def _records(run: Run, name: str) -> Iterator[_Line]:
    decode = msgspec.json.Decoder(_Line).decode
    with run.reading(name) as opened:
        for number, text in enumerate(opened.file, start=1):
            try:
                yield decode(text)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                msg = f"{opened.path}: line {number:,} cannot be read: {error}"
                raise InputError(msg) from None


def _read_input(path: str, outcomes: Outcomes) -> int:
    try:
        opener = gzip.open if path.endswith(".gz") else open
        with opener(path, "rb") as file:
            return outcomes.read(file)
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror or error}"
        raise InputError(msg) from None


def _show(out: Console, run: Run, certificate: Certificate) -> None:
    if certificate.violations:
        heading(out, "violations")
    for one in certificate.violations:
        where = f"line {one.line:,}" if one.line else "the run"
        who = f", decision {visible(one.decision_id)}" if one.decision_id else ""
        out.print(f"  {one.check}: {where}{who}: {visible(one.text)}")
    if certificate.found > len(certificate.violations):
        out.print(f"  and {certificate.found - len(certificate.violations):,} more")
    heading(out, f"{run.folder}, {run.state}")
    rows = (
        (one.check, f"{one.proved:,}", f"{one.violations:,}" if one.proved else "-", one.promise)
        for one in certificate.verdicts
    )
    columns = ("check", "proved", "violations", " ")
    grid(out, columns, rows, right=columns[1:3], wide=(" ",))
    heading(out, f"{certificate.decisions:,} decisions, {certificate.found:,} violations")
