"""Reading topics whole, by a plain consumer that shares no code with the job."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

SECONDS = 30.0


class Read(NamedTuple):
    """A record as it lies in a topic."""

    partition: int
    key: bytes | None
    value: bytes
    headers: dict[str, str]
    time: int
    """Of the record as the broker has it, in milliseconds since 1970."""

    @property
    def id(self) -> str:
        """The id of the record."""
        return self.headers["ce_id"]


def read_topics(bootstrap: str, topics: Iterable[str], partitions: int) -> dict[str, list[Read]]:
    """Return all records of topics, each partition in its order, from start to end."""
    config: dict[str, str | bool] = {
        "bootstrap.servers": bootstrap,
        "group.id": "test",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
    found: dict[str, list[Read]] = {topic: [] for topic in topics}
    places = [TopicPartition(topic, n, 0) for topic in found for n in range(partitions)]
    with Consumer(config) as consumer:
        ends = [_ends(consumer, place) for place in places]
        left = sum(high - low for low, high in ends)
        consumer.assign(places)
        deadline = time.monotonic() + SECONDS
        while left:
            assert time.monotonic() < deadline, f"{left} records did not arrive"
            first = consumer.poll(0.1)
            # Of a topic that is written to, more may come than there was.
            for message in (
                [] if first is None else [first, *consumer.consume(min(left, 1000) - 1, 0)]
            ):
                assert message.error() is None, message.error()
                headers = dict(message.headers() or [])
                texts = {name: _text(value) for name, value in headers.items()}
                key, value = message.key(), message.value()
                assert value is not None
                found[message.topic() or ""].append(
                    Read(message.partition() or 0, key, value, texts, message.timestamp()[1])
                )
                left -= 1
    return {topic: sorted(read, key=lambda one: one.partition) for topic, read in found.items()}


def count_records(bootstrap: str, topics: Iterable[str], partitions: int) -> int:
    """Return how many records topics hold."""
    with Consumer({"bootstrap.servers": bootstrap, "group.id": "test"}) as consumer:
        places = [TopicPartition(topic, n) for topic in topics for n in range(partitions)]
        ends = [_ends(consumer, place) for place in places]
    return sum(high - low for low, high in ends)


def write_stray(bootstrap: str, topic: str, partition: int) -> None:
    """Write a record of another program."""
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(topic, b"stray", b"u:stray", partition)
    assert producer.flush(SECONDS) == 0


def _ends(consumer: Consumer, place: TopicPartition) -> tuple[int, int]:
    """Return where a partition begins and ends; one that was just made may have no leader yet."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            return consumer.get_watermark_offsets(place, SECONDS)
        except KafkaException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
