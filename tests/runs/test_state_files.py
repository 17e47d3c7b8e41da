"""Killed at any moment, with many quick snapshots, the state store loses and repeats nothing."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rtm_flows.connectors.recovery_folder import Identity, RecoveryFolder
from rtm_flows.connectors.state_compaction import compact
from rtm_flows.connectors.state_survey import damages, survey
from rtm_flows.flows.execute import make_rows
from rtm_flows.lanes.state_files import sizes
from rtm_flows.lanes.store import STATE, StateStore
from tests.runs import rolling
from tests.runs.running import environment

OURS = Identity(name="r", lanes=8, partitions=1, digest="d", inputs="i", output="o")
PACE = 0.01


def claim(recovery: Path) -> None:
    """Do at a start what a run does."""
    folder = RecoveryFolder(recovery)
    try:
        folder.claim(OURS, StateStore())
        make_rows(folder.rows)
    finally:
        folder.release()


def addresses(count: int) -> list[str]:
    """Return free addresses of this machine."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    found = [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    for one in sockets:
        one.close()
    return found


def start(recovery: Path, out: Path, processes: int) -> list[subprocess.Popen[bytes]]:
    """Start the flow in a process group of its own for each process."""
    claim(recovery)
    named = addresses(processes) if processes > 1 else []
    command = [sys.executable, "-m", "tests.runs.rolling", str(recovery), str(out), str(PACE)]
    return [
        subprocess.Popen(
            [*command, str(index), *named], env=environment(), start_new_session=True
        )
        for index in range(processes)
    ]


def kill(started: list[subprocess.Popen[bytes]]) -> None:
    """Kill all, and what they have started."""
    for process in started:
        os.killpg(process.pid, signal.SIGKILL)
    for process in started:
        process.wait()


def told(out: Path) -> dict[int, dict[str, int]]:
    """Return what the lanes told."""
    return {
        int(path.stem): dict(sorted(json.loads(path.read_text()).items(), key=lambda one: one[0]))
        for path in out.iterdir()
    }


def killed_and_resumed(tmp_path: Path, kills: int, seed: int, *, compacting: bool) -> int:
    """Run with kills at random instants; return the most bytes that lay in state files."""
    rng = random.Random(seed)
    recovery, out = tmp_path / "recovery", tmp_path / "out"
    out.mkdir()
    most = 0
    for _ in range(kills):
        started = start(recovery, out, rng.choice([1, 1, 2, 3]))
        deadline = time.monotonic() + rng.uniform(0.5, 2.5)
        while time.monotonic() < deadline and started[0].poll() is None:
            time.sleep(0.02)
            most = max(most, sum(sizes(recovery / STATE).values()))
        kill(started)
        assert list(damages(recovery)) == []
        if compacting and rng.random() < 0.5:
            compact(recovery)
            assert list(damages(recovery)) == []
            assert survey(recovery).idle_files == 0
    for process in start(recovery, out, 2):
        assert process.wait(120) == 0
    wanted = {lane: dict(sorted(counts.items())) for lane, counts in rolling.expected().items()}
    assert told(out) == wanted
    return most


def test_kills_at_random_instants(tmp_path: Path) -> None:
    """Also where the next run has another number of processes, or the folder was compacted."""
    killed_and_resumed(tmp_path, 5, 1, compacting=True)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_many_kills_at_random_instants(tmp_path: Path, seed: int) -> None:
    """A hundred, with and without compaction between; the disk stays bounded."""
    most = killed_and_resumed(tmp_path, 25, seed, compacting=seed % 2 == 1)

    assert most < 40 * rolling.FILE_BYTES
