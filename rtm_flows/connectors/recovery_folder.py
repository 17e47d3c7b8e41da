"""The recovery folder: what a run can be resumed from, and whose it is.

In: a folder, and what the job is. Out: the same folder, checked and locked: `job.json` tells the
job, its lanes, its inputs and its output folder; `bytewax/` holds the engine's rows, `state/` the
parts of lanes that they name. A folder of another job, lane count or configuration is refused,
since the engine alone would start empty without a word. What a killed run has left there and a
resume must not read is deleted.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import msgspec

from rtm_flows.connectors.epochs import drop_uncommitted
from rtm_flows.connectors.recovery_rows import check_rows
from rtm_flows.connectors.sweeping import ROWS, sweep_all
from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.state_files import unwritten
from rtm_flows.lanes.store import StateStore

FLOW = 1
"""Raised whenever the steps of the flow change, so that old state no longer fits."""

JOB = "job.json"
"""Name of the file that tells whose a recovery folder is."""

UPGRADE = "upgrade"
"""Name of the folder of an upgrade that is whole, and has yet to take its place."""


class Upgrade(msgspec.Struct, frozen=True, kw_only=True):
    """A change of configuration under which state was carried over."""

    was: str
    """The digest of the configuration."""
    now: str
    time: str | None = None
    """The latest time that people had reached, by their events; None before any."""
    told: tuple[str, ...] = ()
    """What begins empty, what was dropped, what goes by other rules."""
    config: dict[str, Any] | None = None
    """The configuration as it was; None of folders older than this."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Whose a recovery folder is."""

    flow: int = FLOW
    name: str
    lanes: int
    partitions: int
    contracts: tuple[str, ...] = ()
    digest: str
    inputs: str
    output: str
    format: str = "jsonl"
    complete: bool = False
    begun: dict[str, tuple[int, ...]] = {}
    """Of a run that writes to topics, where these ended before its first record."""
    config: dict[str, Any] | None = None
    """The configuration, as far as it can change an answer; None of folders older than this."""
    upgrades: tuple[Upgrade, ...] = ()
    """In the order in which they were made."""


Carry = Callable[[Path, Identity, Identity], Identity]
"""Carries the state in a folder over to another configuration; returns whose it is then."""


_MEANING = {
    "flow": "the version of the flow",
    "name": "the job's name",
    "lanes": "the number of lanes",
    "partitions": "the number of partitions (input.stripes)",
    "contracts": "what features and models written in Python declare",
    "inputs": "the input files",
    "output": "the output folder",
    "format": "the format of the outputs",
}


