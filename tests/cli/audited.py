"""Runs that are audited by command, and what is found in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import rtm
from tests.measure.recorded import Record

Capture = pytest.CaptureFixture[str]


def records(run: Path) -> list[Record]:
    """Return the decisions of a run."""
    return [json.loads(line) for line in (run / "decisions.jsonl").read_text().splitlines()]


def write(run: Path, decisions: list[Record]) -> None:
    """Replace the decisions of a run."""
    text = "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in decisions)
    (run / "decisions.jsonl").write_text(text)


def found(capsys: Capture, run: Path, *more: str | Path) -> list[tuple[str, str | None]]:
    """Return check and decision of every violation that an audit finds."""
    config = run.parent / "shop.toml"
    done = rtm(capsys, "audit", run, "--config", config, "--json", "--limit", "9999", *more)
    told = json.loads(done.out)

    assert done.err == ""
    assert done.status == (1 if told["found"] else 0)
    assert told["found"] == len(told["violations"])
    return [(one["check"], one["decision_id"]) for one in told["violations"]]


def acts(one: Record) -> bool:
    """Tell whether something is done, for one of several that could be."""
    return bool(one["name"] != "no_action")
