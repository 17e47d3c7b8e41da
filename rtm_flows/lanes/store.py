"""The state store: what a step gives to be kept, and what it gets back after a restart.

In: what one lane of one step gives to be kept. Out: bytes for the engine's recovery row, and back.
A lane's people lie in state files as parts, and its row names the places of those that together
hold them all; so a snapshot costs what is new. A small state lies in the row as it is. Whatever is
read back was sealed (`state_rows`), and is refused if it is not what was written. When an epoch is
committed, the store is not told: what nobody needs any more goes by `sweep`.
"""

from __future__ import annotations

import hmac
import os
import threading
from collections.abc import Mapping
from pathlib import Path

import msgspec

from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.kept import Kept, Loaded
from rtm_flows.lanes.state_files import FILE_BYTES, StateFiles, read, sizes
from rtm_flows.lanes.state_rows import (
    CHAINED,
    FORMAT,
    INLINE,
    KEY_VARIABLE,
    WHOLE,
    Chain,
    Place,
    Row,
    Seals,
    packed,
    unpacked,
)
from rtm_flows.lanes.sweep import Request, Sweeper

__all__ = ["FORMAT", "KEY_VARIABLE", "STATE", "StateStore"]

STATE = "state"
"""Name of the folder of the state files, within the recovery folder."""

Lane = tuple[str, int]
"""A step, and a lane of it."""


class StateStore:
    """Keeps the states of lanes.

    Parameters
    ----------
    folder
        The recovery folder; without one every part lies in the row, and a snapshot costs as much
        as there is.
    key
        Secret of the seals; None for plain checksums.
    sweeper
        Told which files may be looked at; None lets no file go before the next start.
    file_bytes
        Size at which a state file is closed and the next begun.

    Examples
    --------
    >>> store = StateStore()
    >>> row = store.put("know", 7, Kept(b"head", b"all people", depth=1))
    >>> later = store.put("know", 7, Kept(b"new head", b"some people", depth=2))
    >>> store.get("know", 7, later)
    Loaded(head=b'new head', parts=(b'some people', b'all people'))
    """

    def __init__(
        self,
        folder: Path | None = None,
        key: bytes | None = None,
        *,
        sweeper: Sweeper | None = None,
        file_bytes: int = FILE_BYTES,
    ) -> None:
        self._seals = Seals(key)
        self._rows_written = 0
        self._kept: _Inline | _InFiles
        if folder is None:
            self._kept = _Inline(self._seals)
        else:
            self._kept = _InFiles(folder / STATE, self._seals, sweeper, file_bytes)

    @classmethod
    def from_environment(
        cls,
        folder: Path | None = None,
        *,
        sweeper: Sweeper | None = None,
        file_bytes: int = FILE_BYTES,
    ) -> StateStore:
        """Return a store with the key of the environment, if there is one."""
        key = os.environ.get(KEY_VARIABLE)
        secret = key.encode() if key else None
        return cls(folder, secret, sweeper=sweeper, file_bytes=file_bytes)

    def put(self, step: str, lane: int, kept: Kept) -> bytes:
        """Return the row that stands for the state of a lane.

        Raises
        ------
        RecoveryError
            If the lane's people cannot be written to a file.
        """
        return self.put_all(step, {lane: kept})[lane]

    def put_all(self, step: str, kept: Mapping[int, Kept]) -> dict[int, bytes]:
        """Return of each lane the row that stands for its state; their parts are written at once.

        Raises
        ------
        RecoveryError
            As `put`.
        """
        rows = self._kept.put_all(step, kept)
        self._rows_written += sum(map(len, rows.values()))
        return rows

    @property
    def written(self) -> int:
        """Bytes of rows that were given out so far, and of parts that were written to files."""
        return self._rows_written + self._kept.written

    def get(self, step: str, lane: int, row: bytes) -> Loaded:
        """Return the state that a row stands for, and go on from it with the lane's next one.

        Raises
        ------
        RecoveryError
            If the row or a part is damaged, of another format, step or lane, or sealed with
            another key; or if a file is missing.
        """
        return self._kept.get((step, lane), self._opened(step, lane, row))

    def put_whole(self, step: str, number: int, state: bytes) -> bytes:
        """Return the row that holds a small state as it is."""
        row = self._seals.row(WHOLE, step, number, state)
        self._rows_written += len(row)
        return row

    def get_whole(self, step: str, number: int, row: bytes) -> bytes:
        """Return the state that a row holds.

        Raises
        ------
        RecoveryError
            As `get`.
        """
        return self._opened(step, number, row).body

    def sync(self) -> None:
        """Return when all parts are on the disk."""
        self._kept.sync()

    def open(self, row: bytes) -> Row:
        """Check the seal of a row of any step and lane, and return it; its parts are not read.

        Raises
        ------
        RecoveryError
            As `get`, of the row alone.
        """
        return self._seals.open(row)

    def _opened(self, step: str, lane: int, row: bytes) -> Row:
        found = self.open(row)
        if (found.step, found.lane) != (step, lane):
            msg = f"recovery row of {step} lane {lane} holds {found.step} lane {found.lane}"
            raise RecoveryError(msg)
        return found


