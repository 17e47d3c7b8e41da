"""`rtm run --addresses`: what a job over hosts is not, and what its processes wait for."""

from __future__ import annotations

import signal
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from rtm_flows.cli.hosts import seat_of
from rtm_flows.config import Job, load
from rtm_flows.flows.build import build
from rtm_flows.flows.sources import open_source
from rtm_flows.lanes.store import StateStore
from tests.cli.commands import complaint, rtm

Capture = pytest.CaptureFixture[str]
SECONDS = 60.0
JOB = """
name = "hosted"
lanes = 2
[input]
kind = "kafka"
[kafka]
bootstrap = "127.0.0.1:1"
[[kafka.topics]]
name = "hosted.events"
"""
TWO = "127.0.0.1:2101;127.0.0.1:2102"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write a job between topics."""
    path = tmp_path / "hosted.toml"
    path.write_text(JOB)
    return path


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (["--addresses", TWO], "give both"),
        (["--process", "1"], "give both"),
        (["--addresses", TWO, "--process", "2"], "0 to 1"),
        (["--addresses", "here", "--process", "0"], "wants HOST:PORT"),
        (["--addresses", "a:1,b:70000", "--process", "0"], "wants HOST:PORT"),
        (["--addresses", "a:1,a:1", "--process", "0"], "each once"),
        (["--addresses", TWO, "--process", "0"], "wants --recovery"),
        (["--addresses", TWO, "--process", "0", "--recovery", "r", "--workers", "2"], "--workers"),
        (["--addresses", TWO, "--process", "0", "--recovery", "r", "--to-end"], "--to-end"),
    ],
)
def test_what_does_not_fit_is_refused(
    capsys: Capture, config: Path, given: list[str], why: str
) -> None:
    """With the reason, before anything is made."""
    assert why in complaint(rtm(capsys, "run", config, *given), 2)
    assert list(config.parent.iterdir()) == [config]


def test_files_are_for_one_host(capsys: Capture, tmp_path: Path) -> None:
    """Those that are read and those that are written."""
    path = tmp_path / "files.toml"
    given = ("--addresses", TWO, "--process", "0", "--recovery", tmp_path / "r")
    for text in ('[input]\npaths = ["x.jsonl"]\n', JOB + '[outputs]\nkind = "files"\n'):
        path.write_text(text)
        assert "a job between topics" in complaint(rtm(capsys, "run", path, *given), 2)


def test_addresses_may_stand_in_a_file(config: Path, tmp_path: Path) -> None:
    """One a line, with notes."""
    file = tmp_path / "hosts"
    file.write_text("a.example:2101  # the first\n\nb.example:2102\n[fd00::1]:2103\n")
    given = Namespace(addresses=str(file), process=1, recovery="r", workers=1, to_end=False)
    seat = seat_of(given, load(config))
    assert seat is not None
    assert seat.addresses == ("a.example:2101", "b.example:2102", "[fd00::1]:2103")


def test_a_process_that_waits_for_the_first_can_be_stopped(config: Path, tmp_path: Path) -> None:
    """It says what it waits for, and ends with status 0."""
    given = ["--addresses", TWO, "--process", "1", "--recovery", str(tmp_path / "r")]
    command = [sys.executable, "-m", "rtm_flows.cli", "run", str(config), *given]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "waiting for process 0 at 127.0.0.1:2101" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0


def test_a_live_job_that_ends_was_stopped_whoever_was_told(config: Path) -> None:
    """The word to stop may have reached another process: what waits is kept, not handed over."""
    job: Job = load(config)
    endless, ending = (open_source(job, None, to_end=to_end) for to_end in (False, True))
    assert build(job, endless, {}, store=StateStore()).is_stopped()
    built = build(job, ending, {}, store=StateStore())
    assert not built.is_stopped()
    built.house.stopping.set()
    assert built.is_stopped()
