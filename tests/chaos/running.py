"""A job as a process of its own: started, disturbed, refused, and run to the end of its topics."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

END_SECONDS = 180.0
TRACEBACK = "Traceback"
"""What no operator should read where a sentence would do; the engine may cry out before it."""

Process = subprocess.Popen[bytes]


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
    recovery
        Its recovery folder; its log is beside the configuration.
    every
        Seconds between snapshots.
    """

    def __init__(self, config: Path, recovery: Path, every: float) -> None:
        self.config = config
        self.recovery = recovery
        self._every = str(every)
        self.log = config.with_suffix(".log")
        self._logged = 0

    def broken(self, kill: Kill) -> int:
        """Run it and break it off; return how it ended."""
        before = self.progress()
        with self.running(kill.workers) as process:
            while kill.reading and process.poll() is None and self.progress() == before:
                time.sleep(0.01)
            time.sleep(kill.after)
            return end(process, kill.signal)

    def to_end(self, workers: int = 1) -> None:
        """Run it to the end of its topics.

        Raises
        ------
        RuntimeError
            If it does not get there; the text has the end of its log.
        """
        status = self._ended(workers)
        if status:
            msg = f"the job ended with {status}; its log ends:\n{self.tail()}"
            raise RuntimeError(msg)

    def refused(self, config: Path | None = None) -> str:
        """Start it where it must be refused; return the sentence that says why.

        Raises
        ------
        RuntimeError
            If it goes on, or says something else than one sentence.
        """
        return self._sentence(self._ended(1, config))

    def failing(self, process: Process) -> str:
        """Wait until a run fails by itself; return the sentence that says why."""
        return self._sentence(process.wait(END_SECONDS))

    def _sentence(self, status: int) -> str:
        """Return the one sentence with which the last run ended."""
        told = self.log.read_bytes()[self._logged :].decode("utf-8", "replace")
        said = [line for line in told.splitlines() if line.startswith("rtm: ")]
        if status not in (1, 2) or len(said) != 1 or TRACEBACK in told:
            msg = f"one sentence was wanted; status {status} and:\n{told[-3000:]}"
            raise RuntimeError(msg)
        return said[0]

    def tail(self) -> str:
        """Return the end of its log."""
        return self.log.read_text("utf-8", "replace")[-3000:]

    def progress(self) -> tuple[int, int]:
        """Return what changes when the job records a round."""
        try:
            found = (self.recovery / "rounds").stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_size

    @contextmanager
    def running(self, workers: int = 1) -> Iterator[Process]:
        """Run it until SIGTERM; whatever is left of it at the end is killed."""
        process = self._start(workers)
        try:
            yield process
        finally:
            end(process, signal.SIGKILL)

    def _ended(self, workers: int, config: Path | None = None) -> int:
        process = self._start(workers, "--to-end", config=config)
        try:
            return process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            end(process, signal.SIGKILL)
            return -1

    def _start(self, workers: int, *more: str, config: Path | None = None) -> Process:
        told = ["run", str(config or self.config), "--recovery", str(self.recovery), "--quiet"]
        workers_of = ["--workers", str(workers), "--snapshot-every", self._every]
        with self.log.open("ab") as log:
            self._logged = log.tell()
            return subprocess.Popen(
                [sys.executable, "-m", "rtm_flows.cli", *told, *workers_of, *more],
                env={**os.environ, "RUST_BACKTRACE": "0"},
                stdout=log,
                stderr=log,
            )


def end(process: Process, how: signal.Signals) -> int:
    """End a run; a job of several workers with all its processes, as a host is killed."""
    if process.poll() is None:
        for one in [*_children(process.pid), process.pid]:
            with suppress(ProcessLookupError):
                os.kill(one, how)
    return process.wait(END_SECONDS)


def wait_until(happened: Callable[[], object], process: Process, seconds: float = 120.0) -> None:
    """Wait until something has happened while a run goes on.

    Raises
    ------
    RuntimeError
        If the run ends first, or it takes too long.
    """
    deadline = time.monotonic() + seconds
    while not happened():
        if process.poll() is not None or time.monotonic() > deadline:
            msg = f"what was waited for did not happen; the run has the status {process.poll()}"
            raise RuntimeError(msg)
        time.sleep(0.01)


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
