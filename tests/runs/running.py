"""Running `rtm` as a user does: in a process of its own, on files."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CONFIG = """
name = "shop"
lanes = 16
[input]
sort = {sort}
stripes = {stripes}
block_bytes = {block}
[time]
order = "{order}"
lateness = "{lateness}"
[models.intent]
kind = "sgd"
mature = 50
mature_positives = 5
[[models.intent.challengers]]
kind = "newton"
[models.intent.promotion]
after = 80
level = 0.2
[[triggers.moments]]
name = "over"
kind = "session_end"
[[triggers.moments]]
name = "quiet"
kind = "silence"
after = "PT40M"
quantile = 0.5
least = 2
[[triggers.moments]]
name = "left"
kind = "cart_abandonment"
after = "PT10M"
[[triggers.moments]]
name = "searches"
kind = "sequence"
first = ["search"]
then = ["search", "view_item"]
within = "PT10M"
"""

WATCHED = """
[models.intent.drift]
sensitivity = "high"
warm_up = 100
response = "switch"
[models.churn]
horizon = "PT2H"
mature = 20
mature_positives = 2
[models.churn.drift]
sensitivity = "high"
warm_up = 100
response = "reset"
"""
"""A watch for drift, and churn: what costs much to keep, where snapshots are taken all the time."""


def write_config(
    folder: Path,
    *,
    sort: bool = True,
    stripes: int = 4,
    block: int = 1 << 16,
    order: str = "event",
    lateness: str = "PT1M",
    more: str = WATCHED,
) -> Path:
    """Write a small shop's configuration and return its path."""
    path = folder / "shop.toml"
    text = CONFIG.format(
        sort=str(sort).lower(), stripes=stripes, block=block, order=order, lateness=lateness
    )
    path.write_text(text + more)
    return path


def command(*arguments: str | Path) -> list[str]:
    """Return the command line of `rtm` with arguments."""
    return [sys.executable, "-m", "rtm_flows.cli", *map(str, arguments)]


def environment() -> dict[str, str]:
    """Return the environment of a run: this project's, one thread a process."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}


def rtm(*arguments: str | Path, status: int = 0) -> str:
    """Run `rtm` and return what it printed; its exit status must be as given."""
    done = subprocess.run(
        command(*arguments), env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def start(*arguments: str | Path) -> subprocess.Popen[bytes]:
    """Start `rtm` in a process group of its own."""
    return subprocess.Popen(
        command(*arguments),
        env=environment(),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a run and all its processes, as kill -9 does."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def digests(folder: Path, without: Sequence[str] = ()) -> dict[str, str]:
    """Return the SHA-256 of every output in a folder."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name not in without
    }


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the records of a JSON Lines file."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def wait_for(path: Path, size: int, process: subprocess.Popen[bytes], seconds: float = 60) -> bool:
    """Wait until a file has some size; False if the process ended first."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return False
        if path.exists() and path.stat().st_size >= size:
            return True
        time.sleep(0.02)
    msg = f"{path} did not reach {size} bytes in {seconds} s"
    raise TimeoutError(msg)


def wait_for_snapshot(recovery: Path, process: subprocess.Popen[bytes]) -> bool:
    """Wait until some snapshot is committed; False if the process ended first."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return False
        if any(_rows(path) for path in (recovery / "bytewax").glob("*.sqlite3")):
            return True
        time.sleep(0.02)
    msg = f"{recovery}: no snapshot in 60 s"
    raise TimeoutError(msg)


def _rows(database: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as open_:
            return int(open_.execute("SELECT count(*) FROM commits").fetchone()[0])
    except sqlite3.Error:
        return 0
