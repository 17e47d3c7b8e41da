"""Which epoch a resume begins with, and which rows of the engine's tables it reads.

In: the engine's recovery files; if a run has them, it must be another process's. Out: the epoch, as
the engine itself works it out; and the tables without what a run has written of epochs that it did
not complete. The engine leaves such rows there, and would take one for the state of its key at a
later resume, if the key was not heard of in the same epoch of the run between: tried with Bytewax
0.21.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rtm_flows.connectors.recovery_rows import (
    Stored,
    check_complete,
    databases,
    opened,
    stored_rows,
)


def resume_epoch(folder: Path) -> int | None:
    """Return the epoch that a resume begins with; None before any run.

    It is the lowest that any worker of the latest execution has reached, or the one that this
    execution itself began with for a worker that never told. All files must be there.

    Raises
    ------
    RecoveryError
        If one of the engine's files is missing or damaged.
    """
    check_complete(folder)
    executions: dict[int, tuple[int, int]] = {}
    fronts: dict[tuple[int, int], int] = {}
    for path in databases(folder):
        with opened(path, live=True) as database:
            for number, workers, began in database.execute(
                "SELECT ex_num, worker_count, resume_epoch FROM exs"
            ):
                executions[number] = workers, began
            for number, worker, front in database.execute(
                "SELECT ex_num, worker_index, worker_frontier FROM fronts"
            ):
                fronts[number, worker] = front
    if not executions:
        return None
    latest = max(executions)
    workers, began = executions[latest]
    return min(max(began, fronts.get((latest, worker), began)) for worker in range(workers))


def drop_uncommitted(folder: Path) -> int:
    """Delete what the latest run wrote of epochs that a resume begins anew; return how many rows.

    To be called before a start, while no run has the folder: of any Bytewax flow. Bytewax would
    leave the rows there, and might take one for the state of its key at a later resume.

    Parameters
    ----------
    folder
        That of the engine's `part-*.sqlite3`.

    Raises
    ------
    RecoveryError
        As `resume_epoch`.
    """
    epoch = resume_epoch(folder)
    if epoch is None:
        return 0
    count = 0
    for path in databases(folder):
        with opened(path) as database:
            count += database.execute("DELETE FROM snaps WHERE snap_epoch >= ?", (epoch,)).rowcount
    return count


def needed_rows(folder: Path) -> Iterator[tuple[Path, Stored]]:
    """Yield the rows that a resume reads, and their files: of every key, the latest.

    Raises
    ------
    RecoveryError
        As `resume_epoch`, or if a row is none of this package's.
    """
    epoch = resume_epoch(folder)
    if epoch is None:
        return
    latest = (
        "AND (step_id, state_key, snap_epoch) IN (SELECT step_id, state_key, MAX(snap_epoch) "
        f"FROM snaps WHERE snap_epoch < {epoch:d} GROUP BY step_id, state_key)"
    )
    for path in databases(folder):
        with opened(path, live=True) as database:
            rows = list(stored_rows(database, path, latest))
        for stored in rows:
            yield path, stored
