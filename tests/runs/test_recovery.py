"""After a kill at any moment, and a resume, the outputs are those of an undisturbed run."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from rtm_flows.connectors.recovery_folder import RecoveryFolder
from tests.runs.running import (
    digests,
    kill,
    lines,
    rtm,
    start,
    wait_for,
    wait_for_snapshot,
    write_config,
)

EVERY = ("--snapshot-every", "0.1")
KILLS = 10


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """The shop, read in order of arrival by small blocks, so that a run takes a while."""
    return write_config(tmp_path, sort=False, stripes=1, block=1 << 12, more="")


@pytest.fixture(scope="module")
def killed(many_events: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A run killed in the middle: its configuration, recovery folder and output folder."""
    folder = tmp_path_factory.mktemp("killed")
    config = write_config(folder, sort=False, stripes=1, block=1 << 12, more="")
    out, recovery = folder / "out", folder / "recovery"
    run = start(
        "run", config, "--input", many_events, "--output", out, "--recovery", recovery, *EVERY
    )
    assert wait_for_snapshot(recovery, run), "the run was too quick to kill"
    kill(run)
    return config, recovery, out


def _refused(config: Path, events: Path, out: Path, recovery: Path) -> str:
    """Return what a run says that is not to be resumed."""
    return rtm(
        "run", config, "--input", events, "--output", out, "--recovery", recovery, status=1
    )  # fmt: skip


def _copy(killed: tuple[Path, Path, Path], to: Path) -> tuple[Path, Path]:
    """Copy the recovery folder of the killed run, so that a test may spoil it."""
    config, recovery, _ = killed
    shutil.copytree(recovery, to / "recovery")
    (to / "recovery").chmod(0o700)
    return config, to / "recovery"


def test_kill_and_resume(job: Path, many_events: Path, many_run: Path, tmp_path: Path) -> None:
    """A run that was killed twice leaves the same bytes.

    Its end takes snapshots as seldom as by default: ten a second would take most of the time.
    """
    out, recovery = tmp_path / "out", tmp_path / "recovery"
    run = ("run", job, "--input", many_events, "--output", out, "--recovery", recovery)
    for _ in range(2):
        process = start(*run, *EVERY)
        if wait_for_snapshot(recovery, process):
            time.sleep(0.2)
            kill(process)
    rtm(*run)

    assert digests(out) == digests(many_run)
    assert "complete" in rtm(*run)


def test_kill_before_the_first_snapshot(
    job: Path, many_events: Path, many_run: Path, tmp_path: Path
) -> None:
    """The recovery folder alone is the order to resume: no --overwrite is needed."""
    out, recovery = tmp_path / "out", tmp_path / "recovery"
    run = ("run", job, "--input", many_events, "--output", out, "--recovery", recovery)
    process = start(*run, "--snapshot-every", "3600")
    assert wait_for(out / "decisions.jsonl.partial", 1, process)
    kill(process)
    rtm(*run)

    assert digests(out) == digests(many_run)


def test_sigterm_stops_and_a_resume_goes_on(
    job: Path, many_events: Path, many_run: Path, tmp_path: Path
) -> None:
    """SIGTERM ends the run with status 0 and open state; the same command finishes it."""
    out, recovery = tmp_path / "out", tmp_path / "recovery"
    run = ("run", job, "--input", many_events, "--output", out, "--recovery", recovery)
    process = start(*run, "--snapshot-every", "3600")
    assert wait_for(out / "decisions.jsonl.partial", 100_000, process)
    process.send_signal(signal.SIGTERM)

    assert process.wait(20) == 0
    assert (out / "decisions.jsonl.partial").exists()
    assert not (out / "summary.json").exists()
    rtm(*run, "--workers", "2")
    assert digests(out) == digests(many_run)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("lanes = 16", "lanes = 32", "the number of lanes was 16 and is now 32"),
        ('"shop"', '"other"', "the job's name was 'shop' and is now 'other'"),
    ],
)
def test_state_of_another_job_is_refused(
    before: str,
    after: str,
    said: str,
    killed: tuple[Path, Path, Path],
    many_events: Path,
    tmp_path: Path,
) -> None:
    """Nor is state of 16 lanes resumed with 32."""
    config, recovery = _copy(killed, tmp_path)
    changed = tmp_path / "shop.toml"
    changed.write_text(config.read_text().replace(before, after))

    assert said in _refused(changed, many_events, killed[2], recovery)


