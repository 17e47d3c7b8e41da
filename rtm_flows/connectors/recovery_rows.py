"""Bytewax's recovery files, looked at before Bytewax opens them.

Bytewax keeps snapshots as pickles in SQLite, and unpickling a tampered row would run code. Every
row that this package writes is a pickle of plain bytes sealed by the state store; any other row
is refused here, without unpickling it.

While a run is going on, only another process may look: SQLite's locks are the process's, and a
file of Bytewax's that is closed here drops those that Bytewax holds on it.
"""

from __future__ import annotations

import pickletools
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.lane_keys import lane_key
from rtm_flows.lanes.state_rows import WHOLE, Row, unsealed
from rtm_flows.lanes.store import StateStore

_PLAIN = frozenset({"PROTO", "FRAME", "MEMOIZE", "STOP"})
_BYTES = frozenset({"SHORT_BINBYTES", "BINBYTES", "BINBYTES8"})


class Stored(NamedTuple):
    """A row of the engine's tables."""

    number: int
    """SQLite's number of it, in its file."""
    step: str
    key: str
    epoch: int
    row: bytes
    """What the state store gave out."""


def check_rows(folder: Path, store: StateStore) -> int:
    """Check every row of the recovery files in a folder; return how many there are.

    Raises
    ------
    RecoveryError
        If a file is no SQLite database, or a row is not sealed by this package with this key, or
        stands in the place of another.
    """
    count = 0
    for path in databases(folder):
        with opened(path) as database:
            (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise _damaged(path, str(verdict))
            for stored in stored_rows(database, path):
                _refuse_elsewhere(store.open(stored.row), stored, path)
                count += 1
    return count


def all_rows(folder: Path) -> Iterator[Row]:
    """Yield every row of the recovery files, its seal not looked at; a file at one moment.

    The files may be those of a run that is going on in another process.

    Raises
    ------
    RecoveryError
        If a file is missing, or a file or a row is damaged.
    """
    check_complete(folder)
    for path in databases(folder):
        with opened(path, live=True) as database:
            rows = [unsealed(stored.row) for stored in stored_rows(database, path)]
        yield from rows


def check_complete(folder: Path) -> None:
    """Refuse a folder in which one of the engine's files is missing.

    Raises
    ------
    RecoveryError
        If it is so; it names the file.
    """
    parts: set[tuple[int, int]] = set()
    for path in databases(folder):
        with opened(path, live=True) as database:
            parts.update(database.execute("SELECT part_index, part_count FROM parts"))
    # A folder without any is what is left of one: it is made with its files, or not at all.
    counts = {count for _, count in parts} or {int(folder.exists())}
    for count in counts:
        missing = [index for index in range(count) if (index, count) not in parts]
        if missing:
            named = ", ".join(f"part-{index}.sqlite3" for index in missing)
            msg = f"{folder}: {named} is missing; restore a backup of the whole folder"
            raise RecoveryError(msg)


def databases(folder: Path) -> list[Path]:
    """Return the engine's files in a folder."""
    return sorted(folder.glob("*.sqlite3"))


@contextmanager
def opened(path: Path, *, live: bool = False) -> Iterator[sqlite3.Connection]:
    """Open one of the engine's files; what is changed in it is changed at once.

    Parameters
    ----------
    live
        Only read it. Otherwise the log of a killed run is taken in first.

    Raises
    ------
    RecoveryError
        If it is damaged.
    """
    address = f"{path.absolute().as_uri()}?mode={'ro' if live else 'rw'}"
    try:
        with closing(sqlite3.connect(address, uri=True)) as database, database:
            yield database
    except sqlite3.Error as error:
        raise _damaged(path, str(error)) from None


def stored_rows(database: sqlite3.Connection, path: Path, more: str = "") -> Iterator[Stored]:
    """Yield the rows of one file that stand for a state, in no order.

    Parameters
    ----------
    more
        A further condition, in SQL.

    Raises
    ------
    RecoveryError
        If one is not a pickle of plain bytes.
    """
    wanted = (
        "SELECT rowid, step_id, state_key, snap_epoch, ser_change FROM snaps "
        f"WHERE ser_change IS NOT NULL {more}"
    )
    for number, step, key, epoch, pickle in database.execute(wanted):
        yield Stored(number, step, key, epoch, plain_bytes(pickle, path))


def plain_bytes(pickle: bytes, path: Path) -> bytes:
    """Return the bytes that a pickle holds, reading it without running it.

    Examples
    --------
    >>> import pickle
    >>> plain_bytes(pickle.dumps(b"state"), Path("part-0.sqlite3"))
    b'state'
    """
    found: bytes | None = None
    try:
        for opcode, argument, _ in pickletools.genops(pickle):
            if opcode.name in _BYTES and found is None:
                found = argument
            elif opcode.name not in _PLAIN:
                found = None
                break
    except (ValueError, IndexError):
        found = None
    if found is None:
        msg = f"{path}: holds a row that this package did not write; it will not be opened"
        raise RecoveryError(msg)
    return found


def pickled(row: bytes) -> bytes:
    """Return what the engine reads as plain bytes.

    Examples
    --------
    >>> plain_bytes(pickled(b"state"), Path("part-0.sqlite3"))
    b'state'
    """
    protocol, of_bytes, stop = b"\x80\x04", b"B", b"."
    return protocol + of_bytes + len(row).to_bytes(4, "little") + row + stop


def _refuse_elsewhere(row: Row, stored: Stored, path: Path) -> None:
    """Refuse a row in another's place: the engine goes by the place, we by the row."""
    right = stored.step.rpartition(".")[2] == row.step
    if row.kind != WHOLE:
        right = right and stored.key == lane_key(row.lane)
    if not right:
        msg = (
            f"{path}: in the place of {stored.step} {stored.key} is the state of {row.step} lane "
            f"{row.lane}; restore a backup, or start anew in an empty folder"
        )
        raise RecoveryError(msg)


def _damaged(path: Path, why: str) -> RecoveryError:
    first = why.strip("* \n").splitlines()[0]
    msg = f"{path}: damaged ({first}); restore a backup, or start anew in an empty folder"
    return RecoveryError(msg)
