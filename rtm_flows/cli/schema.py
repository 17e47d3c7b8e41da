"""`rtm schema`: the tracking plan and the records that leave, told and as JSON Schemas."""

from __future__ import annotations

import argparse
import difflib
import json
import re
from pathlib import Path
from typing import Any

from rich.table import Table as Grid

from rtm_flows.cli.console import console
from rtm_flows.connectors.record_schemas import record_schema
from rtm_flows.errors import ConfigError
from rtm_flows.events.plan import PLAN
from rtm_flows.events.schemas import json_schema, meaning, whole_schema


def schema(parsed: argparse.Namespace) -> int:
    """Print or write the schema of a type, or of all; without either, list the types."""
    if sum(map(bool, (parsed.type, parsed.all, parsed.record))) > 1:
        msg = "schema: give a TYPE, --all or --record, only one of them"
        raise ConfigError(msg)
    if parsed.record is not None:
        _record(parsed.record, parsed.output)
    elif parsed.output is not None:
        _write(Path(parsed.output), [parsed.type] if parsed.type else list(PLAN))
    elif parsed.type is not None:
        console().print(_text(_of(parsed.type)), end="")
    elif parsed.all:
        console().print(_text(whole_schema()), end="")
    else:
        _list()
    return 0


def _list() -> None:
    grid = Grid("type", "meaning", box=None, pad_edge=False)
    for name in PLAN:
        grid.add_row(name, meaning(name))
    console().print(grid)


def _record(name: str, output: str | None) -> None:
    """Print or write the schema of a record that leaves."""
    text = _text(record_schema(name))
    if output is None:
        console().print(text, end="")
    else:
        _store(Path(output), {name: text})


def _write(folder: Path, names: list[str]) -> None:
    """Write one file for each type; those of the same name are replaced."""
    _store(folder, {re.sub(r"\.\*|[/\\\0]", "", name): _text(_of(name)) for name in names})


def _store(folder: Path, schemas: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in schemas.items():
            (folder / f"{name}.json").write_text(text, encoding="utf-8")
    except OSError as error:
        msg = f"{folder}: cannot be written: {error.strerror}"
        raise ConfigError(msg) from None
    console().print(f"{folder}: {len(schemas)} schemas")


def _of(name: str) -> dict[str, Any]:
    try:
        return json_schema(name)
    except KeyError:
        near = difflib.get_close_matches(name, PLAN, n=1)
        hint = f"did you mean {near[0]}?" if near else "`rtm schema` lists them"
        msg = f"schema: {name!r} is not an event type; {hint}"
        raise ConfigError(msg) from None


def _text(found: dict[str, Any]) -> str:
    return json.dumps(found, indent=2) + "\n"
