"""Recovery folders as a run leaves them, made without one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from rtm_flows.connectors.recovery_folder import Identity, RecoveryFolder
from rtm_flows.connectors.recovery_rows import pickled
from rtm_flows.flows.execute import make_rows
from rtm_flows.lanes.kept import Kept
from rtm_flows.lanes.lane_keys import lane_key
from rtm_flows.lanes.state_rows import Row, unsealed
from rtm_flows.lanes.store import StateStore

OURS = Identity(name="shop", lanes=4, partitions=1, digest="d1", inputs="i1", output="/out")
SNAP = "INSERT INTO snaps (step_id, state_key, snap_epoch, ser_change) VALUES (?, ?, ?, ?)"
LANES = 4
PARTS = 4
"""Files of the engine: some folders have several."""


class Snap(NamedTuple):
    """A row in the engine's tables."""

    lane: int
    epoch: int
    row: bytes
    step: str = "rtm.know"
    key: str | None = None


def insert(
    recovery: Path, snaps: Sequence[Snap], *, execution: int, began: int, front: int
) -> None:
    """Write rows, and how far the one worker of an execution came."""
    make_rows(recovery / "bytewax", PARTS)
    for part in range(PARTS):
        with closing(sqlite3.connect(recovery / "bytewax" / f"part-{part}.sqlite3")) as database:
            rows = [
                (one.step, one.key or lane_key(one.lane), one.epoch, pickled(one.row))
                for one in snaps
                if one.lane % PARTS == part
            ]
            database.executemany(SNAP, rows)
            if part == 0:
                database.execute("INSERT INTO exs VALUES (datetime(), ?, 1, ?)", (execution, began))
                front_row = "INSERT INTO fronts VALUES (datetime(), ?, 0, ?)"
                database.execute(front_row, (execution, front))
            database.commit()


def kept(recovery: Path, key: bytes | None = None, *, file_bytes: int = 50) -> dict[int, bytes]:
    """Make a folder of three epochs of rolling parts; return the rows that a resume reads.

    An epoch of a later run was not completed: its rows are in the tables too.
    """
    folder = RecoveryFolder(recovery)
    folder.claim(OURS, StateStore(key=key))
    folder.release()
    store = StateStore(recovery, key, file_bytes=file_bytes)
    snaps, rows = [], {}
    for epoch in range(1, 5):
        for lane in range(LANES):
            people = b"lane %d in epoch %d" % (lane, epoch)
            row = store.put("know", lane, Kept(b"head", people, depth=min(epoch, 2)))
            snaps.append(Snap(lane, epoch, row))
            if epoch == 3:
                rows[lane] = row
    insert(recovery, snaps[LANES:], execution=0, began=1, front=4)
    return rows


def rows_in(recovery: Path) -> list[tuple[str, int, Row]]:
    """Return the keys, the epochs and the rows in the tables, in order."""
    found = []
    for part in range(PARTS):
        with closing(sqlite3.connect(recovery / "bytewax" / f"part-{part}.sqlite3")) as database:
            for key, epoch, row in database.execute(
                "SELECT state_key, snap_epoch, ser_change FROM snaps"
            ):
                found.append((str(key), int(epoch), unsealed(row[7:-1])))
    return sorted(found, key=lambda one: one[:2])
