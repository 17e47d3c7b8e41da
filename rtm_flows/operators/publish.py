"""The way out into topics: a Bytewax sink partition for every partition of all output topics.

In: records, keyed by the number of their partition. Out: records in topics, each once.
"""

from __future__ import annotations

from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition

from rtm_flows.config.kafka import Kafka
from rtm_flows.connectors.kafka.producer import RecordProducer
from rtm_flows.connectors.kafka.read_back import log_reader
from rtm_flows.connectors.kafka.written import Outputs, WrittenPartition
from rtm_flows.errors import BrokerError
from rtm_flows.lanes.published import Published
from rtm_flows.operators.housekeeping import Housekeeping

STEP = "publish"


def key_of(number: int) -> str:
    """Return the key of a partition."""
    return f"{number:04d}"


class PublishPartition(StatefulSinkPartition[Published, bytes]):
    """The writer of one partition of all output topics."""

    def __init__(self, sink: Publish, number: int, state: bytes | None) -> None:
        self._sink = sink
        self._number = number
        saved = sink.house.opened(STEP, number, state)
        meters = sink.house.stages.meters
        with log_reader(sink.broker, sink.group) as reader:
            self.written = WrittenPartition(
                sink.outputs, number, sink.producer, reader, saved, meters
            )

    def write_batch(self, items: list[Published]) -> None:
        """Send."""
        house = self._sink.house
        with house.failures.noted(), house.stages.timed(STEP):
            self.written.write(items)

    def snapshot(self) -> bytes:
        """Return the state, sealed, when all is reported as written."""
        house = self._sink.house
        with house.failures.noted(), house.stages.timed(STEP):
            state = self.written.save()
        return house.sealed(STEP, self._number, lambda: state)


class Publish(FixedPartitionedSink[Published, bytes]):
    """All output topics of a job.

    Parameters
    ----------
    broker
        Where they are.
    group
        Name under which is read back.
    outputs
        What is written where.
    house
        What it shares with the other steps.
    """

    def __init__(self, broker: Kafka, group: str, outputs: Outputs, house: Housekeeping) -> None:
        self.broker = broker
        self.group = group
        self.outputs = outputs
        self.house = house
        self._producer: RecordProducer | None = None
        self._parts: dict[int, PublishPartition] = {}

    @property
    def producer(self) -> RecordProducer:
        """The one producer of this process."""
        if self._producer is None:
            self._producer = RecordProducer(self.broker)
        return self._producer

    def list_parts(self) -> list[str]:
        """Return the names of the partitions."""
        return [key_of(number) for number in range(self.broker.written.partitions)]

    def part_fn(self, item_key: str) -> int:
        """Return the place of a partition among all."""
        return int(item_key)

    def build_part(
        self, step_id: str, for_part: str, resume_state: bytes | None
    ) -> PublishPartition:
        """Open one partition, and read back what it holds since the snapshot."""
        number = int(for_part)
        with self.house.failures.noted():
            self._parts[number] = PublishPartition(self, number, resume_state)
        return self._parts[number]

    def settle(self, *, stopped: bool) -> None:
        """Return when all that this process has told is written.

        Parameters
        ----------
        stopped
            Whether the flow was told to stop, so that more may follow.

        Raises
        ------
        BrokerError
            If something is not written; or if, at the end of all input, something is there that
            this job never told.
        """
        if self._producer is not None:
            self._producer.flush()
        for part in self._parts.values():
            part.written.count()
        awaited = sum(part.written.awaited for part in self._parts.values())
        if awaited and not stopped:
            msg = (
                f"{awaited} records are in the output topics that this job has not told again: the "
                "job's input, its configuration or the program were changed since they were "
                "written. Go back to what they were, or start anew on other topics"
            )
            raise BrokerError(msg)
