"""The mock cluster for tests: the broker that `rtm broker` runs.

In: nothing. Out: a running cluster with its bootstrap address, reachable from other processes.
Refuses to know what a test writes or reads.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

from rtm_flows.connectors.kafka.embedded import EmbeddedBroker

_PRODUCE = 0
"""Number of the request to produce in Kafka's protocol."""


class MockKafka(EmbeddedBroker):
    """A mock cluster of one node, and what only tests ask of it."""

    def refuse_produce(self, *errors: int) -> None:
        """Answer the next requests to produce with these errors, one each."""
        codes = (ctypes.c_int * len(errors))(*errors)
        push = self._library.rd_kafka_mock_push_request_errors_array
        push.restype = None
        push(self._cluster, ctypes.c_int16(_PRODUCE), ctypes.c_size_t(len(errors)), codes)

    def delay_produce(self, *milliseconds: int) -> None:
        """Answer the next requests to produce late, one by each of these times."""
        push = self._library.rd_kafka_mock_broker_push_request_error_rtts
        for one in milliseconds:
            error: int = push(
                self._cluster,
                ctypes.c_int32(1),
                ctypes.c_int16(_PRODUCE),
                ctypes.c_size_t(1),
                ctypes.c_int(0),
                ctypes.c_int(one),
            )
            if error:
                msg = f"mock cluster: requests must be delayed, got librdkafka error {error}"
                raise RuntimeError(msg)

    def answer_produce(self) -> None:
        """Answer requests to produce as usual again."""
        clear = self._library.rd_kafka_mock_clear_request_errors
        clear.restype = None
        clear(self._cluster, ctypes.c_int16(_PRODUCE))

    def delay(self, milliseconds: int) -> None:
        """Answer everybody so much later, until another time is set."""
        error: int = self._library.rd_kafka_mock_broker_set_rtt(
            self._cluster, ctypes.c_int32(1), ctypes.c_int(milliseconds)
        )
        if error:
            msg = f"mock cluster: answers must be delayed, got librdkafka error {error}"
            raise RuntimeError(msg)

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        """Delete the records of a partition before an offset, as retention does."""
        delete = self._library.rd_kafka_mock_partition_delete_records
        error: int = delete(
            self._cluster, topic.encode(), ctypes.c_int32(partition), ctypes.c_int64(before)
        )
        if error:
            msg = f"mock topic {topic}: records must be deleted, got librdkafka error {error}"
            raise RuntimeError(msg)

    def down(self) -> None:
        """Let the node answer nobody, as if its machine were cut off; what it holds stays."""
        self._broker("rd_kafka_mock_broker_set_down")

    def up(self) -> None:
        """Let the node answer again."""
        self._broker("rd_kafka_mock_broker_set_up")

    @contextmanager
    def away(self) -> Iterator[None]:
        """Let the node be away for a while: connections drop, and nobody can connect."""
        self.down()
        try:
            yield
        finally:
            self.up()

    def _broker(self, function: str) -> None:
        error: int = self._library[function](self._cluster, ctypes.c_int32(1))
        if error:
            msg = f"mock cluster: {function} must work, got librdkafka error {error}"
            raise RuntimeError(msg)


@contextmanager
def mock_kafka() -> Iterator[MockKafka]:
    """Run librdkafka's mock cluster."""
    cluster = MockKafka()
    try:
        yield cluster
    finally:
        cluster.close()
