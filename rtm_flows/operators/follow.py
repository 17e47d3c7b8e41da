"""The way in for a live input: one Bytewax source partition, which may have nothing for now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from rtm_flows.connectors.batches import Batch
from rtm_flows.connectors.live import LiveInput, LiveReader, Pause
from rtm_flows.lanes.entry import Entered, Entry
from rtm_flows.lanes.plan import Plan
from rtm_flows.metrics import LAST_ROUND, ROUND_RECORDS
from rtm_flows.operators.enter import STEP, restored, saved
from rtm_flows.operators.housekeeping import Housekeeping
from rtm_flows.operators.turns import AGAIN, Turns

PARTITION = 0
"""The one feed of a live job: all partitions of its topics, in rounds."""


class Feed(StatefulSourcePartition[Entered, bytes]):
    """The feed: takes a round, lets it in, and at the end says so once."""

    def __init__(self, source: Follow, state: bytes | None) -> None:
        self._source = source
        self._entry = Entry(source.plan, PARTITION, in_order=False)
        self._awake: datetime | None = None
        position = restored(self._entry, source.house.opened(STEP, PARTITION, state))
        self._reader: LiveReader = source.input.follow(position)

    def next_batch(self) -> Iterable[Entered]:
        """Return the next round, nothing, or the end; or stop where asked to."""
        house = self._source.house
        meters = house.stages.meters
        meters.turn()
        if self._entry.ended or house.stopping.is_set():
            raise StopIteration
        if self._source.turns.are_out:
            self._awake = _in(AGAIN)
            return []
        with house.failures.noted():
            batch = self._read()
        if isinstance(batch, Pause):
            self._awake = _in(batch.seconds)
            return []
        self._awake = None
        if batch is None:
            return [self._entry.end()]
        self._source.turns.read()
        house.seen(batch.records)
        meters.observe(ROUND_RECORDS, batch.records)
        if batch.records:
            meters.set(LAST_ROUND, meters.wall())
        with house.stages.timed(STEP):
            return [self._entry.take(batch)]

    def _read(self) -> Batch | Pause | None:
        """Read; a thousand looks a second that find nothing are no calls of a stage."""
        stages = self._source.house.stages
        began = stages.clock()
        batch = self._reader.next()
        stages.add("read", stages.clock() - began, observed=not isinstance(batch, Pause))
        return batch

    def next_awake(self) -> datetime | None:
        """Return when to ask again; None for at once."""
        return self._awake

    def snapshot(self) -> bytes:
        """Return where reading goes on, sealed; the reader learns that an epoch ends."""
        with self._source.house.failures.noted():
            self._reader.epoch()
        return self._source.house.sealed(
            STEP, PARTITION, lambda: saved(self._entry, self._reader.position())
        )

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
    house
        What it shares with the other steps; it is told the records of every round.
    """

    def __init__(self, source: LiveInput, plan: Plan, house: Housekeeping) -> None:
        self.input = source
        self.plan = plan
        self.house = house
        self.turns = Turns()
        """Told when a round is read, and to be told when it is decided."""

    def list_parts(self) -> list[str]:
        """Return the name of the one feed."""
        return [f"{PARTITION:04d}"]

    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> Feed:
        """Open it."""
        with self.house.failures.noted():
            return Feed(self, resume_state)


def _in(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)
