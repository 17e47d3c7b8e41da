"""A broker inside this process: the mock cluster that librdkafka has, which confluent-kafka ships.

In: names of topics. Out: a broker on loopback that speaks the real protocol, also to other
processes. It is for trying things out: what it holds is gone with the process, and it keeps about
5 MB of a partition. It refuses to know what is written to it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import KafkaError, cimpl

from rtm_flows.errors import BrokerError

KEPT = 5 << 20
"""Bytes that it keeps of a partition, as they were sent: what is older is gone."""


class EmbeddedBroker:
    """A cluster of one node.

    Attributes
    ----------
    bootstrap
        Its address: host and port, as `bootstrap.servers` wants it.

    Examples
    --------
    >>> with embedded_broker() as broker:
    ...     broker.create_topic("events", 4)
    ...     broker.bootstrap.startswith("127.0.0.1:")
    True
    """

    def __init__(self) -> None:
        # The handle of the extension also finds the symbols of the librdkafka it is linked to.
        self._library = ctypes.CDLL(cimpl.__file__)
        settings = self._pointer("rd_kafka_conf_new")
        # A warning would tell the user that this client has no broker: it needs none.
        self._library.rd_kafka_conf_set(settings, b"log_level", b"3", None, ctypes.c_size_t())
        self._client = self._pointer(
            "rd_kafka_new", ctypes.c_int(0), settings, None, ctypes.c_size_t()
        )
        self._cluster = self._pointer("rd_kafka_mock_cluster_new", self._client, ctypes.c_int(1))
        self._library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
        address: bytes = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster)
        self.bootstrap = address.decode()

    def create_topic(self, name: str, partitions: int) -> None:
        """Make a topic with one replica; it can be used on return.

        An admin client cannot: topics are made through the library itself.

        Raises
        ------
        BrokerError
            If it cannot be made, or is there already.
        """
        create = self._library.rd_kafka_mock_topic_create
        error: int = create(self._cluster, name.encode(), ctypes.c_int(partitions), ctypes.c_int(1))
        if error:
            msg = f"the topic {name} cannot be made: {KafkaError(error).str()}"
            raise BrokerError(msg)

    def close(self) -> None:
        """End the cluster; every connection to it drops, and all that it holds is gone."""
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._client)

    def _pointer(self, function: str, *arguments: object) -> ctypes.c_void_p:
        call = self._library[function]
        call.restype = ctypes.c_void_p  # the default, int, would cut a pointer in half
        address: int | None = call(*arguments)
        if address is None:
            msg = f"the embedded broker cannot start: {function} gave no handle; is memory left?"
            raise BrokerError(msg)
        return ctypes.c_void_p(address)


@contextmanager
def embedded_broker() -> Iterator[EmbeddedBroker]:
    """Run a broker in this process."""
    broker = EmbeddedBroker()
    try:
        yield broker
    finally:
        broker.close()
