"""Run librdkafka's mock cluster, which speaks the real protocol, inside this process.

In: nothing. Out: a running cluster with its bootstrap address, reachable from other processes.
Refuses to know what a test writes or reads. The library is the one confluent-kafka ships.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import cimpl


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
