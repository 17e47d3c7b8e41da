"""`rtm state`: what a recovery folder holds, whether it is sound, less of it, and other lanes."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.table import Table

from rtm_flows.cli.console import console
from rtm_flows.config import MAX_LANES
from rtm_flows.connectors.state_compaction import compact
from rtm_flows.connectors.state_survey import Survey, damages, survey
from rtm_flows.errors import refuse

_UNITS = ("bytes", "KB", "MB", "GB")
_THOUSAND = 1000.0


def state(parsed: argparse.Namespace) -> int:
    """Inspect, verify or compact a recovery folder."""
    folder = Path(parsed.folder)
    if parsed.action == "inspect":
        _inspect(folder, as_json=parsed.json)
        return 0
    if parsed.action == "verify":
        return _verify(folder)
    if parsed.action == "migrate":
        _migrate(folder, parsed.lanes, parsed.output)
        return 0
    before, after = compact(folder)
    sys.stdout.write(f"{folder}: {_size(before)} of state files before, {_size(after)} now\n")
    return 0


def _inspect(folder: Path, *, as_json: bool) -> None:
    found = survey(folder)
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return
    out = console()
    for name, value in _lines(found):
        out.print(f"{name:<16}{value}")
    table = Table("step", "states", "rows", "parts", "in files", box=None, pad_edge=False)
    for step, of in found.steps.items():
        rows, parts = _size(of.row_bytes), _size(of.part_bytes)
        table.add_row(step, f"{of.states:,}", rows, f"{of.parts:,}", parts)
    out.print(table)


def _lines(found: Survey) -> list[tuple[str, str]]:
    owner = found.owner
    lines = [
        ("job", f"{owner.name}, configuration {owner.digest}"),
        ("lanes", f"{owner.lanes:,}, of {owner.partitions:,} partitions"),
        ("outputs", f"{owner.output}{', complete' if owner.complete else ''}"),
        ("epoch", "none yet" if found.epoch is None else f"{found.epoch:,}"),
    ]
    for one in owner.upgrades:
        since = "before any event" if one.time is None else f"when events had come to {one.time}"
        lines.append(("upgraded", f"from {one.was} to {one.now} {since}: {'; '.join(one.told)}"))
    if found.written is not None:
        age = max(0, round((datetime.now(UTC) - found.written).total_seconds()))
        lines.append(("written", f"{found.written:%Y-%m-%d %H:%M:%S} UTC, {age:,} s ago"))
    lines.append(("state files", f"{found.files:,} with {_size(found.file_bytes)}"))
    if found.idle_files:
        lines.append(("to be deleted", f"{found.idle_files:,} with {_size(found.idle_bytes)}"))
    return lines


def _migrate(folder: Path, lanes: int | None, output: str | None) -> None:
    if lanes is None or output is None:
        refuse("migrate", "wants --lanes and --output, the number of lanes and the new folder")
    if not 1 <= lanes <= MAX_LANES:
        refuse("--lanes", f"must be from 1 to {MAX_LANES}; got {lanes}")
    # Late: what refits state is heavy to import, and seldom needed.
    from rtm_flows.connectors.state_upgrade import migrate

    owner = migrate(folder, lanes, Path(output))
    sys.stdout.write(
        f"{output}: {owner.name} with {lanes} lanes; set `lanes = {lanes}` in its configuration, "
        f"run it with --recovery {output}, and delete {folder} when it goes on well\n"
    )


def _verify(folder: Path) -> int:
    """Check every seal that a resume relies on; return 1 if one does not fit."""
    count = 0
    for damage in damages(folder):
        sys.stdout.write(f"{damage}\n")
        count += 1
    sys.stdout.write(f"{folder}: {count} damaged\n" if count else f"{folder}: sound\n")
    return 1 if count else 0


def _size(count: int) -> str:
    """Return a number of bytes as people say it.

    Examples
    --------
    >>> _size(12), _size(1_234_567)
    ('12 bytes', '1.2 MB')
    """
    value, unit = float(count), _UNITS[0]
    for unit in _UNITS:
        if value < _THOUSAND or unit == _UNITS[-1]:
            break
        value /= _THOUSAND
    return f"{value:.0f} {unit}" if unit == _UNITS[0] else f"{value:.1f} {unit}"
