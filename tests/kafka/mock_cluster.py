"""The mock cluster for tests: the broker that `rtm broker` runs.

In: nothing. Out: a running cluster with its bootstrap address, reachable from other processes.
Refuses to know what a test writes or reads.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import KafkaError

from rtm_flows.connectors.kafka.embedded import EmbeddedBroker


class MockKafka(EmbeddedBroker):
    """A mock cluster of one node, and what only tests ask of it."""

    def refuse_writes(self, times: int) -> None:
        """Refuse the next produce requests, for a reason that no retry mends."""
        reason = ctypes.c_int(KafkaError.TOPIC_AUTHORIZATION_FAILED)
        push = self._library.rd_kafka_mock_push_request_errors
        push(self._cluster, ctypes.c_int16(0), ctypes.c_size_t(times), *[reason] * times)


@contextmanager
def mock_kafka() -> Iterator[MockKafka]:
    """Run librdkafka's mock cluster."""
    cluster = MockKafka()
    try:
        yield cluster
    finally:
        cluster.close()
