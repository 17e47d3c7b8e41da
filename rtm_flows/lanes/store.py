"""The state store: what a step gives to be kept, and what it gets back after a restart.

In: what one lane of one step gives. Out: bytes for the engine's recovery row, and back. Every
record is sealed: it names its format, its step and its lane, and carries an HMAC with the key in
`RTM_STATE_KEY` or, where none is set, a SHA-256, which finds damage but not malice. Nothing is
ever executed on the way back. This first version keeps all parts of a lane that are still needed
in the row; a version that keeps them beside it needs no other interface.
"""

from __future__ import annotations

import hashlib
import hmac
import os

import msgspec

from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.kept import Kept, Loaded

FORMAT = 7
"""Raised whenever an older program could not read what this one writes."""

KEY_VARIABLE = "RTM_STATE_KEY"


class _Row(msgspec.Struct, array_like=True):
    format: int
    step: str
    lane: int
    digest: bytes
    state: bytes


class _Parts(msgspec.Struct, array_like=True):
    head: bytes
    parts: list[bytes]


class StateStore:
    """Seals and opens the states of lanes.

    Parameters
    ----------
    key
        Secret of the seals; None for plain checksums.

    Examples
    --------
    >>> store = StateStore()
    >>> store.get_whole("fold", 0, store.put_whole("fold", 0, b"state"))
    b'state'
    >>> rows = [store.put("know", 7, Kept(b"", part, 2)) for part in (b"all", b"some", b"more")]
    >>> store.get("know", 7, rows[-1]).parts
    (b'more', b'some')
    """

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key
        self._parts: dict[tuple[str, int], list[bytes]] = {}

    @classmethod
    def from_environment(cls) -> StateStore:
        """Return a store with the key of the environment, if there is one."""
        key = os.environ.get(KEY_VARIABLE)
        return cls(key.encode() if key else None)

    def put(self, step: str, lane: int, kept: Kept) -> bytes:
        """Return the row that stands for a lane, with the parts of it that are still needed."""
        parts = [kept.people] if kept.people else []
        parts = [*parts, *self._parts.get((step, lane), [])][: kept.depth]
        self._parts[step, lane] = parts
        return self.put_whole(step, lane, msgspec.msgpack.encode(_Parts(kept.head, parts)))

    def get(self, step: str, lane: int, row: bytes) -> Loaded:
        """Return what a row stands for; what is put next follows on it.

        Raises
        ------
        RecoveryError
            As `get_whole`.
        """
        found = msgspec.msgpack.decode(self.get_whole(step, lane, row), type=_Parts)
        self._parts[step, lane] = found.parts
        return Loaded(found.head, tuple(found.parts))

    def put_whole(self, step: str, number: int, state: bytes) -> bytes:
        """Return the row that stands for a state that is written whole."""
        digest = self._digest(step, number, state)
        return msgspec.msgpack.encode(_Row(FORMAT, step, number, digest, state))

    def get_whole(self, step: str, number: int, row: bytes) -> bytes:
        """Return the state that a row stands for.

        Raises
        ------
        RecoveryError
            If the row is damaged, of another format, step or lane, or sealed with another key.
        """
        found = self.open(row)
        if (found.step, found.lane) != (step, number):
            msg = f"recovery row of {step} lane {number} holds {found.step} lane {found.lane}"
            raise RecoveryError(msg)
        return found.state

    def open(self, row: bytes) -> _Row:
        """Check a row of any step and lane, and return it.

        Raises
        ------
        RecoveryError
            As `get_whole`.
        """
        try:
            found = msgspec.msgpack.decode(row, type=_Row)
        except (msgspec.DecodeError, UnicodeDecodeError):
            msg = "a recovery row is damaged; start anew without --recovery, or restore a backup"
            raise RecoveryError(msg) from None
        if found.format != FORMAT:
            msg = f"recovery state has format {found.format}; this version reads format {FORMAT}"
            raise RecoveryError(msg)
        digest = self._digest(found.step, found.lane, found.state)
        if not hmac.compare_digest(digest, found.digest):
            msg = (
                f"the recovery state of {found.step} lane {found.lane} is damaged or sealed with "
                f"another {KEY_VARIABLE}; restore a backup, or start anew in an empty folder"
            )
            raise RecoveryError(msg)
        return found

    def _digest(self, step: str, lane: int, state: bytes) -> bytes:
        head = f"{FORMAT}/{step}/{lane}/".encode()
        if self._key is None:
            return hashlib.sha256(head + state).digest()
        return hmac.digest(self._key, head + state, "sha256")
