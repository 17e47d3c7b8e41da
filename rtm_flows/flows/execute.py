"""Executing: a built dataflow run to its end, or until it is told to stop.

A failing flow is reported by its cause in one sentence. SIGTERM and SIGINT let every source stop
where it is; the engine then writes its last snapshot and ends, and open state stays for a resume.
"""

from __future__ import annotations

import gc
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType

from bytewax import _bytewax as engine

from rtm_flows.errors import RtmError
from rtm_flows.flows.build import Built
from rtm_flows.lanes.state_files import unwritten
from rtm_flows.operators.failures import Failures

EPOCH = timedelta(milliseconds=250)
"""Length of an epoch without recovery: short, since it is what holds fast sources back."""

TOGETHER = timedelta(hours=1)
"""The same, of several processes: at the end of an epoch they wait for one another, and a process
that waits for another learns and decides nothing. Here their pace holds sources back."""

SNAPSHOT = timedelta(seconds=2)
"""Length of an epoch with recovery: how much is done again after a crash, at most about twice."""

PARTS = 1
"""Number of the engine's recovery files. Each waits for the disk half a dozen times a snapshot, one
after the other; what is in them is small (docs/decisions/0033)."""

_FULL = "database or disk is full"
"""What SQLite says, and the engine after it."""


def execute(
    built: Built,
    *,
    rows: Path | None = None,
    every: timedelta | None = None,
    addresses: list[str] | None = None,
    process: int = 0,
    threads: int = 1,
) -> bool:
    """Run a flow in this process; return whether it was stopped early.

    Parameters
    ----------
    rows
        Folder of the engine's recovery files; None runs without recovery.
    every
        Time between snapshots.
    addresses
        Host and port of every process of the cluster, this one included; None for one process.
    process
        Index of this process.
    threads
        Worker threads of this process.
    """
    recovery = None
    if rows is not None:
        recovery = engine.RecoveryConfig(rows)  # type: ignore[no-untyped-call]
    epoch = every or (SNAPSHOT if rows is not None else TOGETHER if addresses else EPOCH)
    # What was imported lives as long as the process: the collector need not look at it each time.
    gc.freeze()
    with _stop_on_signals(built), _one_sentence(built.house.failures, rows):
        if not addresses and threads == 1:
            # In this very thread: beside another, it would have to share the interpreter.
            engine.run_main(  # type: ignore[no-untyped-call]
                built.flow, epoch_interval=epoch, recovery_config=recovery
            )
        else:
            engine.cluster_main(  # type: ignore[no-untyped-call]
                built.flow,
                addresses or [],
                process,
                epoch_interval=epoch,
                recovery_config=recovery,
                worker_count_per_proc=threads,
            )
        built.settle()
    return built.is_stopped()


def make_rows(folder: Path, parts: int = PARTS) -> None:
    """Make the engine's recovery files, unless they are there: as many as they are, they stay.

    The folder appears whole or not at all: the engine makes its files one by one, and would refuse
    to resume from some of them.
    """
    if folder.exists():
        return
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    engine.init_db_dir(partial, parts)  # type: ignore[no-untyped-call]
    partial.rename(folder)


@contextmanager
def _stop_on_signals(built: Built) -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        built.house.stopping.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _one_sentence(failures: Failures, rows: Path | None) -> Iterator[None]:
    """Raise the error behind the engine's, where it is one of ours or that of a full disk."""
    try:
        yield
    except BaseException as error:
        found = failures.first or _behind(error)
        if found is not None:
            raise found from None
        if rows is not None and _FULL in str(error):
            raise unwritten(rows, _FULL) from None
        if type(error).__name__ == "PanicException":
            msg = f"the engine broke off: {error}; another process of this run may tell why"
            raise RtmError(msg) from None
        raise


def _behind(error: BaseException) -> RtmError | None:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, RtmError):
        cause = cause.__cause__ or cause.__context__
    return cause