@pytest.mark.parametrize("damage", ["cut", "flipped", "foreign", "no job.json"])
def test_a_damaged_folder_is_refused(
    damage: str, killed: tuple[Path, Path, Path], many_events: Path, tmp_path: Path
) -> None:
    """Damage is named in one sentence, and nothing of the folder is executed."""
    config, recovery = _copy(killed, tmp_path)
    database = sorted((recovery / "bytewax").glob("*.sqlite3"))[0]
    _damage(damage, database, recovery)
    told = _refused(config, many_events, killed[2], recovery)

    assert told.startswith("rtm: ")
    assert len(told.splitlines()) == 1


def test_a_key_seals_the_state(
    job: Path, many_events: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """State sealed with one key is refused with another."""
    out, recovery = tmp_path / "out", tmp_path / "recovery"
    run = ("run", job, "--input", many_events, "--output", out, "--recovery", recovery, *EVERY)
    monkeypatch.setenv("RTM_STATE_KEY", "one")
    process = start(*run)
    assert wait_for_snapshot(recovery, process)
    kill(process)
    monkeypatch.setenv("RTM_STATE_KEY", "two")

    assert "RTM_STATE_KEY" in rtm(*run, status=1)


def test_a_second_writer_is_refused(job: Path, many_events: Path, tmp_path: Path) -> None:
    """While a run holds its recovery folder, another is turned away."""
    held = RecoveryFolder(tmp_path / "recovery")
    told = rtm(
        *("run", job, "--input", many_events, "--output", tmp_path / "out"),
        *("--recovery", held.path),
        status=1,
    )
    held.release()

    assert "another run is using this folder" in told


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ten_kills_at_random_instants(
    workers: str, job: Path, many_events: Path, many_run: Path, tmp_path: Path
) -> None:
    """Ten kill -9, twenty with both numbers of workers; nothing lost, nothing twice."""
    rng = random.Random(int(workers))
    out, recovery = tmp_path / "out", tmp_path / "recovery"
    place = ("--output", out, "--recovery", recovery)
    run = ("run", job, "--input", many_events, *place, "--workers", workers)
    kills, span = 0, 5.0
    for _ in range(100):
        if kills == KILLS:
            break
        if (out / "summary.json").exists():
            for folder in (out, recovery):
                shutil.rmtree(folder)
        began = time.monotonic()
        process = start(*run, *EVERY)
        try:
            process.wait(rng.uniform(0.05, 0.95) * span)
            # It was through before its time had come: the next is not given as long.
            span = time.monotonic() - began
        except subprocess.TimeoutExpired:
            kill(process)
            kills += 1
    rtm(*run)

    assert kills == KILLS
    assert digests(out) == digests(many_run)
    ids = [line["decision_id"] for line in lines(out / "decisions.jsonl")]
    assert len(ids) == len(set(ids))


def _damage(damage: str, database: Path, recovery: Path) -> None:
    if damage == "cut":
        # What is cut off must be nowhere else: the log of a killed run may hold every page.
        with closing(sqlite3.connect(database)) as open_:
            open_.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        data = database.read_bytes()
        database.write_bytes(data[: len(data) // 2])
    elif damage == "flipped":
        with closing(sqlite3.connect(database)) as open_, open_:
            row = open_.execute("SELECT rowid, ser_change FROM snaps LIMIT 1").fetchone()
            spoilt = bytearray(row[1])
            spoilt[len(spoilt) // 2] ^= 1
            open_.execute("UPDATE snaps SET ser_change = ? WHERE rowid = ?", (spoilt, row[0]))
    elif damage == "foreign":
        with closing(sqlite3.connect(database)) as open_, open_:
            evil = b"cos\nsystem\n(S'touch executed'\ntR."
            changed = open_.execute("UPDATE snaps SET ser_change = ?", (evil,))
            assert changed.rowcount
    else:
        (recovery / "job.json").unlink()
