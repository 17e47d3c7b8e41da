"""A job over hosts under test: a process on each, started, killed, watched.

In: hosts, a job and its folder. Out: how the processes ended, and what they said.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.hosts.network import Host

SECONDS = 120.0
PORT = 2101


class OverHosts:
    """A job that runs with a process on each of some hosts.

    Parameters
    ----------
    config
        Its configuration.
    folder
        Where its recovery folder and the logs of its processes are.
    """

    def __init__(self, config: Path, folder: Path, hosts: Sequence[Host]) -> None:
        self._folder = folder
        self.recovery = folder / "recovery"
        addresses = ",".join(f"{host.address}:{PORT}" for host in hosts)
        given = ["run", str(config), "--recovery", str(self.recovery), "--quiet"]
        given += ["--addresses", addresses, "--process"]
        command = [sys.executable, "-m", "rtm_flows.cli", *given]
        self._processes: list[subprocess.Popen[bytes]] = []
        for number, host in enumerate(hosts):
            with self._log(number).open("wb") as log:
                process = subprocess.Popen(
                    host.command([*command, str(number)]), stdout=log, stderr=log
                )
            self._processes.append(process)

    def said(self, number: int) -> str:
        """Return what a process has said."""
        return self._log(number).read_text("utf-8", "replace")

    def until(self, happened: Callable[[], bool], what: str) -> None:
        """Wait for something to happen while all processes run."""
        deadline = time.monotonic() + SECONDS
        while not happened():
            ended = [number for number, one in enumerate(self._processes) if one.poll() is not None]
            assert not ended, f"{what}: process {ended[0]} ended: {self.said(ended[0])}"
            assert time.monotonic() < deadline, f"{what}: did not happen"
            time.sleep(0.05)

    def kill(self, number: int) -> None:
        """End a process with all that it has started, as the host's power does."""
        process = self._processes[number].pid
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        for one in (process, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)

    def stop(self, number: int) -> None:
        """Tell one process to stop."""
        self._processes[number].send_signal(signal.SIGTERM)

    def ended(self) -> list[int]:
        """Wait for all processes to end; return their statuses."""
        return [process.wait(SECONDS) for process in self._processes]

    def end(self) -> None:
        """Let none outlive the test."""
        for number, process in enumerate(self._processes):
            if process.poll() is None:
                self.kill(number)
                process.wait()

    def _log(self, number: int) -> Path:
        return self._folder / f"process-{number}.log"


@contextmanager
def over(config: Path, folder: Path, hosts: Sequence[Host]) -> Iterator[OverHosts]:
    """Run a job over hosts."""
    job = OverHosts(config, folder, hosts)
    try:
        yield job
    finally:
        job.end()
