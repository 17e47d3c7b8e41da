"""What may happen to a recovery folder: the disk is full, it is damaged, or it is another job's.

Each is played with a stage whose job has not begun. What must be refused is refused with one
sentence; then the folder is mended, and the job can be run to its end.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.chaos.stage import Stage
from tests.runs.running import wait_for_snapshot

DISK_BYTES = 16 << 20
BALLAST = "ballast"


class CannotPlayError(RuntimeError):
    """The machine does not let the fault be played."""


def full_disk(stage: Stage, rng: random.Random, lines: list[bytes]) -> None:
    """The disk of the recovery folder fills while the job runs; with space again it goes on."""
    half = len(lines) // 2
    stage.produce(lines[:half])
    disk = stage.job.recovery.parent
    with small_disk(disk):
        with stage.job.running() as process:
            wait_for_snapshot(stage.job.recovery, process)
            stage.at(rng.uniform(0.1, 0.8) * half, process)
            # The job may have filled what was left before the ballast did.
            with suppress(OSError):
                (disk / BALLAST).write_bytes(bytes(_free(disk) - rng.randrange(1 << 16)))
            stage.produce(lines[half:])
            stage.job.failing(process)
        (disk / BALLAST).unlink()
        stage.job.to_end()
        # What is compared needs no state; the next run only finds that this one is complete.
        shutil.copytree(stage.job.recovery, stage.folder / "kept")
    shutil.copytree(stage.folder / "kept", stage.job.recovery)


def damaged(stage: Stage, rng: random.Random, lines: list[bytes]) -> None:
    """Some of the damages, one after the other; each is refused, and nothing is written."""
    _killed(stage, rng, lines)
    for name in rng.sample(sorted(DAMAGES), 3):
        _refused_while(stage, name, DAMAGES[name], rng)


def other_job(stage: Stage, rng: random.Random, lines: list[bytes]) -> None:
    """Another lane count, another job, a renamed step: refused, and told what differs."""
    _killed(stage, rng, lines)
    config = stage.job.config.read_text("utf-8")
    other = stage.folder / "other.toml"
    for was, now, told in (
        ("lanes = 16", f"lanes = {rng.choice([8, 17, 32])}", "the number of lanes was 16"),
        ('name = "chaos"', 'name = "other"', "the job's name was 'chaos'"),
    ):
        other.write_text(config.replace(was, now), "utf-8")
        sentence = stage.job.refused(other)
        if told not in sentence:
            msg = f"{told!r} was wanted in: {sentence}"
            raise RuntimeError(msg)
    _refused_while(stage, "a renamed step", _renamed, rng)


def _killed(stage: Stage, rng: random.Random, lines: list[bytes]) -> None:
    """Leave the job killed somewhere in the middle, with a snapshot."""
    stage.produce(lines)
    with stage.job.running(rng.choice([1, 2])) as process:
        wait_for_snapshot(stage.job.recovery, process)
        stage.at(rng.uniform(0.1, 0.4) * len(lines), process)


Damage = Callable[[Path, random.Random], None]


def _refused_while(stage: Stage, name: str, damage: Damage, rng: random.Random) -> None:
    """Damage the folder, let the job be refused, and put back what was there."""
    recovery, kept = stage.job.recovery, stage.folder / "kept"
    shutil.copytree(recovery, kept)
    written = stage.written()
    damage(recovery, rng)
    try:
        stage.job.refused()
    except RuntimeError as error:
        msg = f"{name}: {error}"
        raise RuntimeError(msg) from None
    if stage.written() != written:
        msg = f"{name}: {stage.written() - written} decisions came of a run that was refused"
        raise RuntimeError(msg)
    shutil.rmtree(recovery)
    kept.rename(recovery)


def _flipped(recovery: Path, rng: random.Random) -> None:
    """Flip a bit in every piece of every state file."""
    for path in _state_files(recovery):
        data = bytearray(path.read_bytes())
        for at in range(rng.randrange(32), len(data), 32):
            data[at] ^= 1 << rng.randrange(8)
        path.write_bytes(data)


def _cut(recovery: Path, rng: random.Random) -> None:
    """Cut every state file off, early."""
    for path in _state_files(recovery):
        os.truncate(path, rng.randrange(path.stat().st_size // 10 + 1))


def _gone(recovery: Path, rng: random.Random) -> None:
    """Take every state file away."""
    for path in _state_files(recovery):
        path.unlink()


def _row_flipped(recovery: Path, rng: random.Random) -> None:
    """Flip a bit of the row of some lane."""
    with _rows(recovery, rng) as database:
        found = database.execute(
            "SELECT rowid, ser_change FROM snaps WHERE ser_change IS NOT NULL ORDER BY rowid"
        ).fetchall()
        number, data = rng.choice(found)
        changed = bytearray(data)
        changed[rng.randrange(len(data) // 2, len(data))] ^= 1 << rng.randrange(8)
        database.execute("UPDATE snaps SET ser_change = ? WHERE rowid = ?", (changed, number))


def _rows_exchanged(recovery: Path, rng: random.Random) -> None:
    """Give the state of one lane to another."""
    with _rows(recovery, rng) as database:
        one, other = database.execute(
            "SELECT min(rowid), max(rowid) FROM snaps WHERE step_id = 'rtm.know'"
        ).fetchone()
        database.execute(
            "UPDATE snaps SET ser_change = (SELECT ser_change FROM snaps WHERE rowid = ?)"
            " WHERE rowid = ?",
            (one, other),
        )


def _renamed(recovery: Path, rng: random.Random) -> None:
    """Give a step another name, as another version of the flow might have."""
    with _rows(recovery, rng) as database:
        database.execute("UPDATE snaps SET step_id = 'rtm.knew' WHERE step_id = 'rtm.know'")


def _rows_cut(recovery: Path, rng: random.Random) -> None:
    """Cut a file of the engine off, with nothing left in its log that could make it whole."""
    path = rng.choice(sorted((recovery / "bytewax").glob("*.sqlite3")))
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    os.truncate(path, rng.randrange(1, path.stat().st_size // 2))


def _rounds_damaged(recovery: Path, rng: random.Random) -> None:
    """Take some bytes out of the middle of the rounds."""
    path = recovery / "rounds"
    data = path.read_bytes()
    at = rng.randrange(len(data) // 2)
    path.write_bytes(data[:at] + data[at + rng.randint(3, 40) :])


def _rounds_gone(recovery: Path, rng: random.Random) -> None:
    (recovery / "rounds").unlink()


def _owner_gone(recovery: Path, rng: random.Random) -> None:
    (recovery / "job.json").unlink()


DAMAGES: dict[str, Damage] = {
    "state files flipped": _flipped,
    "state files cut": _cut,
    "state files gone": _gone,
    "a row flipped": _row_flipped,
    "rows exchanged": _rows_exchanged,
    "rows cut": _rows_cut,
    "rounds damaged": _rounds_damaged,
    "rounds gone": _rounds_gone,
    "owner gone": _owner_gone,
}


def _state_files(recovery: Path) -> list[Path]:
    return [path for path in (recovery / "state").iterdir() if path.stat().st_size]


@contextmanager
def _rows(recovery: Path, rng: random.Random) -> Iterator[sqlite3.Connection]:
    path = rng.choice(sorted((recovery / "bytewax").glob("*.sqlite3")))
    with closing(sqlite3.connect(path)) as database, database:
        yield database


@contextmanager
def small_disk(path: Path) -> Iterator[None]:
    """Put a small disk at an empty folder.

    Raises
    ------
    CannotPlayError
        If this user, or this machine, may not mount one.
    """
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0700", "none", str(path)]
    try:
        subprocess.run(mount, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        msg = "only root may mount a small disk"
        raise CannotPlayError(msg) from None
    try:
        yield
    finally:
        subprocess.run(["umount", str(path)], check=True)


def _free(path: Path) -> int:
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize
