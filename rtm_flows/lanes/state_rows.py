"""Rows of the state store: the little that goes into the engine's own recovery files, sealed.

In: a state, or what leads to one. Out: bytes, and back. Every row names its format, its step and
its lane, and carries an HMAC with the key in `RTM_STATE_KEY` or, where none is set, a SHA-256,
which finds damage but not malice. A row holds a state whole, or the parts of one, or names the
places of its parts in files, each with the seal of what lies there. Nothing is ever executed on
the way back.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import NamedTuple

import msgspec

from rtm_flows.errors import RecoveryError

FORMAT = 9
"""Raised whenever an older program could not read what this one writes."""

KEY_VARIABLE = "RTM_STATE_KEY"

WHOLE, INLINE, CHAINED = range(3)
"""Kinds of rows: a state as it is; a head and its parts; a head and the places of its parts."""


class Row(msgspec.Struct, array_like=True):
    """A row that is open: its seal was looked at."""

    format: int
    kind: int
    step: str
    lane: int
    digest: bytes
    body: bytes


class Place(NamedTuple):
    """Where a part lies."""

    file: str
    offset: int
    length: int
    digest: bytes
    """Seal of the bytes there."""


class Chain(NamedTuple):
    """What a row of the kind `CHAINED` holds."""

    head: bytes
    writer: str
    """Who gave the row out; a name that no other store has."""
    serial: int
    """Its number among the rows of the writer: a lane's later row has a higher one."""
    places: tuple[Place, ...]
    """The newest part first."""


class _Packed(msgspec.Struct, array_like=True):
    """A chain with every file named once."""

    head: bytes
    writer: str
    serial: int
    files: list[str]
    places: list[tuple[int, int, int, bytes]]


class Seals:
    """Makes seals with a key, and opens what is sealed.

    Parameters
    ----------
    key
        Secret of the seals; None for plain checksums.

    Examples
    --------
    >>> seals = Seals(b"key")
    >>> seals.open(seals.row(WHOLE, "fold", 0, b"state")).body
    b'state'
    """

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key

    @classmethod
    def from_environment(cls) -> Seals:
        """Return seals with the key of the environment, if there is one."""
        key = os.environ.get(KEY_VARIABLE)
        return cls(key.encode() if key else None)

    def part(self, step: str, lane: int, data: bytes) -> bytes:
        """Return the seal of a part of a lane's people."""
        return self._digest("part", step, lane, data)

    def row(self, kind: int, step: str, lane: int, body: bytes) -> bytes:
        """Return a sealed row."""
        digest = self._digest(kind, step, lane, body)
        return msgspec.msgpack.encode(Row(FORMAT, kind, step, lane, digest, body))

    def open(self, row: bytes) -> Row:
        """Check a row of any step and lane, and return it.

        Raises
        ------
        RecoveryError
            If it is damaged, of another format, or sealed with another key.
        """
        found = unsealed(row)
        if not hmac.compare_digest(
            self._digest(found.kind, found.step, found.lane, found.body), found.digest
        ):
            msg = (
                f"the recovery state of {found.step} lane {found.lane} is damaged or sealed with "
                f"another {KEY_VARIABLE}; restore a backup, or start anew in an empty folder"
            )
            raise RecoveryError(msg)
        return found

    def _digest(self, kind: str | int, step: str, lane: int, data: bytes) -> bytes:
        digest = hashlib.sha256() if self._key is None else hmac.new(self._key, digestmod="sha256")
        digest.update(f"{FORMAT}/{kind}/{step}/{lane}/".encode())
        digest.update(data)
        return digest.digest()


def unsealed(row: bytes) -> Row:
    """Return a row, its seal not looked at: for what must not be believed, only counted.

    Raises
    ------
    RecoveryError
        If it is no row, or one of another format.
    """
    try:
        found = msgspec.msgpack.decode(row, type=Row)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = None
    if found is None:
        _refuse_another_format(row)
        msg = "a recovery row is damaged; start anew without --recovery, or restore a backup"
        raise RecoveryError(msg)
    if found.format != FORMAT:
        _refuse_another_format(row)
    return found


def packed(chain: Chain) -> bytes:
    """Return the body of a row that holds a chain."""
    files = dict.fromkeys(place.file for place in chain.places)
    numbers = {file: number for number, file in enumerate(files)}
    places = [
        (numbers[file], offset, length, digest) for file, offset, length, digest in chain.places
    ]
    packing = _Packed(chain.head, chain.writer, chain.serial, list(files), places)
    return msgspec.msgpack.encode(packing)


def unpacked(row: Row) -> Chain:
    """Return the chain of a row; an empty one of a row of another kind.

    Raises
    ------
    RecoveryError
        If the row is damaged: only of one whose seal was not looked at.
    """
    if row.kind != CHAINED:
        return Chain(b"", "", 0, ())
    try:
        found = msgspec.msgpack.decode(row.body, type=_Packed)
        places = tuple(
            Place(found.files[file], offset, length, digest)
            for file, offset, length, digest in found.places
        )
    except (msgspec.DecodeError, UnicodeDecodeError, IndexError):
        msg = f"the recovery row of {row.step} lane {row.lane} is damaged; restore a backup"
        raise RecoveryError(msg) from None
    return Chain(found.head, found.writer, found.serial, places)


def _refuse_another_format(row: bytes) -> None:
    """Name the format of a row of another version, whose fields may be others too."""
    try:
        fields = msgspec.msgpack.decode(row)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return
    if isinstance(fields, list) and fields and isinstance(fields[0], int) and fields[0] != FORMAT:
        msg = f"recovery state has format {fields[0]}; this version reads format {FORMAT}"
        raise RecoveryError(msg)
