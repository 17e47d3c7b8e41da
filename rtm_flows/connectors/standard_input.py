"""Standard input, which is read once, as it comes.

In: whatever is piped into the process. Out: an open file of it, and how its content is packed,
which here no name can tell. It refuses to go back.
"""

from __future__ import annotations

import io
from typing import Any, BinaryIO

from rtm_flows.connectors.packing import MAGIC_BYTES, Packing, sniffed

_DESCRIPTOR = 0


def open_standard_input() -> tuple[BinaryIO, Packing | None]:
    """Open standard input; waits for its first bytes, which tell whether it is packed."""
    # Not `sys.stdin`, of which text may have been read ahead. It stays open: it is not ours.
    raw = io.FileIO(_DESCRIPTOR, "rb", closefd=False)
    head = b""
    while len(head) < MAGIC_BYTES and (piece := raw.read(MAGIC_BYTES - len(head))):
        head += piece
    return io.BufferedReader(_Again(head, raw)), sniffed(head)


class _Again(io.RawIOBase):
    """A file whose first bytes were taken already, and come again."""

    def __init__(self, head: bytes, rest: io.FileIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, place: Any) -> int | None:
        if not self._head:
            return self._rest.readinto(place)
        taken, self._head = self._head[: len(place)], self._head[len(place) :]
        place[: len(taken)] = taken
        return len(taken)
