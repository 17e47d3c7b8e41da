"""Run librdkafka's mock cluster, which speaks the real protocol, inside this process.

In: nothing. Out: a running cluster with its bootstrap address, reachable from other processes.
Refuses to know what a test writes or reads. The library is the one confluent-kafka ships.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import cimpl

_PRODUCE = 0
"""Number of the request to produce in Kafka's protocol."""


class MockKafka:
    """A mock cluster of one node.

    Topics cannot be made by an admin client, so they are made through the library itself.
    """

    def __init__(self) -> None:
        # The handle of the extension also finds the symbols of the librdkafka it is linked to.
        self._library = ctypes.CDLL(cimpl.__file__)
        self._client = self._pointer("rd_kafka_new", ctypes.c_int(0), None, None, ctypes.c_size_t())
        self._cluster = self._pointer("rd_kafka_mock_cluster_new", self._client, ctypes.c_int(1))
        self._library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
        address: bytes = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster)
        self.bootstrap = address.decode()

    def create_topic(self, name: str, partitions: int) -> None:
        """Create a topic with one replica; return when it can be used."""
        create = self._library.rd_kafka_mock_topic_create
        error: int = create(self._cluster, name.encode(), ctypes.c_int(partitions), ctypes.c_int(1))
        if error:
            msg = f"mock topic {name}: must be created, got librdkafka error {error}"
            raise RuntimeError(msg)

    def refuse_produce(self, *errors: int) -> None:
        """Answer the next requests to produce with these errors, one each."""
        codes = (ctypes.c_int * len(errors))(*errors)
        push = self._library.rd_kafka_mock_push_request_errors_array
        push.restype = None
        push(self._cluster, ctypes.c_int16(_PRODUCE), ctypes.c_size_t(len(errors)), codes)

    def down(self) -> None:
        """Let the node answer nobody, as if its machine were cut off; what it holds stays."""
        self._broker("rd_kafka_mock_broker_set_down")

    def up(self) -> None:
        """Let the node answer again."""
        self._broker("rd_kafka_mock_broker_set_up")

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        """Delete the records of a partition before an offset, as retention does."""
        delete = self._library.rd_kafka_mock_partition_delete_records
        error: int = delete(
            self._cluster, topic.encode(), ctypes.c_int32(partition), ctypes.c_int64(before)
        )
        if error:
            msg = f"mock topic {topic}: records must be deleted, got librdkafka error {error}"
            raise RuntimeError(msg)

    def _broker(self, function: str) -> None:
        error: int = self._library[function](self._cluster, ctypes.c_int32(1))
        if error:
            msg = f"mock cluster: {function} must work, got librdkafka error {error}"
            raise RuntimeError(msg)

    def close(self) -> None:
        """End the cluster; every connection to it drops."""
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._client)

    def _pointer(self, function: str, *arguments: object) -> ctypes.c_void_p:
        call = self._library[function]
        call.restype = ctypes.c_void_p  # the default, int, would cut a pointer in half
        address: int | None = call(*arguments)
        if address is None:
            msg = f"mock cluster: {function} must return a handle, got none"
            raise RuntimeError(msg)
        return ctypes.c_void_p(address)


@contextmanager
def mock_kafka() -> Iterator[MockKafka]:
    """Run librdkafka's mock cluster."""
    cluster = MockKafka()
    try:
        yield cluster
    finally:
        cluster.close()
