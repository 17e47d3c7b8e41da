"""`rtm audit`: a run proved again from its files; the exit status says whether all of it holds."""

from __future__ import annotations

import argparse
import gzip
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from rich.console import Console

from rtm_flows.audit.auditor import audit
from rtm_flows.audit.findings import Certificate
from rtm_flows.audit.known import Known
from rtm_flows.audit.records import Reading
from rtm_flows.audit.upgraded import Upgraded
from rtm_flows.cli.audited import known_of
from rtm_flows.cli.console import console
from rtm_flows.cli.pages import grid, heading, visible
from rtm_flows.cli.progress import Bar
from rtm_flows.cli.runs import Run, run_in
from rtm_flows.errors import InputError

VIOLATED = 1
_OTHERS = ("late", "dead_letters", "sessions")
_FOREIGN = {".csv", ".tsv", ".parquet", ".zst"}


def audit_run(parsed: argparse.Namespace) -> int:
    """Audit a run; return 0 if all was proved, 1 if something is violated."""
    run = run_in(parsed.run)
    known = known_of(parsed, run)
    files, places = _read_others(run)
    if parsed.input:
        lines = sum(_read_input(path, places, known) for path in parsed.input)
        files["input"] = Counter({"": lines})
    with run.reading("decisions") as opened:
        size = opened.size
    with Bar("auditing", size, quiet=not sys.stderr.isatty()) as bar:
        certificate = audit(
            lambda: _lines(run, bar),
            summary=run.summary(),
            files=files,
            known=known,
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


class _Place(msgspec.Struct, frozen=True, gc=False):
    file: str = ""
    line: int = 0


class _Line(msgspec.Struct, frozen=True, gc=False):
    reason: str = ""
    place: _Place | None = None


def _read_others(run: Run) -> tuple[dict[str, Counter[str]], dict[str, set[int]]]:
    """Count what a run has written beside its decisions, and tell which lines became no event."""
    files: dict[str, Counter[str]] = {}
    places: dict[str, set[int]] = {}
    for name in _OTHERS:
        if not run.has(name):
            continue
        counts: Counter[str] = Counter()
        for line in _records(run, name):
            counts[line.reason] += 1
            if line.place is not None:
                places.setdefault(line.place.file, set()).add(line.place.line)
        if run.complete:
            files[name] = counts
    return files, places


def _records(run: Run, name: str) -> Iterator[_Line]:
    decode = msgspec.json.Decoder(_Line).decode
    with run.reading(name) as opened:
        for number, text in enumerate(opened.file, start=1):
            if opened.growing and not text.endswith(b"\n"):
                return
            try:
                yield decode(text)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                msg = f"{opened.path}: line {number:,} cannot be read: {error}"
                raise InputError(msg) from None


def _read_input(path: str, places: Mapping[str, set[int]], known: Known | Upgraded | None) -> int:
    """Read a file of the input; return how many lines it has."""
    if Path(path.removesuffix(".gz")).suffix in _FOREIGN:
        msg = f"{path}: only canonical JSON Lines, packed by gzip or not, can be audited"
        raise InputError(msg)
    reading = Reading() if known is None else known.reading
    before = reading.lines
    try:
        opener = gzip.open if path.endswith(".gz") else open
        with opener(path, "rb") as file:
            for record in reading.read(file, _without(path, places)):
                if known is not None:
                    known.add(record)
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror or error}"
        raise InputError(msg) from None
    return reading.lines - before


def _without(path: str, places: Mapping[str, set[int]]) -> set[int]:
    """Return the lines of a file that became no event.

    A file that lay elsewhere when the run was made is known by its name.
    """
    found: set[int] = set()
    for told, lines in places.items():
        same = Path(told).resolve() == Path(path).resolve()
        if same or (not Path(told).exists() and Path(told).name == Path(path).name):
            found |= lines
    return found


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
    for note in certificate.notes:
        out.print(f"  {visible(note)}")
    heading(out, f"{certificate.decisions:,} decisions, {certificate.found:,} violations")
