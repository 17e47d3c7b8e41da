"""The way in for a live input: one Bytewax source partition, which may have nothing for now."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import msgspec
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from rtm_flows.connectors.batches import Batch
from rtm_flows.connectors.live import LiveInput, LiveReader, Pause
from rtm_flows.lanes.entry import Entered, Entry
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.store import StateStore
from rtm_flows.metrics import LAST_ROUND, ROUND_RECORDS
from rtm_flows.operators.enter import STEP
from rtm_flows.operators.failures import Failures
from rtm_flows.operators.stages import Stages
from rtm_flows.operators.turns import AGAIN, Turns

PARTITION = 0
"""The one feed of a live job: all partitions of its topics, in rounds."""


class _Saved(msgspec.Struct, array_like=True):
    position: bytes
    entry: bytes


class Feed(StatefulSourcePartition[Entered, bytes]):
    """The feed: takes a round, lets it in, and at the end says so once."""

    def __init__(self, source: Follow, state: bytes | None) -> None:
        self._source = source
        self._entry = Entry(source.plan, PARTITION, in_order=False)
        self._awake: datetime | None = None
        position: bytes | None = None
        if state is not None and source.store is not None:
            saved = msgspec.msgpack.decode(
                source.store.get_whole(STEP, PARTITION, state), type=_Saved
            )
            self._entry.load(saved.entry)
            position = saved.position
        self._reader: LiveReader = source.input.follow(position)

    def next_batch(self) -> Iterable[Entered]:
        """Return the next round, nothing, or the end; or stop where asked to."""
        meters = self._source.stages.meters
        meters.turn()
        if self._entry.ended or self._source.stopping.is_set():
            raise StopIteration
        if self._source.turns.are_out:
            self._awake = _in(AGAIN)
            return []
        with self._source.failures.noted():
            batch = self._read()
        if isinstance(batch, Pause):
            self._awake = _in(batch.seconds)
            return []
        self._awake = None
        if batch is None:
            return [self._entry.end()]
        self._source.turns.read()
        self._source.seen(batch.records)
        meters.observe(ROUND_RECORDS, batch.records)
        if batch.records:
            meters.set(LAST_ROUND, meters.wall())
        with self._source.stages.timed(STEP):
            return [self._entry.take(batch)]

    def _read(self) -> Batch | Pause | None:
        """Read; a thousand looks a second that find nothing are no calls of a stage."""
        stages = self._source.stages
        began = stages.clock()
        batch = self._reader.next()
        stages.add("read", stages.clock() - began, observed=not isinstance(batch, Pause))
        return batch

    def next_awake(self) -> datetime | None:
        """Return when to ask again; None for at once."""
        return self._awake

    def snapshot(self) -> bytes:
        """Return where reading goes on, sealed; the reader learns that an epoch ends."""
        with self._source.failures.noted():
            self._reader.epoch()
        store = self._source.store
        if store is None:
            return b""
        saved = _Saved(self._reader.position(), self._entry.save())
        return store.put_whole(STEP, PARTITION, msgspec.msgpack.encode(saved))

    def close(self) -> None:
        """Let go of what is open."""
        self._reader.close()


class Follow(FixedPartitionedSource[Entered, bytes]):
    """A live input.

    Parameters
    ----------
    source
        The input.
    plan
        The job's constants.
    store
        Seals positions; None where nothing is to be recovered.
    stopping
        When set, reading stops where it is, and keeps its state.
    seen
        Called with the number of records of every round.
    failures
        Where errors are noted.
    stages
        Told how long reading takes.
    """

    def __init__(
        self,
        source: LiveInput,
        plan: Plan,
        *,
        store: StateStore | None = None,
        stopping: threading.Event | None = None,
        seen: Callable[[int], None] | None = None,
        failures: Failures | None = None,
        stages: Stages | None = None,
    ) -> None:
        self.input = source
        self.plan = plan
        self.store = store
        self.stopping = stopping or threading.Event()
        self.seen = seen or _ignore
        self.failures = failures or Failures()
        self.stages = stages or Stages()
        self.turns = Turns()
        """Told when a round is read, and to be told when it is decided."""

    def list_parts(self) -> list[str]:
        """Return the name of the one feed."""
        return [f"{PARTITION:04d}"]

    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> Feed:
        """Open it."""
        with self.failures.noted():
            return Feed(self, resume_state)


def _in(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def _ignore(_: int) -> None:
    """Take note of nothing."""
