"""The state store: what a step gives to be kept, and what it gets back after a restart.

In: the bytes of one lane of one step. Out: bytes for the engine's recovery row, and back. Every
record is sealed: it names its format, its step and its lane, and carries an HMAC with the key in
`RTM_STATE_KEY` or, where none is set, a SHA-256, which finds damage but not malice. Nothing is
ever executed on the way back. This first version keeps the whole state of a lane in the row; a
version that keeps deltas beside it needs no other interface than `put` and `get`.
"""

from __future__ import annotations

import hashlib
import hmac
import os

import msgspec

from rtm_flows.errors import RecoveryError

FORMAT = 6
"""Raised whenever an older program could not read what this one writes."""

KEY_VARIABLE = "RTM_STATE_KEY"


class _Row(msgspec.Struct, array_like=True):
    format: int
    step: str
    lane: int
    digest: bytes
    state: bytes


class StateStore:
    """Seals and opens the states of lanes.

    Parameters
    ----------
    key
        Secret of the seals; None for plain checksums.

    Examples
    --------
    >>> store = StateStore()
    >>> store.get("know", 7, store.put("know", 7, b"state"))
    b'state'
    """

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key

    @classmethod
    def from_environment(cls) -> StateStore:
        """Return a store with the key of the environment, if there is one."""
        key = os.environ.get(KEY_VARIABLE)
        return cls(key.encode() if key else None)

    def put(self, step: str, lane: int, state: bytes) -> bytes:
        """Return the row that stands for the state of a lane."""
        digest = self._digest(step, lane, state)
        return msgspec.msgpack.encode(_Row(FORMAT, step, lane, digest, state))

    def get(self, step: str, lane: int, row: bytes) -> bytes:
        """Return the state that a row stands for.

        Raises
        ------
        RecoveryError
            If the row is damaged, of another format, step or lane, or sealed with another key.
        """
        found = self.open(row)
        if (found.step, found.lane) != (step, lane):
            msg = f"recovery row of {step} lane {lane} holds {found.step} lane {found.lane}"
            raise RecoveryError(msg)
        return found.state

    def open(self, row: bytes) -> _Row:
        """Check a row of any step and lane, and return it.

        Raises
        ------
        RecoveryError
            As `get`.
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
