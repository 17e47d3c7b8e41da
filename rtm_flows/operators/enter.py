"""The way in: partitions of an input as a Bytewax source."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import msgspec
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from rtm_flows.connectors.batches import Input, PartitionReader
from rtm_flows.lanes.entry import Entered, Entry
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.store import StateStore
from rtm_flows.metrics import LAST_ROUND, PARTITIONS_ASSIGNED
from rtm_flows.operators.failures import Failures
from rtm_flows.operators.pace import AGAIN, Pace
from rtm_flows.operators.stages import Stages

STEP = "enter"


class _Saved(msgspec.Struct, array_like=True):
    position: bytes
    entry: bytes


class Partition(StatefulSourcePartition[Entered, bytes]):
    """One partition: reads a batch, lets it in, and at the end says so once."""

    def __init__(self, source: Enter, number: int, state: bytes | None) -> None:
        self._source = source
        self._number = number
        self._entry = Entry(source.plan, number, in_order=source.input.sorted)
        position: bytes | None = None
        if state is not None and source.store is not None:
            saved = msgspec.msgpack.decode(source.store.get_whole(STEP, number, state), type=_Saved)
            self._entry.load(saved.entry)
            position = saved.position
        self._reader: PartitionReader = source.input.open(number, position)
        self._runner = (source.pace or Pace(patience=0.0)).runner()
        self._awake: datetime | None = None
        source.stages.meters.count(PARTITIONS_ASSIGNED, 1)

    def next_batch(self) -> Iterable[Entered]:
        """Return the next batch, or the end, or stop where asked to."""
        meters = self._source.stages.meters
        meters.turn()
        if self._entry.ended or self._source.stopping.is_set():
            raise StopIteration
        if self._runner.is_ahead():
            self._awake = datetime.now(UTC) + AGAIN
            return []
        self._awake = None
        with self._source.failures.noted(), self._source.stages.timed("read"):
            batch = self._reader.next()
        if batch is None:
            return [self._entry.end()]
        self._source.seen(batch.bytes_read)
        meters.set(LAST_ROUND, meters.wall())
        with self._source.stages.timed(STEP):
            entered = [self._entry.take(batch)]
        self._runner.told(self._entry.round)
        return entered

    def next_awake(self) -> datetime | None:
        """Return when to ask again; None for at once."""
        return self._awake

    def snapshot(self) -> bytes:
        """Return where reading goes on, sealed."""
        store = self._source.store
        if store is None:
            return b""
        saved = _Saved(self._reader.position(), self._entry.save())
        return store.put_whole(STEP, self._number, msgspec.msgpack.encode(saved))

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()


class Enter(FixedPartitionedSource[Entered, bytes]):
    """All partitions of an input.

    Parameters
    ----------
    source
        The input.
    plan
        The job's constants.
    store
        Seals positions; None where nothing is to be recovered.
    stopping
        When set, every partition stops where it is, and keeps its state.
    seen
        Called with the number of bytes of every batch.
    failures
        Where errors are noted.
    stages
        Told how long reading takes.
    pace
        Holds partitions back that are too far ahead; None where nothing does.
    """

    def __init__(
        self,
        source: Input,
        plan: Plan,
        *,
        store: StateStore | None = None,
        stopping: threading.Event | None = None,
        seen: Callable[[int], None] | None = None,
        failures: Failures | None = None,
        stages: Stages | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.input = source
        self.plan = plan
        self.store = store
        self.stopping = stopping or threading.Event()
        self.seen = seen or _ignore
        self.failures = failures or Failures()
        self.stages = stages or Stages()
        self.pace = pace

    def list_parts(self) -> list[str]:
        """Return the names of the partitions."""
        return [f"{number:04d}" for number in range(self.input.partitions)]

    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> Partition:
        """Open one partition."""
        with self.failures.noted():
            return Partition(self, int(for_part), resume_state)


def _ignore(_: int) -> None:
    """Take note of nothing."""
