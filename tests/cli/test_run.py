"""`rtm run`: exit statuses, messages and files, as a user meets them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from rtm_flows.simulate import Shop, simulate
from tests.cli.commands import FILES, complaint, rtm
from tests.runs.running import digests, write_config

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def csv_job(tmp_path: Path) -> Path:
    """A job that reads a CSV file as it comes, whose header lacks a mapped column."""
    (tmp_path / "events.csv").write_text("when,whom\n2026-03-02T10:00:00Z,ann\n")
    path = tmp_path / "csv.toml"
    path.write_text(
        '[input]\npaths = ["events.csv"]\nsort = false\nstripes = 1\nformat = "mapping"\n'
        '[input.mapping]\ntime = "when"\nuser_id = "who"\nconstants = { type = "search" }\n'
    )
    return path


def test_a_run_writes_all_outputs_and_shows_what_came_out(
    capsys: Capture, job: Path, events: Path, tmp_path: Path
) -> None:
    """Status 0, six files, no leftovers, and a table whose numbers are those of the summary."""
    done = rtm(capsys, "run", job, "--input", events, "--output", tmp_path / "out")
    found = json.loads((tmp_path / "out" / "summary.json").read_text())

    assert done.status == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(FILES)
    for fate in ("accepted", "duplicate", "dead_letter"):
        assert found[fate] > 0
        assert any(line.split()[:2] == [fate, f"{found[fate]:,}"] for line in done.out.splitlines())
    assert f"outputs: {tmp_path / 'out'}" in done.out.splitlines()


def test_a_job_of_files_loads_no_client_of_a_broker(
    job: Path, events: Path, tmp_path: Path
) -> None:
    """Nor what serves metrics or writes logs: it begins a sixth of a second earlier so."""
    code = (
        "import sys\n"
        "from rtm_flows.cli import main\n"
        "assert main(sys.argv[1:]) == 0\n"
        "loaded = {'confluent_kafka', 'prometheus_client', 'structlog'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    given = ["run", job, "--input", events, "--output", tmp_path / "out", "--quiet"]
    for arguments in (["check", job], given):
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_several_processes_write_the_same(
    capsys: Capture, job: Path, events: Path, tmp_path: Path
) -> None:
    """Two workers started by this very process; what was needed in between is cleaned up."""
    for workers in ("1", "2"):
        done = rtm(capsys, "run", job, "--input", events, "--output", tmp_path / workers,
                   "--workers", workers)  # fmt: skip
        assert done.status == 0

    assert digests(tmp_path / "1") == digests(tmp_path / "2")
    assert sorted(path.name for path in (tmp_path / "2").iterdir()) == sorted(FILES)


def test_quiet_says_nothing(capsys: Capture, job: Path, events: Path, tmp_path: Path) -> None:
    """Neither progress nor a summary; errors are told all the same."""
    arguments = ("run", job, "--quiet", "--input", events, "--output", tmp_path / "out")

    assert rtm(capsys, *arguments) == (0, "", "")
    assert "is not empty" in complaint(rtm(capsys, *arguments), 1)


def test_a_profile_accounts_for_the_whole_run(
    capsys: Capture, job: Path, events: Path, tmp_path: Path
) -> None:
    """Every stage has worked, the shares are those of one whole, and recovery adds snapshots."""
    done = rtm(capsys, "run", job, "--input", events, "--output", tmp_path / "out", "--profile",
               "--quiet", "--recovery", tmp_path / "kept")  # fmt: skip

    rows = [line.split()[:4] for line in done.out.splitlines()[1:]]
    names = ["open", "read", "enter", "identity", "know", "fold", "decide", "write", "snapshot"]
    assert [row[0] for row in rows] == [*names, "engine", "all"]
    seconds = {row[0]: float(row[1]) for row in rows}
    assert sum(seconds[name] for name in (*names, "engine")) == pytest.approx(
        seconds["all"], abs=0.005 * len(rows)
    )
    assert rows[-1][3] == "100%"


def test_a_profile_is_of_one_process(capsys: Capture, job: Path, tmp_path: Path) -> None:
    """Nothing runs, and the message says what to leave out."""
    done = rtm(capsys, "run", job, "--output", tmp_path / "out", "--profile", "--workers", "2")

    assert "--profile measures one process; leave out --workers" in complaint(done, done.status)
    assert done.status == 1
    assert not (tmp_path / "out").exists()


def test_outputs_go_to_a_folder_named_as_the_job(
    capsys: Capture, job: Path, events: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below `out` where the command is given, unless it is told otherwise."""
    monkeypatch.chdir(tmp_path)

    assert rtm(capsys, "run", job, "--input", events, "--quiet").status == 0
    assert (tmp_path / "out" / "shop" / "summary.json").exists()


def test_a_full_folder_is_replaced_only_if_asked_for(
    capsys: Capture, job: Path, events: Path, tmp_path: Path
) -> None:
    """Status 1 and the flag in the message; with it, the same bytes again."""
    arguments = ("run", job, "--input", events, "--output", tmp_path / "out", "--quiet")
    rtm(capsys, *arguments)
    before = digests(tmp_path / "out")

    assert "--overwrite" in complaint(rtm(capsys, *arguments), 1)
    assert rtm(capsys, *arguments, "--overwrite").status == 0
    assert digests(tmp_path / "out") == before


def test_a_missing_job_is_named(capsys: Capture, tmp_path: Path) -> None:
    """Status 2: there is nothing to be done without one."""
    said = complaint(rtm(capsys, "run", tmp_path / "shop.toml"), 2)

    assert said.endswith("shop.toml: no such file; `rtm run` wants the job's TOML file first")