class _Inline:
    """Keeps all parts of a lane in its row."""

    written = 0
    """Bytes of parts in files."""

    def __init__(self, seals: Seals) -> None:
        self._seals = seals
        self._parts: dict[Lane, tuple[bytes, ...]] = {}

    def put_all(self, step: str, kept: Mapping[int, Kept]) -> dict[int, bytes]:
        """Return rows that hold every part still needed."""
        return {lane: self._put((step, lane), one) for lane, one in kept.items()}

    def _put(self, lane: Lane, kept: Kept) -> bytes:
        new = (kept.people,) if kept.people else ()
        parts = self._parts[lane] = (*new, *self._parts.get(lane, ()))[: kept.depth]
        return self._seals.row(INLINE, *lane, msgspec.msgpack.encode(Loaded(kept.head, parts)))

    def sync(self) -> None:
        """There is nothing but rows."""

    def get(self, lane: Lane, row: Row) -> Loaded:
        """Return what a row holds."""
        if row.kind != INLINE:
            msg = (
                f"the recovery row of {row.step} lane {row.lane} names files, or a step that kept "
                f"its state otherwise; resume it as it was run, with its whole folder"
            )
            raise RecoveryError(msg)
        loaded = msgspec.msgpack.decode(row.body, type=Loaded)
        self._parts[lane] = loaded.parts
        return loaded


class _InFiles:
    """Keeps the parts of lanes in files, and in a row their places."""

    def __init__(
        self, folder: Path, seals: Seals, sweeper: Sweeper | None, file_bytes: int
    ) -> None:
        self._folder = folder
        self._seals = seals
        self._sweeper = sweeper
        self._files = StateFiles(folder, file_bytes)
        # All processes of a run have their stores before any of them is asked for a snapshot: what
        # lies here already is of earlier runs, and is not written to any more.
        self._earlier = set(sizes(folder))
        self._chains: dict[Lane, tuple[Place, ...]] = {}
        self._given: dict[Lane, int] = {}
        self._serial = 0
        self._swept_at = 0
        self.written = 0
        self._file_bytes = file_bytes
        self._sweep_bytes = 4 * file_bytes
        self._lock = threading.Lock()

    def put_all(self, step: str, kept: Mapping[int, Kept]) -> dict[int, bytes]:
        """Append the parts; return rows that name every part still needed."""
        # Late: a sweeper needs the names here, but not what is heavy to import.
        from rtm_flows.lanes.part_codec import encoded

        people = {lane: encoded(one.people) for lane, one in kept.items() if one.people}
        digests = {lane: self._seals.part(step, lane, data) for lane, data in people.items()}
        with self._lock:
            places = dict(zip(people, self._files.append_all(people.values()), strict=True))
            chains: dict[int, tuple[Place, ...]] = {}
            for lane, one in kept.items():
                chain = self._chains.get((step, lane), ())
                if lane in places:
                    new = Place(*places[lane], len(people[lane]), digests[lane])
                    chain = (new, *chain)
                chains[lane] = self._chains[step, lane] = chain[: one.depth]
            self.written += sum(map(len, people.values()))
            serials = {lane: self._serial + at for at, lane in enumerate(kept, start=1)}
            self._serial += len(kept)
            self._given.update({(step, lane): serial for lane, serial in serials.items()})
            self._sweep()
        writer = self._files.writer
        return {
            lane: self._seals.row(
                CHAINED,
                step,
                lane,
                packed(Chain(one.head, writer, serials[lane], chains[lane])),
            )
            for lane, one in kept.items()
        }

    def get(self, lane: Lane, row: Row) -> Loaded:
        """Read every part that a row names."""
        if row.kind != CHAINED:
            msg = (
                f"the recovery row of {row.step} lane {row.lane} holds its state without files; "
                f"resume it as it was run"
            )
            raise RecoveryError(msg)
        # Late: a sweeper needs the names here, but not what is heavy to import.
        from rtm_flows.lanes.part_codec import decoded

        chain = unpacked(row)
        parts = tuple(
            decoded(read_part(self._folder, self._seals, lane, place)) for place in chain.places
        )
        with self._lock:
            self._chains[lane] = chain.places
        return Loaded(chain.head, parts)

    def sync(self) -> None:
        """Return when all files are on the disk."""
        self._files.sync()

    def _sweep(self) -> None:
        """Ask for a sweep when a good part of what this store has here is new since the last."""
        if self._sweeper is None or self.written - self._swept_at < self._sweep_bytes:
            return
        self._swept_at = self.written
        here = sizes(self._folder)
        self._earlier &= here.keys()
        self._files.forget_all_but(here)
        self._sweep_bytes = max(4 * self._file_bytes, sum(self._files.closed.values()) // 4)
        named = {place.file for chain in self._chains.values() for place in chain}
        done = [name for name in (*self._earlier, *self._files.closed) if name not in named]
        given = [(*lane, serial) for lane, serial in self._given.items()]
        self._sweeper.ask(Request(self._files.writer, given, done))


def read_part(folder: Path, seals: Seals, lane: Lane, place: Place) -> bytes:
    """Return a part of a lane's people, as it lies in its file.

    Raises
    ------
    RecoveryError
        If it is not what its row was sealed with.
    """
    data = read(folder, place.file, place.offset, place.length)
    if len(data) == place.length and hmac.compare_digest(seals.part(*lane, data), place.digest):
        return data
    why = f"is damaged or sealed with another {KEY_VARIABLE}"
    if len(data) < place.length:
        why = "ends before its end, so the file was cut off"
    step, number = lane
    msg = (
        f"{folder / place.file}: the part of {step} lane {number} at byte {place.offset} {why}; "
        f"restore a backup of the whole folder, or start anew in an empty one"
    )
    raise RecoveryError(msg)
