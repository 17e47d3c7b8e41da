"""Commands run in this process: their exit status and what they print."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from rtm_flows.cli import main

FILES = (
    "dead_letters.jsonl",
    "decisions.jsonl",
    "late.jsonl",
    "learning.jsonl",
    "scores.jsonl",
    "sessions.jsonl",
    "summary.json",
)


class Done(NamedTuple):
    """What a command has left."""

    status: int
    out: str
    err: str


def rtm(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Done:
    """Run `rtm` with arguments; wrong arguments end it as they end a program."""
    capsys.readouterr()
    try:
        status = main([str(argument) for argument in arguments])
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    return Done(status, *capsys.readouterr())


def complaint(done: Done, status: int) -> str:
    """Return the one sentence that a failed command says, without its name."""
    assert done.status == status, done
    assert done.err.startswith("rtm: ")
    assert len(done.err.splitlines()) == 1
    return done.err.removeprefix("rtm: ").strip()
