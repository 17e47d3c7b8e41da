"""State refitted on disk: what a resume of one job reads, written as what another's reads.

In: a recovery folder that no run has, and the plans of both jobs. Out: new tables of the engine's,
and new state files; nothing that was there is touched. The new tables are one file: in which of
several the engine looks for a key is its own affair.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from bytewax import _bytewax as engine

from rtm_flows.connectors.epochs import needed_rows
from rtm_flows.connectors.recovery_rows import Stored, databases, opened, pickled
from rtm_flows.connectors.sweeping import ROWS
from rtm_flows.lanes.kept import Kept, Loaded
from rtm_flows.lanes.lane_keys import lane_key
from rtm_flows.lanes.refit.jobs import Jobs
from rtm_flows.lanes.refit.of_decide import decide_refitted
from rtm_flows.lanes.refit.of_fold import fold_refitted
from rtm_flows.lanes.refit.of_identity import identity_refitted
from rtm_flows.lanes.refit.of_know import know_refitted, reached
from rtm_flows.lanes.state_rows import unpacked
from rtm_flows.lanes.store import StateStore

Refit = Callable[[Jobs, Mapping[int, Loaded]], dict[int, Kept]]

_LANES: dict[str, Refit] = {
    "identity": identity_refitted,
    "know": know_refitted,
    "decide": decide_refitted,
}
"""By step how its lanes are refitted."""
_FOLD = "fold"
_INSERT = "INSERT INTO snaps (step_id, state_key, snap_epoch, ser_change) VALUES (?, ?, ?, ?)"


class Into(NamedTuple):
    """Where refitted state goes."""

    rows: Path
    """The folder of the engine's files, which must not be there."""
    store: StateStore


class _New(NamedTuple):
    """A row of the new tables."""

    step: str
    key: str
    epoch: int
    row: bytes


def refit(recovery: Path, into: Into, jobs: Jobs) -> int | None:
    """Write what a resume reads as the other job would have kept it.

    Parameters
    ----------
    recovery
        Checked, without rows of epochs that were not completed.

    Returns
    -------
    int or None
        The latest time that any lane of people has reached, in milliseconds; None if none has.

    Raises
    ------
    RecoveryError
        If state cannot be read or made to fit, or the run has told its end already.
    """
    source = StateStore.from_environment(recovery)
    lanes: dict[str, list[Stored]] = {step: [] for step in _LANES}
    found: list[_New] = []
    for _, stored in needed_rows(recovery / ROWS):
        row = source.open(stored.row)
        if row.step in lanes:
            lanes[row.step].append(stored)
            continue
        new = stored.row
        if row.step == _FOLD:
            folded = fold_refitted(jobs, source.get_whole(_FOLD, row.lane, stored.row))
            new = into.store.put_whole(_FOLD, row.lane, folded)
        found.append(_New(stored.step, stored.key, stored.epoch, new))
    times: list[int | None] = []
    for step, rows in lanes.items():
        for states in _together(step, rows, source, jobs):
            if step == "know":
                times.append(reached(states))
            found += _refitted(step, rows, _LANES[step](jobs, states), into.store)
    into.store.sync()
    _write(recovery / ROWS, into.rows, found)
    return max((time for time in times if time is not None), default=None)


def come_to(recovery: Path) -> int | None:
    """Return the latest time that any lane of people has reached, as `refit` does.

    No part is read: what a resume reads is checked there.

    Raises
    ------
    RecoveryError
        If a row cannot be read, or the run has told its end already.
    """
    source = StateStore.from_environment(recovery)
    heads: dict[int, Loaded] = {}
    for _, stored in needed_rows(recovery / ROWS):
        row = source.open(stored.row)
        if row.step == "know":
            heads[row.lane] = Loaded(unpacked(row).head, ())
    return reached(heads)


def _together(
    step: str, rows: list[Stored], source: StateStore, jobs: Jobs
) -> Iterator[dict[int, Loaded]]:
    """Yield the lanes that must be looked at together: all, if people come to other lanes."""
    every: dict[int, Loaded] = {}
    for stored in rows:
        lane = source.open(stored.row).lane
        loaded = source.get(step, lane, stored.row)
        if jobs.deals_anew:
            every[lane] = loaded
        else:
            yield {lane: loaded}
    if every:
        yield every


def _refitted(
    step: str, rows: list[Stored], lanes: Mapping[int, Kept], store: StateStore
) -> Iterator[_New]:
    # A resume reads of each key the latest row, whatever its epoch.
    epoch = max(stored.epoch for stored in rows)
    for lane, kept in lanes.items():
        yield _New(rows[0].step, lane_key(lane), epoch, store.put(step, lane, kept))


def _write(was: Path, now: Path, rows: list[_New]) -> None:
    """Write the engine's tables with other rows: how far its runs came stays as it is."""
    now.mkdir(mode=0o700)
    engine.init_db_dir(now, 1)  # type: ignore[no-untyped-call]
    told: dict[str, list[tuple[object, ...]]] = {"exs": [], "fronts": []}
    commits: list[int] = []
    for path in databases(was):
        with opened(path, live=True) as database:
            for table, lines in told.items():
                lines.extend(database.execute(f"SELECT * FROM {table}"))
            commits += [epoch for (epoch,) in database.execute("SELECT commit_epoch FROM commits")]
    (path,) = databases(now)
    with opened(path) as database:
        for table, lines in told.items():
            _insert(database, table, lines)
        if commits:
            _insert(database, "commits", [("", 0, min(commits))])
        database.executemany(
            _INSERT, [(one.step, one.key, one.epoch, pickled(one.row)) for one in rows]
        )


def _insert(database: sqlite3.Connection, table: str, lines: list[tuple[object, ...]]) -> None:
    for line in lines:
        places = ", ".join("?" * len(line))
        database.execute(f"INSERT INTO {table} VALUES ({places})", line)
