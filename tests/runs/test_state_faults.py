"""Faults that need a whole run: a full disk, and steps that are not what they were."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from rtm_flows.connectors.recovery_folder import FLOW
from rtm_flows.lanes.store import STATE
from tests.runs.running import rtm, write_config
from tests.runs.test_state_files import assert_right, claim, kill, start

STEPS = {"rtm.decide", "rtm.enter", "rtm.fold", "rtm.identity", "rtm.know", "rtm.write"}


@contextmanager
def small_disk(path: Path, size: int) -> Iterator[None]:
    """Put a disk of some bytes at a folder."""
    path.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(path)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", str(path)], check=True)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may mount")
def test_a_full_disk_ends_the_run_and_loses_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """One sentence says so; with more space the run goes on from the last snapshot."""
    recovery, out = tmp_path / "recovery", tmp_path / "out"
    out.mkdir()
    claim(recovery)
    with small_disk(recovery / STATE, 16384):
        (full,) = start(recovery, out, 1)
        status = full.wait(120)
        kill([full])
        assert status != 0
        assert "the state could not be written (No space left on device)" in capfd.readouterr().err
        assert list(out.iterdir()) == []
        grow = ["mount", "-o", "remount,size=1m", str(recovery / STATE)]
        subprocess.run(grow, check=True)
        (again,) = start(recovery, out, 1)
        assert again.wait(120) == 0
        assert_right(out)


def test_the_steps_are_those_of_this_version_of_the_flow(events: Path, tmp_path: Path) -> None:
    """Under another name the engine would start a step empty without a word: so raise `FLOW`."""
    config = write_config(tmp_path, more="")
    recovery = tmp_path / "recovery"
    place = ("--output", tmp_path / "out", "--recovery", recovery)
    rtm("run", config, "--input", events, *place)
    found = set()
    for path in (recovery / "bytewax").glob("*.sqlite3"):
        with closing(sqlite3.connect(path)) as database:
            found |= {step for (step,) in database.execute("SELECT DISTINCT step_id FROM snaps")}

    assert (FLOW, found) == (1, STEPS)
    assert "sound" in rtm("state", "verify", recovery)
