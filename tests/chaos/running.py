"""A job as a process of its own: started, disturbed, and run to the end of its topics."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

END_SECONDS = 180.0


class Kill(NamedTuple):
    """How a run is broken off.

    Attributes
    ----------
    reading
        Whether it has begun to read before the time counts; else it may not even have started.
    after
        Seconds.
    signal
        SIGKILL, or SIGTERM for an end in order.
    workers
        Processes of the run.
    """

    reading: bool
    after: float
    signal: signal.Signals
    workers: int


class Job:
    """The command of a job between topics, whose state lies in a folder.

    Parameters
    ----------
    config
        Its configuration.
    folder
        Where its recovery folder and its log are.
    """

    def __init__(self, config: Path, folder: Path) -> None:
        self.config = config
        self.log = folder / "job.log"
        self._recovery = folder / "recovery"

    def broken(self, kill: Kill) -> int:
        """Run it and break it off; return how it ended."""
        before = self._read()
        process = self._start(kill.workers)
        while kill.reading and process.poll() is None and self._read() == before:
            time.sleep(0.01)
        time.sleep(kill.after)
        # A job of several workers is killed with all its processes, as a host is.
        for one in [*_children(process.pid), process.pid]:
            _send(one, kill.signal)
        return process.wait(END_SECONDS)

    def to_end(self, workers: int = 1) -> None:
        """Run it to the end of its topics.

        Raises
        ------
        RuntimeError
            If it does not get there; the text has the end of its log.
        """
        process = self._start(workers, "--to-end")
        try:
            status = process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            status = -1
        if status:
            msg = f"the job ended with {status}; its log ends:\n{self.tail()}"
            raise RuntimeError(msg)

    def tail(self) -> str:
        """Return the end of its log."""
        return self.log.read_text("utf-8", "replace")[-3000:]

    def _read(self) -> tuple[int, int]:
        """Return what changes when the job records a round."""
        try:
            found = (self._recovery / "rounds").stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_size

    def _start(self, workers: int, *more: str) -> subprocess.Popen[bytes]:
        arguments = ["run", str(self.config), "--recovery", str(self._recovery), "--quiet"]
        workers_of = ["--workers", str(workers)]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "rtm_flows.cli", *arguments, *workers_of, *more],
                stdout=log,
                stderr=log,
            )


def kills(
    rng: random.Random, count: int, seconds: float, workers: Sequence[int] = (1, 2)
) -> list[Kill]:
    """Draw when and how a job is broken off: mostly by SIGKILL, now and then in order."""
    signals = [signal.SIGKILL] * 9 + [signal.SIGTERM]
    return [
        Kill(
            rng.random() < 0.85, rng.uniform(0.0, seconds), rng.choice(signals), rng.choice(workers)
        )
        for _ in range(count)
    ]


def _children(process: int) -> list[int]:
    path = Path(f"/proc/{process}/task/{process}/children")
    try:
        return [int(text) for text in path.read_text().split()]
    except OSError:
        return []


def _send(process: int, what: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, what)
