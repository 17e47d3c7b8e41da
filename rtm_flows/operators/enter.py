"""The way in: partitions of an input as a Bytewax source."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from rtm_flows.connectors.batches import Input, PartitionReader
from rtm_flows.lanes.entry import Entered, Entry
from rtm_flows.lanes.plan import Plan
from rtm_flows.metrics import LAST_ROUND, PARTITIONS_ASSIGNED
from rtm_flows.operators.housekeeping import Housekeeping
from rtm_flows.operators.pace import AGAIN, Pace

STEP = "enter"


class _Saved(msgspec.Struct, array_like=True):
    position: bytes
    entry: bytes


def saved(entry: Entry, position: bytes) -> bytes:
    """Return where an entry goes on, and where reading does."""
    return msgspec.msgpack.encode(_Saved(position, entry.save()))


def restored(entry: Entry, state: bytes | None) -> bytes | None:
    """Let an entry go on from what was saved; return where reading does, None at the beginning."""
    if state is None:
        return None
    told = msgspec.msgpack.decode(state, type=_Saved)
    entry.load(told.entry)
    return told.position


class Partition(StatefulSourcePartition[Entered, bytes]):
    """One partition: reads a batch, lets it in, and at the end says so once."""

    def __init__(self, source: Enter, number: int, state: bytes | None) -> None:
        self._source = source
        self._number = number
        self._entry = Entry(source.plan, number, in_order=source.input.sorted)
        position = restored(self._entry, source.house.opened(STEP, number, state))
        self._reader: PartitionReader = source.input.open(number, position)
        self._runner = (source.pace or Pace(patience=0.0)).runner()
        self._awake: datetime | None = None
        source.house.stages.meters.count(PARTITIONS_ASSIGNED, 1)

    def next_batch(self) -> Iterable[Entered]:
        """Return the next batch, or the end, or stop where asked to."""
        house = self._source.house
        meters = house.stages.meters
        meters.turn()
        if self._entry.ended or house.stopping.is_set():
            raise StopIteration
        if self._runner.is_ahead():
            self._awake = datetime.now(UTC) + AGAIN
            return []
        self._awake = None
        with house.failures.noted(), house.stages.timed("read"):
            batch = self._reader.next()
        if batch is None:
            return [self._entry.end()]
        house.seen(batch.bytes_read)
        meters.set(LAST_ROUND, meters.wall())
        with house.stages.timed(STEP):
            entered = [self._entry.take(batch)]
        self._runner.told(self._entry.round)
        return entered

    def next_awake(self) -> datetime | None:
        """Return when to ask again; None for at once."""
        return self._awake

    def snapshot(self) -> bytes:
        """Return where reading goes on, sealed."""
        return self._source.house.sealed(
            STEP, self._number, lambda: saved(self._entry, self._reader.position())
        )

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
    house
        What it shares with the other steps; it is told the bytes of every batch.
    pace
        Holds partitions back that are too far ahead; None where nothing does.
    """

    def __init__(
        self, source: Input, plan: Plan, house: Housekeeping, pace: Pace | None = None
    ) -> None:
        self.input = source
        self.plan = plan
        self.house = house
        self.pace = pace

    def list_parts(self) -> list[str]:
        """Return the names of the partitions."""
        return [f"{number:04d}" for number in range(self.input.partitions)]

    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> Partition:
        """Open one partition."""
        with self.house.failures.noted():
            return Partition(self, int(for_part), resume_state)
