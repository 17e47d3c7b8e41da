"""The way out of a run into topics: these are looked at, and leased, before the first record."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from rtm_flows.config import Job
from rtm_flows.connectors.kafka.begun import begin
from rtm_flows.connectors.kafka.leasing import leased
from rtm_flows.connectors.kafka.names import Begun, broker_of, topic_of
from rtm_flows.connectors.kafka.topics import Topics, check, written


class ToTopics:
    """Topics of the job's broker.

    Parameters
    ----------
    job
        The job.
    append
        Whether the topics may hold records already.
    """

    def __init__(self, job: Job, *, append: bool) -> None:
        self.to: Begun = {}
        self._job = job
        self._append = append
        rule = broker_of(job).written
        self.name = f"topics {topic_of(job, '*')} of {rule.partitions} partitions"
        self.name += " with deliveries by channel" * rule.channels

    def alone(self, folder: Path | None) -> AbstractContextManager[None]:
        """Hold the lease of the job, where it wants one."""
        return leased(self._job, folder, _ended_at_once)

    def begin(self) -> Begun:
        """Look where the topics end, or refuse them."""
        check(self._job, Topics(broker_of(self._job)))
        self.to = begin(self._job, append=self._append)
        return self.to

    def resume(self, begun: Begun) -> None:
        """Take over where the topics ended when the run began."""
        check(self._job, Topics(broker_of(self._job)))
        self.to = begun

    def work(self) -> Iterator[Path]:
        """Yield a folder that is gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="rtm-") as folder:
            yield Path(folder)

    def is_complete(self, *, stopped: bool) -> bool:
        """Tell whether the flow came to its end: all is written then, or it would have failed."""
        return not stopped

    def show(self, job: Job) -> None:
        """Name the topics."""
        sys.stdout.write(f"written to {', '.join(sorted(written(job).values()))}\n")


def _ended_at_once(why: str) -> None:
    """End this process as kill -9 does: whatever it still did would be done twice."""
    sys.stderr.write(f"rtm: {why}\n")
    sys.stderr.flush()
    os._exit(1)
