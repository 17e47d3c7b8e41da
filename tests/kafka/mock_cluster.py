"""The mock cluster for tests: the broker that `rtm broker` runs.

In: nothing. Out: a running cluster with its bootstrap address, reachable from other processes.
Refuses to know what a test writes or reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rtm_flows.connectors.kafka.embedded import EmbeddedBroker


class MockKafka(EmbeddedBroker):
    """A mock cluster of one node, and what only tests ask of it."""


@contextmanager
def mock_kafka() -> Iterator[MockKafka]:
    """Run librdkafka's mock cluster."""
    cluster = MockKafka()
    try:
        yield cluster
    finally:
        cluster.close()
