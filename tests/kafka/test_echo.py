"""The contract that both brokers keep: what is written is read back once, in order per key."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pytest
from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition

from tests.kafka.broker import Broker

pytestmark = pytest.mark.kafka

PARTITIONS = 4
RECORDS = 10_000
KEYS = 97
SECONDS = 30.0


class Record(NamedTuple):
    """What must survive the way through a topic."""

    key: bytes
    value: bytes
    headers: tuple[tuple[str, str | bytes | None], ...]


def test_echo_loses_nothing_repeats_nothing_and_keeps_order_per_key(broker: Broker) -> None:
    """An echo of 10,000 records holds the same records, in the same order within each key."""
    sent = [
        Record(b"person-%d" % (number % KEYS), b"%d" % number, (("number", b"%d" % number),))
        for number in range(RECORDS)
    ]
    for topic in ("echo-in", "echo-out"):
        broker.create_topic(topic, PARTITIONS)

    write(broker, "echo-in", sent)
    write(broker, "echo-out", read(broker, "echo-in"))
    echoed = list(read(broker, "echo-out"))

    assert len(echoed) == len(set(echoed)) == RECORDS
    assert by_key(echoed) == by_key(sent)


def by_key(records: Iterable[Record]) -> dict[bytes, list[Record]]:
    """Group records by key, keeping their order."""
    groups: defaultdict[bytes, list[Record]] = defaultdict(list)
    for record in records:
        groups[record.key].append(record)
    return groups


def write(broker: Broker, topic: str, records: Iterable[Record]) -> None:
    """Write idempotently; fail unless RECORDS records are reported delivered, each once."""
    errors: list[str] = []
    places: list[tuple[int | None, int | None]] = []

    def report(error: KafkaError | None, message: Message) -> None:
        if error is not None:
            errors.append(str(error))
        places.append((message.partition(), message.offset()))

    producer = Producer({"bootstrap.servers": broker.bootstrap, "enable.idempotence": True})
    for key, value, headers in records:
        producer.produce(topic, value, key, headers=list(headers), on_delivery=report)
        producer.poll(0)

    assert producer.flush(SECONDS) == 0
    assert errors == []
    assert len(places) == len(set(places)) == RECORDS


def read(broker: Broker, topic: str) -> Iterator[Record]:
    """Yield all records of a topic, partitions assigned, from their start to their present end."""
    config: dict[str, str | bool] = {
        "bootstrap.servers": broker.bootstrap,
        "group.id": "echo",
        "auto.offset.reset": "error",
        "enable.auto.commit": False,
    }
    places = [TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)]
    with Consumer(config) as consumer:
        left = sum(consumer.get_watermark_offsets(place, SECONDS)[1] for place in places)
        consumer.assign(places)
        end = time.monotonic() + SECONDS
        while left:
            assert time.monotonic() < end, f"{topic}: {left} records did not arrive"
            for message in consumer.consume(1000, 1.0):
                assert message.error() is None, message.error()
                yield as_record(message)
                left -= 1


def as_record(message: Message) -> Record:
    """Take what must survive from a message."""
    key, value, headers = message.key(), message.value(), message.headers()
    assert key is not None
    assert value is not None
    assert isinstance(headers, list)
    return Record(key, value, tuple(headers))