class RecoveryFolder:
    """A recovery folder held by this process.

    Parameters
    ----------
    path
        The folder; made if it is missing, for its owner alone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = path / ROWS
        private(path)
        self._lock = locked(path / "lock")
        shutil.rmtree(path / f"{UPGRADE}.partial", ignore_errors=True)
        complete_upgrade(path)

    @property
    def owner(self) -> Identity | None:
        """Whose the folder is; None if it is new."""
        return owner_of(self.path)

    def claim(self, job: Identity, store: StateStore, carry: Carry | None = None) -> Identity:
        """Check that the folder is this job's, or make it so; return whose it is.

        Parameters
        ----------
        job
            Who asks.
        store
            Opens what is sealed.
        carry
            Carries state over where the configuration alone differs; None refuses that too.

        Raises
        ------
        RecoveryError
            If it belongs to another job, or is damaged.
        """
        owner = self.owner
        if owner is None:
            write_identity(self.path, job)
            return job
        refuse_another(self.path, owner, job)
        if carry is None:
            refuse_another_configuration(self.path, owner, job)
        if self.rows.exists():
            check_rows(self.rows, store)
            drop_uncommitted(self.rows)
            sweep_all(self.path)
        if owner.digest != job.digest and carry is not None:
            return carry(self.path, owner, job)
        if owner.config is None and job.config is not None:
            owner = msgspec.structs.replace(owner, config=job.config)
            write_identity(self.path, owner)
        return owner

    def finish(self, job: Identity) -> None:
        """Note that the run is complete."""
        write_identity(self.path, msgspec.structs.replace(job, complete=True))

    def release(self) -> None:
        """Let another process have the folder."""
        self._lock.close()


def refuse_another(path: Path, owner: Identity, job: Identity) -> None:
    """Refuse a folder that belongs to another run than this one, whatever its configuration.

    Raises
    ------
    RecoveryError
        If they differ; it names the first difference.
    """
    for key, meaning in _MEANING.items():
        theirs, ours = getattr(owner, key), getattr(job, key)
        if theirs != ours:
            was, now = theirs, ours
            if key == "contracts":
                was, now = _apart(theirs, ours), _apart(ours, theirs)
            msg = (
                f"{path}: belongs to another run: {meaning} was {was!r} and is now "
                f"{now!r}. Use another --recovery folder, or the job as it was"
            )
            if key == "lanes":
                msg += f"; or deal its people anew: rtm state migrate {path} --lanes {now}"
            raise RecoveryError(msg)


def refuse_another_configuration(path: Path, owner: Identity, job: Identity) -> None:
    """Refuse a folder whose run has another configuration.

    Raises
    ------
    RecoveryError
        If they differ.
    """
    if owner.digest != job.digest:
        msg = (
            f"{path}: belongs to another run: the configuration was {owner.digest!r} and is now "
            f"{job.digest!r}. Use another --recovery folder, or the job as it was"
        )
        raise RecoveryError(msg)


def write_identity(path: Path, job: Identity) -> None:
    """Write whose a folder is.

    Raises
    ------
    RecoveryError
        If it cannot be written.
    """
    partial = (path / JOB).with_suffix(".partial")
    try:
        partial.write_bytes(msgspec.json.format(msgspec.json.encode(job), indent=2) + b"\n")
        os.replace(partial, path / JOB)
    except OSError as error:
        raise unwritten(path / JOB, error.strerror) from None


def complete_upgrade(path: Path) -> None:
    """Let an upgrade take its place, if one is whole; as often as it was interrupted."""
    made = path / UPGRADE
    if (made / ROWS).exists():
        shutil.rmtree(path / ROWS, ignore_errors=True)
        (made / ROWS).rename(path / ROWS)
    if (made / JOB).exists():
        os.replace(made / JOB, path / JOB)
    if made.exists():
        made.rmdir()


def owner_of(path: Path) -> Identity | None:
    """Return whose a recovery folder is, also while a run holds it; None if it is new.

    Raises
    ------
    RecoveryError
        If that can no longer be told.
    """
    job = path / JOB
    if not job.exists():
        if any((path / ROWS).glob("*")):
            msg = f"{job}: is missing, but the folder holds state; restore it"
            raise RecoveryError(msg)
        return None
    try:
        return msgspec.json.decode(job.read_bytes(), type=Identity)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        msg = f"{job}: damaged ({error}); restore a backup, or use an empty folder"
        raise RecoveryError(msg) from None


def known_owner(path: Path) -> Identity:
    """Return whose a recovery folder is that must be there.

    Raises
    ------
    RecoveryError
        If it is none, or damaged.
    """
    owner = owner_of(path)
    if owner is None:
        msg = f"{path}: is no recovery folder; give the one that `rtm run --recovery` was given"
        raise RecoveryError(msg)
    return owner


@contextmanager
def held(path: Path) -> Iterator[RecoveryFolder]:
    """Hold a recovery folder that must be there, so that no run begins in it.

    Raises
    ------
    RecoveryError
        If it is none, or a run holds it.
    """
    known_owner(path)
    folder = RecoveryFolder(path)
    try:
        yield folder
    finally:
        folder.release()


def _apart(some: tuple[str, ...], others: tuple[str, ...]) -> str:
    """Return what only the first have."""
    return "; ".join(one for one in some if one not in others) or "not there"


def private(path: Path) -> None:
    """Make a folder for its owner alone, or refuse one that others may enter.

    Raises
    ------
    RecoveryError
        If others may enter it.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o077:
        msg = f"{path}: must be for its owner alone (chmod 700); its files decide what is run"
        raise RecoveryError(msg)


def locked(path: Path) -> TextIO:
    """Return a file that is locked until it is closed, or the process is gone.

    Raises
    ------
    RecoveryError
        If another process has it.
    """
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        msg = f"{path.parent}: another run is using this folder; wait for it, or stop it first"
        raise RecoveryError(msg) from None
    return file
