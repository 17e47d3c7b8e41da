"""The arena: all lanes of a worker in one core object, behind Bytewax's one key a lane.

Bytewax calls a lane's logic with that lane's messages alone. Here a lane only takes its messages
in and asks to be notified; Bytewax notifies after every key that was awake had its messages, and
the first notified lane runs the one vectorised pass for all. Each lane with messages asks for
itself, so that every lane whose state the pass changes is awake in that epoch and is snapshotted.
The first of these that is asked for its state has the state of all written, in one go.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

from bytewax.operators import StatefulBatchLogic

from rtm_flows.lanes.kept import Kept
from rtm_flows.lanes.store import StateStore
from rtm_flows.operators.housekeeping import Housekeeping

Message = TypeVar("Message", contravariant=True)
Told = TypeVar("Told", covariant=True)
M = TypeVar("M")
T = TypeVar("T")

_NOW = datetime.min.replace(tzinfo=UTC)


def _note_nothing() -> None:
    """Note nothing."""


class Step(Protocol[Message, Told]):
    """A step of the core."""

    def take(self, lane: int, message: Message) -> None:
        """Take in a message for a lane."""

    def run(self) -> Told | None:
        """Work on all that came in."""

    def save(self, lanes: Sequence[int], /) -> list[Kept]:
        """Return what has changed in each of some lanes since it was saved; it counts as kept."""

    def load(self, lane: int, head: bytes, parts: Sequence[bytes], /) -> None:
        """Restore a lane from its head and its parts, the newest first."""


class Arena(Generic[M, T]):
    """One core step for all lanes of each worker thread.

    Parameters
    ----------
    name
        Name of the step; part of the seal of its states.
    make
        Makes the core step.
    house
        What it shares with the other steps.
    ran
        Called after every pass.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[], Step[M, T]],
        house: Housekeeping,
        ran: Callable[[], None] | None = None,
    ) -> None:
        self.name = name
        self.store = house.store
        self.stages = house.stages
        self.failures = house.failures
        self.ran = ran or _note_nothing
        self._make = make
        self._local = threading.local()

    def logic(self, state: bytes | None) -> LaneLogic[M, T]:
        """Return the logic of one more lane of the calling worker: a builder for Bytewax."""
        return LaneLogic(self, state)

    def seat(self) -> Seat[M, T]:
        """Return what the calling worker thread shares between its lanes."""
        if not hasattr(self._local, "seat"):
            self._local.seat = Seat(self._make(), self)
        seat: Seat[M, T] = self._local.seat
        return seat


class Seat(Generic[M, T]):
    """The core step of one worker, and the lanes that wait for its next pass."""

    def __init__(self, step: Step[M, T], arena: Arena[M, T]) -> None:
        self.step = step
        self.waiting = False
        self._arena = arena
        self._awake: set[int] = set()
        """Lanes that were called since they were last saved."""
        self._rows: dict[int, bytes] = {}
        """Of lanes that were saved with another, until they are asked for them."""

    def wake(self, lane: int) -> None:
        """Note that a lane was called: its state may be another from now on."""
        self._awake.add(lane)
        self._rows.clear()

    def saved(self, lane: int, store: StateStore) -> bytes:
        """Return the row of a lane; with the first, all that are awake are saved."""
        if lane not in self._rows:
            lanes = sorted(self._awake | {lane})
            self._awake.clear()
            arena = self._arena
            with arena.failures.noted(), arena.stages.saving(arena.name, lanes, store):
                kept = self.step.save(lanes)
                self._rows = store.put_all(arena.name, dict(zip(lanes, kept, strict=True)))
        return self._rows.pop(lane)

    def run(self) -> list[T]:
        """Run the pass if anything waits."""
        if not self.waiting:
            return []
        self.waiting = False
        arena = self._arena
        with arena.failures.noted(), arena.stages.timed(arena.name):
            told = self.step.run()
        arena.ran()
        return [] if told is None else [told]


class LaneLogic(StatefulBatchLogic[tuple[int, M], T, bytes], Generic[M, T]):
    """The logic of one key: a lane that defers to its worker's seat."""

    def __init__(self, arena: Arena[M, T], state: bytes | None) -> None:
        self._arena = arena
        self._seat = arena.seat()
        self._lane = -1
        self._awake = False
        if state is not None and arena.store is not None:
            with arena.failures.noted():
                row = arena.store.open(state)
                self._lane = row.lane
                self._seat.step.load(row.lane, *arena.store.get(arena.name, row.lane, state))
            self._wake()

    def on_batch(self, values: list[tuple[int, M]]) -> tuple[list[T], bool]:
        """Take the lane's messages in; the pass comes with the notification."""
        for lane, message in values:
            self._lane = lane
            self._seat.step.take(lane, message)
        self._wake()
        return [], StatefulBatchLogic.RETAIN

    def notify_at(self) -> datetime | None:
        """Ask to be called as soon as all lanes had their messages."""
        return _NOW if self._awake else None

    def on_notify(self) -> tuple[list[T], bool]:
        """Run the pass, unless another lane has run it already."""
        self._awake = False
        self._seat.wake(self._lane)
        return self._seat.run(), StatefulBatchLogic.RETAIN

    def on_eof(self) -> tuple[list[T], bool]:
        """Run what still waits; the state stays, for a resume."""
        return self.on_notify()

    def snapshot(self) -> bytes:
        """Return the lane's state, sealed; nothing where no recovery is wanted."""
        store = self._arena.store
        return b"" if store is None else self._seat.saved(self._lane, store)

    def _wake(self) -> None:
        self._awake = True
        self._seat.waiting = True
        self._seat.wake(self._lane)
