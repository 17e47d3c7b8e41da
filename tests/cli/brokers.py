"""`rtm broker` in a process of its own, for as long as a test wants it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from confluent_kafka import Consumer, TopicPartition

from tests.runs.running import command, environment

JOB = """
name = "shop"
lanes = 4
[input]
kind = "kafka"
[kafka]
[[kafka.topics]]
name = "clicks"
[[kafka.topics]]
name = "orders"
"""


class Running(NamedTuple):
    """A broker that runs: where, what it said, and its process."""

    address: str
    said: str
    process: subprocess.Popen[str]


def write_job(folder: Path) -> Path:
    """Write a job that reads two topics."""
    path = folder / "shop.toml"
    path.write_text(JOB)
    return path


@contextmanager
def running(*arguments: str | Path) -> Iterator[Running]:
    """Run a broker; it is killed at the end, unless it has ended by then."""
    process = subprocess.Popen(
        command("broker", *arguments),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        lines = list(_up_to(process.stdout, "Ctrl-C"))
        yield Running(lines[0].split()[1], "".join(lines), process)
    finally:
        process.kill()
        process.communicate()


def _up_to(pipe: IO[str] | None, start: str) -> Iterator[str]:
    for line in pipe or ():
        yield line
        if line.startswith(start):
            return


class Stored(NamedTuple):
    """A record as it lies in a topic."""

    partition: int
    key: bytes | None
    value: bytes | None


def contents(address: str, topic: str, partitions: int) -> list[Stored]:
    """Return all that lies in a topic now, partition by partition."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": "look"})
    found: list[Stored] = []
    try:
        for number in range(partitions):
            low, high = consumer.get_watermark_offsets(TopicPartition(topic, number), 10)
            consumer.assign([TopicPartition(topic, number, low)])
            read = consumer.consume(high - low, 20) if high > low else []
            assert len(read) == high - low
            found += [Stored(number, one.key(), one.value()) for one in read]
    finally:
        consumer.close()
    return found
