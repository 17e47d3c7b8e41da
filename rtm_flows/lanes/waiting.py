"""Waiting: the rows that wait in a lane, written part by part.

In: the hold of a worker. Out: of a lane the rows that came since the save before, and which of all
that were ever written still wait; and the rows restored from that. A row is written once, unless it
waits so long that its part would have to be kept for it alone. Decision 0017.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from rtm_flows.columns import Table, concat, pack, unpack
from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.hold import Hold
from rtm_flows.lanes.kept import Bytes, Kept
from rtm_flows.people.roll import SAVES
from rtm_flows.people.rows import Ints

_NUMBER = "number_in_lane"
_NOBODY: Ints = np.zeros(0, dtype=np.int64)


class _Head(msgspec.Struct, array_like=True):
    """Which rows of a lane wait."""

    next: int
    """Number of the next row to come."""
    first: int
    """Number of the first row that waits."""
    bits: bytes
    """Of each row from it on, whether it waits."""


class Waiting:
    """Writes the rows that wait in a worker's lanes.

    Parameters
    ----------
    hold
        Where they wait.
    saves
        A row that has waited for so many saves is written again.
    """

    def __init__(self, hold: Hold, saves: int = SAVES) -> None:
        self._hold = hold
        self._saves = saves
        self._save: dict[int, int] = {}
        self._written: dict[int, tuple[Ints, Ints]] = {}
        """By lane: numbers of rows that were written and waited then, and by which save."""

    def save(self, lane: int) -> Kept:
        """Return which rows of a lane wait, and those that no part holds; they count as kept."""
        save = self._save[lane] = self._save.get(lane, -1) + 1
        places = self._hold.places(lane)
        numbers = self._hold.number[places]
        known, by = self._written.get(lane, (_NOBODY, _NOBODY))
        if not len(numbers) and not len(known):
            return Kept(self._head(lane, numbers), b"", 0)
        at = np.searchsorted(known, numbers)
        # Both rise, and what is new comes last: of those written before, none waits again.
        old = int(np.searchsorted(numbers, known[-1], side="right")) if len(known) else 0
        written = np.full(len(numbers), -1, dtype=np.int64)
        written[:old] = by[at[:old]]
        due = written <= max(save - self._saves, -1)
        written[due] = save
        self._written[lane] = numbers, written
        depth = save - int(written.min()) + 1 if len(written) else 0
        return Kept(self._head(lane, numbers), self._part(places[due]), depth)

    def whole(self, lane: int) -> Kept:
        """Return all rows of a lane that wait, as one part; nothing counts as kept."""
        places = self._hold.places(lane)
        head = self._head(lane, self._hold.number[places])
        return Kept(head, self._part(places), min(1, len(places)))

    def load(self, lane: int, head: bytes, parts: Sequence[Bytes]) -> None:
        """Restore the rows of a lane from its newest parts; some are empty.

        Raises
        ------
        RecoveryError
            If a row that waits is in none of them.
        """
        saved = msgspec.msgpack.decode(head, type=_Head)
        flags = np.unpackbits(np.frombuffer(saved.bits, dtype=np.uint8)).astype(np.bool_)
        found: list[Table] = []
        ages: list[int] = []
        for age, part in enumerate(parts):
            if part:
                table = unpack(part)
                places = table[_NUMBER] - saved.first
                inside = (places >= 0) & (places < len(flags))
                inside[inside] = flags[places[inside]]
                flags[places[inside]] = False
                found.append(table.take(inside))
                ages += [age] * len(found[-1])
        if flags.any():
            msg = (
                f"{int(flags.sum())} rows that wait in lane {lane} are in none of its parts; "
                "restore a backup, or start anew in an empty folder"
            )
            raise RecoveryError(msg)
        rows, numbers = None, _NOBODY
        if ages:
            whole = concat(found)
            order = np.argsort(whole[_NUMBER], kind="stable")
            rows, numbers = whole.take(order).without([_NUMBER]), whole[_NUMBER][order]
            self._save[lane] = max(ages)
            self._written[lane] = numbers, max(ages) - np.array(ages, dtype=np.int64)[order]
        self._hold.restore(lane, rows, numbers, saved.next)

    def _head(self, lane: int, numbers: Ints) -> bytes:
        if not len(numbers):
            return msgspec.msgpack.encode(_Head(self._hold.next(lane), 0, b""))
        first = int(numbers[0])
        flags = np.zeros(int(numbers[-1]) - first + 1, dtype=np.bool_)
        flags[numbers - first] = True
        bits = np.packbits(flags).tobytes()
        return msgspec.msgpack.encode(_Head(self._hold.next(lane), first, bits))

    def _part(self, places: Ints) -> bytes:
        if not len(places):
            return b""
        numbers = self._hold.number[places]
        return pack(self._hold.some(places).with_columns({_NUMBER: numbers}))