def test_an_unknown_key_is_named_with_the_nearest(capsys: Capture, job: Path) -> None:
    """Status 2, the file, the key and what was probably meant."""
    job.write_text("lanse = 16\n")

    said = complaint(rtm(capsys, "run", job), 2)
    assert said == f"{job}: unknown key `lanse`; did you mean `lanes`?"


def test_a_job_without_input_is_told_how_to_give_one(capsys: Capture, job: Path) -> None:
    """Status 2, and the flag in the message."""
    assert "give --input PATH" in complaint(rtm(capsys, "run", job), 2)


def test_a_missing_input_is_named(capsys: Capture, job: Path, tmp_path: Path) -> None:
    """Status 1, and nothing is written."""
    done = rtm(capsys, "run", job, "--input", tmp_path / "a.jsonl", "--output", tmp_path / "out")

    assert "a.jsonl cannot be read: No such file or directory; check the path" in complaint(done, 1)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_goes_wrong_in_the_middle_is_told_in_one_sentence(
    capfd: Capture, csv_job: Path, tmp_path: Path, workers: str
) -> None:
    """The cause, not the engine's trace; from a worker process too."""
    done = rtm(capfd, "run", csv_job, "--output", tmp_path / "out", "--workers", workers)

    assert done.status == (2 if workers == "1" else 1)
    said = [line for line in done.err.splitlines() if line.startswith("rtm: ")]
    assert "rtm: input.mapping: the header has no column 'who'; did you mean whom?" in said
    assert "Traceback" not in done.err
    if workers == "1":
        assert len(said) == 1
    else:  # the other process is ended, perhaps before it can say that the connection broke
        assert len(said) in {2, 3}
        assert said[-1].startswith("rtm: a worker process ended with status 1")


def test_many_late_records_come_with_a_hint(capsys: Capture, events: Path, tmp_path: Path) -> None:
    """Real files are rarely in order of time: whoever does not know is told."""
    lines = events.read_bytes().splitlines(keepends=True)
    (tmp_path / "shuffled.jsonl").write_bytes(b"".join(lines[::7] + lines))
    job = write_config(tmp_path, sort=False, stripes=1)
    done = rtm(
        capsys, "run", job, "--input", tmp_path / "shuffled.jsonl", "--output", tmp_path / "out"
    )

    assert done.status == 0
    (hint,) = [line for line in done.out.splitlines() if "were late and took no part" in line]
    assert "set input.sort = true, or raise time.lateness (now PT1M)" in hint


def test_a_complete_run_is_not_run_again(
    capsys: Capture, job: Path, events: Path, tmp_path: Path
) -> None:
    """With a recovery folder the same command may be given again: it says that all is done."""
    arguments = ("run", job, "--input", events, "--output", tmp_path / "out",
                 "--recovery", tmp_path / "recovery", "--quiet")  # fmt: skip
    assert rtm(capsys, *arguments).status == 0
    before = digests(tmp_path / "out")

    again = rtm(capsys, *arguments)
    assert (again.status, again.err) == (0, "")
    assert again.out == f"{tmp_path / 'out'}: this run is complete; nothing is left to do\n"
    assert digests(tmp_path / "out") == before
    assert not (tmp_path / "recovery" / "sorted").exists()


def test_another_job_is_turned_away_from_a_recovery_folder(
    capsys: Capture, job: Path, events: Path, tmp_path: Path
) -> None:
    """Status 1, and what differs."""
    place = ("--output", tmp_path / "out", "--recovery", tmp_path / "recovery", "--quiet")
    rtm(capsys, "run", job, "--input", events, *place)
    job.write_text(job.read_text().replace("lanes = 16", "lanes = 32"))

    said = complaint(rtm(capsys, "run", job, "--input", events, *place), 1)
    assert "the number of lanes was 16 and is now 32" in said


@contextmanager
def stopping_at(ready: Callable[[], bool]) -> Iterator[list[int]]:
    """Send this process SIGTERM once something is so; yields the signals that came too late."""
    late: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        late.append(number)

    def send() -> None:
        deadline = time.monotonic() + 60
        while not ready() and not given_up.is_set() and time.monotonic() < deadline:
            time.sleep(0.01)
        if ready():
            os.kill(os.getpid(), signal.SIGTERM)

    given_up = threading.Event()
    before = signal.signal(signal.SIGTERM, note)
    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield late
    finally:
        given_up.set()
        thread.join()
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_run_that_is_stopped_says_so_and_goes_on_later(
    capsys: Capture, tmp_path: Path, workers: str
) -> None:
    """SIGTERM ends it with status 0, unfinished; the same command finishes it, byte for byte."""
    events = tmp_path / "events.jsonl"
    with events.open("wb") as file:
        simulate(Shop(people=600, days=0.5, seed=5), file.write)
    job = write_config(tmp_path, sort=False, stripes=2, block=1 << 11)
    rtm(capsys, "run", job, "--input", events, "--output", tmp_path / "whole", "--quiet")
    out = tmp_path / "out"
    arguments = ("run", job, "--input", events, "--output", out,
                 "--recovery", tmp_path / "recovery", "--workers", workers)  # fmt: skip
    partial = out / "decisions.jsonl.partial"

    with stopping_at(lambda: partial.exists() and partial.stat().st_size > 0) as late:
        stopped = rtm(capsys, *arguments)
    assert late == []
    assert stopped.status == 0
    assert stopped.err.splitlines()[-1] == "stopped; start it again to resume"
    assert not (out / "summary.json").exists()
    assert rtm(capsys, *arguments).status == 0
    assert digests(out) == digests(tmp_path / "whole")
