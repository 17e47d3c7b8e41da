"""The way in for a stream of somebody else's: records by partition as a keyed Bytewax step.

In: records under the name of their partition. Out: what enters the lanes. It refuses to know the
source.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.operators import StatefulBatchLogic

from rtm_flows.config import Job
from rtm_flows.connectors.inputs import parser_of
from rtm_flows.connectors.record_batches import Record, RecordBatches
from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.entry import Entered, Entry
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.store import StateStore

STEP = "receive"


Named = tuple[str, Sequence[Record]]
"""Records with the name of their partition: a step is not told the key that it has."""


class Received(NamedTuple):
    """What all partitions of a stream share."""

    job: Job
    plan: Plan
    partitions: tuple[str, ...]
    store: StateStore | None
    final: bool


class _Saved(msgspec.Struct, array_like=True):
    digest: str
    taken: int
    entry: bytes


class _Partition:
    """One partition: its records become batches, and these enter."""

    def __init__(self, shared: Received, number: int) -> None:
        job, name = shared.job, shared.partitions[number]
        self.number = number
        self.batches = RecordBatches(name, parser_of(job), job.input.max_record_bytes)
        self.entry = Entry(shared.plan, number, in_order=False)

    def take(self, records: Sequence[Record]) -> Entered:
        """Let records in."""
        if self.entry.ended:
            msg = (
                "this stream came to its end before, and all that was open was closed then; begin "
                "with an empty recovery folder, or say `final=False` where more will follow"
            )
            raise RecoveryError(msg)
        return self.entry.take(self.batches.take(records))


class ReceiveLogic(StatefulBatchLogic[Named, Entered, bytes]):
    """One partition: lets its records in, and tells its end when the stream ends."""

    def __init__(self, shared: Received, state: bytes | None) -> None:
        self._shared = shared
        self._partition = None if state is None else self._resumed(state)

    def on_batch(self, values: list[Named]) -> tuple[list[Entered], bool]:
        """Let the records in, each list as a batch of its own."""
        partition = self._partition = self._partition or self._opened(values[0][0])
        taken = [partition.take(records) for _, records in values if records]
        return taken, StatefulBatchLogic.RETAIN

    def on_eof(self) -> tuple[list[Entered], bool]:
        """Tell the end, once, if it is one."""
        if self._partition is None or self._partition.entry.ended or not self._shared.final:
            return [], StatefulBatchLogic.RETAIN
        return [self._partition.entry.end()], StatefulBatchLogic.RETAIN

    def snapshot(self) -> bytes:
        """Return how far the partition has come, sealed."""
        store, partition = self._shared.store, self._partition
        if store is None or partition is None:
            return b""
        digest, taken = self._shared.plan.digest, partition.batches.taken
        saved = _Saved(digest, taken, partition.entry.save())
        return store.put_whole(STEP, partition.number, msgspec.msgpack.encode(saved))

    def _opened(self, name: str) -> _Partition:
        if name not in self._shared.partitions:
            known = ", ".join(self._shared.partitions)
            msg = f"records came under the key {name!r}, which is no partition; there are: {known}"
            raise ValueError(msg)
        return _Partition(self._shared, self._shared.partitions.index(name))

    def _resumed(self, state: bytes) -> _Partition:
        store, digest = self._shared.store, self._shared.plan.digest
        if store is None or not state:
            msg = "this flow is resumed, but its states were not kept: say `recoverable=True`"
            raise RecoveryError(msg)
        number = store.open(state).lane
        saved = msgspec.msgpack.decode(store.get_whole(STEP, number, state), type=_Saved)
        if saved.digest != digest:
            msg = (
                f"this flow is resumed with another configuration: its digest was {saved.digest} "
                f"and is now {digest}. Use the job as it was, or an empty recovery folder"
            )
            raise RecoveryError(msg)
        partition = _Partition(self._shared, number)
        partition.batches.taken = saved.taken
        partition.entry.load(saved.entry)
        return partition


class Begin(FixedPartitionedSource[tuple[str, Sequence[Record]], None]):
    """Names every partition once: one that never has records must end like all others."""

    def __init__(self, partitions: Sequence[str]) -> None:
        self._partitions = list(partitions)

    def list_parts(self) -> list[str]:
        """Return the names of the partitions."""
        return self._partitions

    def build_part(self, step_id: str, for_part: str, resume_state: None) -> _Name:
        """Return what names one."""
        return _Name(for_part)


class _Name(StatefulSourcePartition[tuple[str, Sequence[Record]], None]):
    def __init__(self, name: str) -> None:
        self._waiting = [(name, list[Record]())]

    def next_batch(self) -> list[tuple[str, list[Record]]]:
        """Return the name, then end."""
        if not self._waiting:
            raise StopIteration
        return [self._waiting.pop()]

    def snapshot(self) -> None:
        """Keep nothing: naming it again changes nothing."""
