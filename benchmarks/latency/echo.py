"""The echo: what is read is written, as it is. The least that a job between two topics can do."""

from __future__ import annotations

import signal
import sys
from types import FrameType

from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, Producer, TopicPartition


def echo(bootstrap: str, read: str, write: str, partitions: int, fetch_wait_ms: int) -> None:
    """Write all that is read, until SIGTERM."""
    going = True

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal going
        going = False

    signal.signal(signal.SIGTERM, stop)
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "echo",
            "enable.auto.commit": False,
            "fetch.wait.max.ms": fetch_wait_ms,
        }
    )
    consumer.assign([TopicPartition(read, p, OFFSET_BEGINNING) for p in range(partitions)])
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "linger.ms": 0,
            "acks": "all",
            "enable.idempotence": True,
            "queue.buffering.max.messages": 2_000_000,
        }
    )
    while going:
        first = consumer.poll(0.05)
        some: list[Message] = [] if first is None else [first, *consumer.consume(999, 0)]
        for message in some:
            if message.error() is None:
                producer.produce(write, message.value(), message.key())
        producer.poll(0)
    producer.flush(10.0)
    consumer.close()


if __name__ == "__main__":
    echo(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
