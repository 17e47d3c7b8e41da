"""A cluster on this machine: one process a worker, started, watched and ended together.

In: a ticket that tells every process the same. Out: whether the run was stopped early. One
process that fails ends them all, since none can go on alone.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from types import FrameType

import msgspec

from rtm_flows.config import Job
from rtm_flows.connectors.import_path import environment
from rtm_flows.connectors.kafka.names import Begun
from rtm_flows.connectors.shared_folder import AskingFirst
from rtm_flows.connectors.sweeping import state_store
from rtm_flows.errors import RtmError
from rtm_flows.flows.build import build
from rtm_flows.flows.execute import execute
from rtm_flows.flows.links import bound_silence
from rtm_flows.flows.listening import until_listening
from rtm_flows.flows.sources import open_source
from rtm_flows.lanes.store import StateStore
from rtm_flows.operating.meters import Meters
from rtm_flows.operating.sharing import shared

_LOOK_EVERY = 0.1
_GRACE = 5.0


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """What every process of a run is told."""

    job: Job
    output: str | Begun
    """The folder; of a job that writes to topics, where these ended when it began to write."""
    work: str
    rows: str | None
    every: float | None
    recovery: str | None = None
    to_end: bool = False
    metrics: str | None = None
    """Folder where every process writes its metrics; None where nobody looks."""
    addresses: tuple[str, ...] = ()
    over_hosts: bool = False
    """Whether each process is on a host of its own, and the recovery folder shared."""


def run_cluster(ticket: Ticket, workers: int, reached: Callable[[int], None]) -> bool:
    """Run a job in several processes; return whether it was stopped early.

    Parameters
    ----------
    reached
        Told the bytes of input that all processes have read.
    """
    ticket = msgspec.structs.replace(ticket, addresses=_addresses(workers))
    with started(ticket, range(workers)) as running, on_signals(running.stop) as stopped:
        running.wait(lambda: reached(running.read()))
        return bool(stopped)


class Running:
    """Processes of a cluster that this one has started.

    Parameters
    ----------
    folder
        Where they note what they have read.
    """

    def __init__(self, processes: list[subprocess.Popen[bytes]], folder: Path) -> None:
        self._processes = processes
        self._folder = folder

    def stop(self) -> None:
        """Let them stop where they are."""
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End them at once."""
        for process in self._processes:
            process.kill()

    def read(self) -> int:
        """Return the bytes that they have noted."""
        return _read(self._folder)

    def wait(self, look: Callable[[], None]) -> None:
        """Return when all have ended; meanwhile look, and a last time then.

        Raises
        ------
        RtmError
            If one of them failed.
        """
        _wait(self._processes, look)


@contextmanager
def started(ticket: Ticket, indexes: Iterable[int]) -> Iterator[Running]:
    """Start processes of a cluster; none of them outlives what is done within."""
    with tempfile.TemporaryDirectory(prefix="rtm-") as folder:
        path = Path(folder) / "ticket.json"
        path.write_bytes(msgspec.json.encode(ticket))
        command = [sys.executable, "-P", "-m", "rtm_flows.flows.worker", str(path)]
        processes = [
            subprocess.Popen([*command, str(index)], env=environment()) for index in indexes
        ]
        try:
            yield Running(processes, path.parent)
        finally:
            _end(processes)


def run_worker(path: Path, index: int) -> None:
    """Run one process of a cluster: what `rtm_flows.flows.worker` does."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    ticket = msgspec.json.decode(path.read_bytes(), type=Ticket)
    if ticket.over_hosts:
        bound_silence(ticket.addresses)
    rows = _rows(ticket, path.parent, index)
    meters = Meters()
    with (
        _keeping(ticket, index) as store,
        nullcontext() if ticket.metrics is None else shared(meters, Path(ticket.metrics), index),
        (path.parent / f"read-{index}").open("wb", buffering=0) as file,
    ):
        built = build(
            ticket.job,
            open_source(
                ticket.job,
                Path(ticket.work),
                recovery=None if ticket.recovery is None else Path(ticket.recovery),
                to_end=ticket.to_end,
                meters=meters,
            ),
            Path(ticket.output) if isinstance(ticket.output, str) else ticket.output,
            store=store,
            seen=lambda size: _note(file.fileno(), size),
            meters=meters,
        )
        if not ticket.over_hosts:
            until_listening(ticket.addresses[:index])
        execute(
            built,
            rows=rows,
            every=None if ticket.every is None else timedelta(seconds=ticket.every),
            addresses=list(ticket.addresses),
            process=index,
        )


def _rows(ticket: Ticket, folder: Path, index: int) -> Path | None:
    """Return the engine's recovery folder.

    Over hosts it is the first process's alone, and that of any other is empty: the engine then
    lets the first keep the rows of all, and no file of SQLite is opened on two hosts.
    """
    if ticket.over_hosts and index > 0:
        empty = folder / "rows"
        empty.mkdir()
        return empty
    return None if ticket.rows is None else Path(ticket.rows)


def _keeping(ticket: Ticket, index: int) -> AbstractContextManager[StateStore | None]:
    if ticket.rows is None:
        return nullcontext()
    folder = Path(ticket.rows).parent
    if ticket.over_hosts and index > 0:
        return state_store(folder, AskingFirst(folder, index))
    return state_store(folder)


def _end_with(parent: int) -> None:
    """End this process when the one that started it is gone: nobody would end it otherwise."""
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY)
    os._exit(1)


def _note(file: int, size: int) -> None:
    """Note bytes read, as one number after another."""
    os.write(file, size.to_bytes(8, "little"))


def _read(folder: Path) -> int:
    """Return the bytes that all processes have noted."""
    notes = [path.read_bytes() for path in folder.glob("read-*")]
    return sum(
        int.from_bytes(note[i : i + 8], "little") for note in notes for i in range(0, len(note), 8)
    )


def _wait(processes: list[subprocess.Popen[bytes]], look: Callable[[], None]) -> None:
    while True:
        statuses = [process.poll() for process in processes]
        failed = [status for status in statuses if status]
        if failed:
            msg = f"a worker process ended with status {failed[0]}; its message is above"
            raise RtmError(msg)
        if all(status == 0 for status in statuses):
            look()
            return
        look()
        time.sleep(_LOOK_EVERY)


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    """Let no process outlive the run."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + _GRACE
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def on_signals(act: Callable[[], None]) -> Iterator[list[int]]:
    """Act on SIGTERM and SIGINT; yields a list that holds the signals that came."""
    came: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        act()

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _addresses(count: int) -> tuple[str, ...]:
    """Return free addresses of this machine, one a process."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return tuple(f"127.0.0.1:{one.getsockname()[1]}" for one in sockets)
    finally:
        for one in sockets:
            one.close()
