"""A recovery folder that the processes of a cluster share, each on a host of its own.

In: a folder on a file system that all hosts share. Out: one process, the first, that has claimed
it and told the others of which cluster it is; others that have joined; and word among all of them
that somebody wants the run to stop. The engine's tables are the first's alone, since SQLite is not
for several hosts; what the others ask to be swept, they leave here for its sweeper.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from rtm_flows.connectors.recovery_folder import (
    Identity,
    locked,
    owner_of,
    private,
    refuse_another,
    refuse_another_configuration,
)
from rtm_flows.connectors.sweeping import ASKED
from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.store import KEY_VARIABLE, StateStore
from rtm_flows.lanes.sweep import Request

CLUSTER = "cluster"
"""Name of the file that tells of which cluster a folder is, sealed."""
STOP = "stop"
"""Name of the file that changes when somebody wants the run to stop."""


def tell(path: Path, addresses: Sequence[str], store: StateStore) -> None:
    """Tell the others, as the first process of a cluster that has claimed the folder.

    Parameters
    ----------
    addresses
        Of every process.
    store
        Seals what is told, so that another key is found before it has sealed anything.
    """
    for left in (path / ASKED).glob("*"):
        left.unlink()
    _replace(path / CLUSTER, store.put_whole(CLUSTER, 0, msgspec.msgpack.encode(addresses)))


class Member:
    """A process of a cluster other than the first, and the folder that it shares.

    Parameters
    ----------
    path
        The folder; made if it is missing.
    process
        Its number, from 1.

    Raises
    ------
    RecoveryError
        If another process runs under this number, or others may enter the folder.
    """

    def __init__(self, path: Path, process: int) -> None:
        self.path = path
        private(path)
        self._lock = locked(path / f"lock-{process}")

    def joined(self, job: Identity, addresses: Sequence[str], store: StateStore) -> Identity | None:
        """Return whose the folder is; None while the first process has not told.

        It has told when it was started with the same addresses and configuration: it alone carries
        state over to another. An older telling may still be there; then the engine waits for the
        first process where this does not.

        Raises
        ------
        RecoveryError
            If the folder belongs to another run, or was sealed with another key.
        """
        owner, told = owner_of(self.path), _read(self.path / CLUSTER)
        if owner is None or told is None:
            return None
        same = _opened(told, store, self.path) == list(addresses) and owner.digest == job.digest
        if not same:
            return None
        # Where the topics ended is the first's to say.
        refuse_another(self.path, owner, job)
        refuse_another_configuration(self.path, owner, job)
        return owner

    def release(self) -> None:
        """Let another process have the number."""
        self._lock.close()


class Stop:
    """The wish of any process that the whole run stops.

    Only what is wished after this was made counts: what lies there from before stopped another run.
    The file is there from then on and is written in its place: whoever opens it on another host
    sees what is new, where a file that takes its place might be seen half a minute later.
    """

    def __init__(self, path: Path) -> None:
        self._path = path / STOP
        self._path.touch(mode=0o600)
        self._before = _read(self._path)

    def ask(self) -> None:
        """Let all others know."""
        self._path.write_bytes(os.urandom(8))

    def asked(self) -> bool:
        """Tell whether any process wants it."""
        return _read(self._path) != self._before


class AskingFirst:
    """Leaves requests for the sweeper of the first process, which may see the engine's tables."""

    def __init__(self, path: Path, process: int) -> None:
        self._file = path / ASKED / str(process)
        self._file.parent.mkdir(mode=0o700, exist_ok=True)

    def ask(self, request: Request) -> None:
        """Leave a request; it takes the place of one that nobody has looked at yet."""
        if request.files:
            _replace(self._file, msgspec.msgpack.encode(request))

    def end(self) -> None:
        """Leave nothing behind: what is left to do, the next start does."""
        self._file.unlink(missing_ok=True)


def _opened(told: bytes, store: StateStore, path: Path) -> list[str]:
    try:
        return msgspec.msgpack.decode(store.get_whole(CLUSTER, 0, told), type=list[str])
    except RecoveryError:
        msg = (
            f"{path / CLUSTER}: is damaged, or process 0 was started with another {KEY_VARIABLE}: "
            "give all processes the same"
        )
        raise RecoveryError(msg) from None


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}); is the shared folder still there?"
        raise RecoveryError(msg) from None


def _replace(path: Path, data: bytes) -> None:
    """Put a file in the place of another, whole or not at all."""
    partial = path.with_name(f"{path.name}.{os.urandom(4).hex()}.partial")
    try:
        partial.write_bytes(data)
        os.replace(partial, path)
    except OSError as error:
        msg = f"{path}: cannot be written ({error.strerror}); is the shared folder still there?"
        raise RecoveryError(msg) from None
