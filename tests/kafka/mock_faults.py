"""What may happen to a broker, done to the mock cluster."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

from tests.kafka.mock_cluster import MockKafka

_NODE = ctypes.c_int32(1)


@contextmanager
def away(broker: MockKafka) -> Iterator[None]:
    """Let the only node be away: connections drop, and nobody can connect."""
    _told(broker._library.rd_kafka_mock_broker_set_down(broker._cluster, _NODE))
    try:
        yield
    finally:
        _told(broker._library.rd_kafka_mock_broker_set_up(broker._cluster, _NODE))


def forget(broker: MockKafka, topic: str, partition: int, before: int) -> None:
    """Delete the records of a partition before an offset, as retention does."""
    delete = broker._library.rd_kafka_mock_partition_delete_records
    _told(
        delete(broker._cluster, topic.encode(), ctypes.c_int32(partition), ctypes.c_int64(before))
    )


def _told(error: int) -> None:
    if error:
        msg = f"the mock cluster must do as it is told; got librdkafka error {error}"
        raise RuntimeError(msg)
