"""Sweeping while a run goes on: a process beside it that looks into the engine's tables.

In: a recovery folder, and what a state store asks. Out: fewer state files. It is a process of its
own, since one that holds Bytewax's files must not open them a second time (`recovery_rows`). It
waits until the rows that were given out before it was asked are in the tables; if they do not come,
it ends, and the store asks again later.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import msgspec

from rtm_flows.connectors.import_path import environment
from rtm_flows.connectors.recovery_rows import all_rows
from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.state_files import FILE_BYTES, delete, sizes
from rtm_flows.lanes.store import STATE, StateStore
from rtm_flows.lanes.sweep import Request, Sweeper, named, unneeded

ROWS = "bytewax"
"""Name of the folder of the engine's files, within the recovery folder."""

ASKED = "asked"
"""Name of the folder of what processes on other hosts ask for: they must not see the tables."""

PATIENCE = 60.0
"""Seconds to wait for an epoch to be committed."""

_LOOK_EVERY = 0.25


class EndingSweeper(Sweeper, Protocol):
    """A sweeper that ends with the run."""

    def end(self) -> None:
        """Let nothing outlive the run."""


@contextmanager
def state_store(
    recovery: Path, sweeping: EndingSweeper | None = None, *, file_bytes: int = FILE_BYTES
) -> Iterator[StateStore]:
    """Yield the store of a run that keeps its state in a recovery folder.

    The key of its seals is that of the environment. No run may be going on in the folder, save the
    one that the store is for.

    Parameters
    ----------
    sweeping
        Who sweeps; None starts a process beside this one.
    """
    sweeping = sweeping or Sweeping(recovery)
    try:
        yield StateStore.from_environment(recovery, sweeper=sweeping, file_bytes=file_bytes)
    finally:
        sweeping.end()


class Sweeping:
    """Starts a process for a request, unless one is at work."""

    def __init__(self, recovery: Path) -> None:
        self._recovery = recovery
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, request: Request) -> None:
        """Let a process look, and go on."""
        if not request.files or (self._process is not None and self._process.poll() is None):
            return
        command = [sys.executable, "-P", "-m", __name__, str(self._recovery), str(os.getpid())]
        with tempfile.TemporaryFile() as file:
            file.write(msgspec.msgpack.encode(request))
            file.seek(0)
            # In a group of its own: Ctrl-C is for the run, which lets the sweeper end.
            self._process = subprocess.Popen(
                command,
                stdin=file,
                stdout=subprocess.DEVNULL,
                env=environment(),
                process_group=0,
            )

    def end(self) -> None:
        """Let none outlive the run: what is left to do, the next start does."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


def sweep(recovery: Path, request: Request, parent: int) -> list[str] | None:
    """Delete what a request asks for and nobody needs; None if that could not be told.

    Parameters
    ----------
    parent
        The process that asked: when it is gone, so is the run.
    """
    deadline = time.monotonic() + PATIENCE
    while os.getppid() == parent and time.monotonic() < deadline:
        files = unneeded(request, all_rows(recovery / ROWS))
        if files is not None:
            delete(recovery / STATE, files)
            return files
        time.sleep(_LOOK_EVERY)
    return None


def sweep_asked(recovery: Path, parent: int) -> None:
    """Do as `sweep` for what processes on other hosts ask for, once each."""
    for path in sorted((recovery / ASKED).glob("[0-9]*")):
        if path.name.isdecimal():
            request = msgspec.msgpack.decode(path.read_bytes(), type=Request)
            sweep(recovery, request, parent)
            path.unlink(missing_ok=True)


def sweep_all(recovery: Path) -> list[str]:
    """Delete every state file that no row names, while no run is going on; return their names.

    Raises
    ------
    RecoveryError
        If the engine's tables are damaged.
    """
    kept = named(all_rows(recovery / ROWS))
    files = [name for name in sizes(recovery / STATE) if name not in kept]
    delete(recovery / STATE, files)
    return files


def main() -> None:
    """Sweep once: `python -m rtm_flows.connectors.sweeping FOLDER PARENT`, a request on stdin."""
    os.nice(10)
    request = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Request)
    recovery, parent = Path(sys.argv[1]), int(sys.argv[2])
    try:
        sweep(recovery, request, parent)
        sweep_asked(recovery, parent)
    except RecoveryError as error:
        # The run itself will find out, if it is not one of this moment's.
        sys.stderr.write(f"rtm: nothing swept: {error}\n")


if __name__ == "__main__":
    main()
