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
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from rtm_flows.connectors.recovery_folder import Identity, RecoveryFolder
from rtm_flows.connectors.shared_folder import tell
from rtm_flows.connectors.state_compaction import compact
from rtm_flows.connectors.state_survey import damages, survey
from rtm_flows.flows.execute import make_rows
from rtm_flows.lanes.state_files import sizes
from rtm_flows.lanes.store import STATE, StateStore
from tests.kills import ROUNDS
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
    tell(recovery, named, StateStore())
    command = [sys.executable, "-m", "tests.runs.rolling", str(recovery), str(out), str(PACE)]
    return [
        subprocess.Popen([*command, str(index), *named], env=environment(), start_new_session=True)
        for index in range(processes)
    ]


def kill(started: list[subprocess.Popen[bytes]]) -> None:
    """Kill all, and what they have started."""
    for process in started:
        # One that is through, and was waited for, has no group any more.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    for process in started:
        process.wait()


def assert_right(out: Path) -> None:
    """Every lane told what an undisturbed run tells."""
    told = {int(path.stem): json.loads(path.read_text()) for path in out.iterdir()}
    assert told == rolling.expected()


def killed_and_resumed(
    tmp_path: Path,
    kills: int,
    seed: int,
    *,
    compacting: bool,
    processes: Sequence[int] = (1, 1, 2, 3),
) -> int:
    """Run with kills at random instants; return the most bytes that lay in state files."""
    rng = random.Random(seed)
    most, killed, runs = 0, 0, 0
    while killed < kills:
        recovery, out = tmp_path / f"recovery{runs}", tmp_path / f"out{runs}"
        out.mkdir(exist_ok=True)
        started = start(recovery, out, rng.choice(processes))
        deadline = time.monotonic() + rng.uniform(0.5, 3.0)
        while time.monotonic() < deadline and started[0].poll() is None:
            time.sleep(0.02)
            most = max(most, sum(sizes(recovery / STATE).values()))
            if rng.random() < 0.05:
                assert survey(recovery).owner == OURS
        if started[0].poll() == 0:
            # It was through before its time had come.
            assert [process.wait(60) for process in started] == [0] * len(started)
            assert_right(out)
            runs += 1
            continue
        kill(started)
        killed += 1
        assert list(damages(recovery)) == []
        if compacting and rng.random() < 0.5:
            compact(recovery)
            assert list(damages(recovery)) == []
            assert survey(recovery).idle_files == 0
    for process in start(recovery, out, 2):
        assert process.wait(120) == 0
    assert_right(out)
    return most


def test_kills_at_random_instants(tmp_path: Path) -> None:
    """Also where the next run has another number of processes, or the folder was compacted."""
    most = killed_and_resumed(tmp_path, 5, 1, compacting=True)

    assert most < 40 * rolling.FILE_BYTES


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2 * ROUNDS))
def test_many_kills_at_random_instants(tmp_path: Path, seed: int) -> None:
    """Fifteen a seed, with and without compaction between; the disk stays bounded."""
    most = killed_and_resumed(tmp_path, 15, seed, compacting=seed % 2 == 1)

    assert most < 40 * rolling.FILE_BYTES


@pytest.mark.slow
def test_one_process_sweeps_for_all_where_it_alone_has_the_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As over hosts: it keeps the rows of all, and the others ask it."""
    monkeypatch.setenv("RTM_OVER_HOSTS", "1")
    monkeypatch.setattr(sys.modules[__name__], "PACE", 0.03)
    recovery, out = tmp_path / "recovery", tmp_path / "out"
    out.mkdir()
    written: dict[str, set[str]] = {}
    for process in start(recovery, out, 3):
        while process.poll() is None:
            for name in sizes(recovery / STATE):
                written.setdefault(name.partition("-")[0], set()).add(name)
            time.sleep(0.01)
        assert process.returncode == 0
    assert_right(out)
    assert list(damages(recovery)) == []
    left = sizes(recovery / STATE).keys()
    swept_for = sum(len(names & left) < len(names) for names in written.values())
    assert swept_for > 1, "it has swept its own files only"
