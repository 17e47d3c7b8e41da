"""Compaction: what a resume reads, written anew side by side; all else deleted.

In: a recovery folder that no run holds. Out: the same state in fewer, full files. A kill at any
moment leaves a folder that is whole: the new files are complete on the disk before the first row
names them, each of the engine's files is changed at once, and an old file goes when no row names
it.
"""

from __future__ import annotations

from pathlib import Path

from rtm_flows.connectors.epochs import drop_uncommitted, needed_rows
from rtm_flows.connectors.recovery_folder import held
from rtm_flows.connectors.recovery_rows import check_rows, opened, pickled, stored_rows
from rtm_flows.connectors.sweeping import ROWS, sweep_all
from rtm_flows.lanes.state_files import StateFiles, sizes
from rtm_flows.lanes.state_rows import CHAINED, Chain, Place, Row, Seals, packed, unpacked
from rtm_flows.lanes.store import STATE, StateStore, read_part


def compact(recovery: Path) -> tuple[int, int]:
    """Compact a folder; return the bytes of its state files before and after.

    The key of the seals is that of the environment.

    Raises
    ------
    RecoveryError
        If the folder is none, a run holds it, or anything that a resume reads is damaged: then
        nothing was changed.
    """
    with held(recovery) as folder:
        before = sum(sizes(recovery / STATE).values())
        check_rows(folder.rows, StateStore.from_environment())
        drop_uncommitted(folder.rows)
        _rewrite(recovery)
        sweep_all(recovery)
        return before, sum(sizes(recovery / STATE).values())


def _rewrite(recovery: Path) -> None:
    """Copy what a resume reads; let its rows name the copies, and drop all other rows."""
    seals = Seals.from_environment()
    files = StateFiles(recovery / STATE)
    needed: dict[Path, dict[int, bytes]] = {}
    for path, stored in needed_rows(recovery / ROWS):
        row = seals.open(stored.row)
        needed.setdefault(path, {})[stored.number] = (
            _copied(row, recovery / STATE, seals, files) if row.kind == CHAINED else stored.row
        )
    files.sync()
    for path, rows in needed.items():
        with opened(path) as database:
            idle = [(one.number,) for one in stored_rows(database, path) if one.number not in rows]
            database.executemany("DELETE FROM snaps WHERE rowid = ?", idle)
            database.executemany(
                "UPDATE snaps SET ser_change = ? WHERE rowid = ?",
                [(pickled(row), number) for number, row in rows.items()],
            )


def _copied(row: Row, folder: Path, seals: Seals, files: StateFiles) -> bytes:
    """Copy the parts of a row; return the row that names the copies."""
    chain = unpacked(row)
    lane = row.step, row.lane
    places = []
    for place in chain.places:
        data = read_part(folder, seals, lane, place)
        places.append(Place(*files.append(data), place.length, place.digest))
    new = Chain(chain.head, chain.writer, chain.serial, tuple(places))
    return seals.row(CHAINED, *lane, packed(new))
