"""Bytewax's recovery files, looked at before Bytewax opens them.

Bytewax keeps snapshots as pickles in SQLite, and unpickling a tampered row would run code. Every
row that this package writes is a pickle of plain bytes sealed by the state store; any other row
is refused here, without unpickling it.
"""

from __future__ import annotations

import pickletools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.store import StateStore

_PLAIN = frozenset({"PROTO", "FRAME", "MEMOIZE", "STOP"})
_BYTES = frozenset({"SHORT_BINBYTES", "BINBYTES", "BINBYTES8"})


def check_rows(folder: Path, store: StateStore) -> int:
    """Check every row of the recovery files in a folder; return how many there are.

    Raises
    ------
    RecoveryError
        If a file is no SQLite database, or a row is not sealed by this package with this key.
    """
    count = 0
    for path in sorted(folder.glob("*.sqlite3")):
        for row in _rows(path):
            store.open(plain_bytes(row, path))
            count += 1
    return count


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


def _rows(path: Path) -> Iterator[bytes]:
    try:
        # Not read-only: the log of a killed run must be taken in before the rows are complete.
        with closing(sqlite3.connect(path)) as database:
            (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise _damaged(path, str(verdict))
            wanted = "SELECT ser_change FROM snaps WHERE ser_change IS NOT NULL"
            for (row,) in database.execute(wanted):
                yield row
    except sqlite3.Error as error:
        raise _damaged(path, str(error)) from None


def _damaged(path: Path, why: str) -> RecoveryError:
    first = why.strip("* \n").splitlines()[0]
    msg = f"{path}: damaged ({first}); restore a backup, or start anew in an empty folder"
    return RecoveryError(msg)
