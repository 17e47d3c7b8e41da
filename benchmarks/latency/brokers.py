"""The brokers between which latency is measured, each with what fits it.

In: which broker. Out: one that runs, for as long as it is wanted.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.kafka.broker import Broker, RealKafka, real_kafka
from tests.kafka.mock_cluster import mock_kafka

JVM = ["-Xms1g", "-Xmx1g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"]
"""Memory and collector as Kafka's own start script sets them; tests run a smaller machine."""


class Kind(NamedTuple):
    """What the parties do for the sake of a broker."""

    fetch_wait_ms: int
    """How long the broker may wait for records before it answers that there are none."""
    linger_ms: int
    """How long the load lets a record wait for others."""


KINDS = {
    # As clients do by default: a broker that is asked all the time for nothing has no time left.
    "real": Kind(fetch_wait_ms=500, linger_ms=5),
    # The mock cluster answers a fetch when the time is up, not when there is something; and what is
    # measured there begins when the load hands a record to its client.
    "mock": Kind(fetch_wait_ms=5, linger_ms=1),
}


@contextmanager
def running(kind: str, folder: Path) -> Iterator[Broker]:
    """Run a broker with its data in a folder, which is made."""
    folder.mkdir()
    with real_kafka(folder, JVM) if kind == "real" else mock_kafka() as broker:
        yield broker


def process_of(broker: Broker) -> int:
    """Return the number of the process that a broker runs in: the mock cluster's is this one."""
    return broker.process if isinstance(broker, RealKafka) else os.getpid()
