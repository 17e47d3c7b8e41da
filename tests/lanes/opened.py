"""A stream opened once, for any number of plays: its job settled, its lines parsed.

In: a job and the lines of its partitions. Out: the plan, and batches that no play may change.
"""

from __future__ import annotations

from collections.abc import Iterator

from rtm_flows.config import Job
from rtm_flows.lanes.entry import Entered, Entry
from rtm_flows.lanes.plan import Plan
from tests.lanes.streams import LineBatch, Partitions, Stream, parser_of


class Opened:
    """What all plays of a stream have in common.

    Parameters
    ----------
    job
        The job as the core reads it.
    partitions
        The lines of each batch of each partition.
    """

    def __init__(self, job: Job, partitions: Partitions) -> None:
        self.job = job
        self.partitions = partitions
        self.plan = Plan.of(job, len(partitions))
        self._parser = parser_of(job)
        self._parsed: dict[tuple[int, int], LineBatch] = {}

    @classmethod
    def of(cls, stream: Stream) -> Opened:
        """Open a stream."""
        return cls(stream.job, stream.partitions)

    def batch(self, partition: int, number: int) -> LineBatch:
        """Return a batch, parsed when it is first asked for."""
        key = partition, number
        if key not in self._parsed:
            batches = self.partitions[partition]
            before = sum(map(len, batches[:number]))
            found = LineBatch(self._parser, batches[number], str(partition), before)
            for column in found.table.columns.values():
                column.flags.writeable = False  # what one play changed, another would read
            self._parsed[key] = found
        return self._parsed[key]

    def entered(self) -> Iterator[Entered]:
        """Yield what enters, partition by partition to the end of each."""
        for number, batches in enumerate(self.partitions):
            entry = Entry(self.plan, number, in_order=False)
            for at in range(len(batches)):
                yield entry.take(self.batch(number, at))
            yield entry.end()
