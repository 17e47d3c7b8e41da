"""A stage: one job between topics of a broker, what is played into them, and what came of it.

In: a broker, an empty folder, and lines. Out: what sets the topics that the job wrote apart from
what a run over the exported history writes. Refuses to know how the job is disturbed.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition

from rtm_flows.cli import main
from rtm_flows.config import load
from rtm_flows.connectors.kafka.names import topic_of
from rtm_flows.connectors.kafka.topics import wanted
from rtm_flows.simulate import Shop, simulate
from tests.chaos.compared import Differences, differences, records_in, with_owners
from tests.chaos.running import Job, Process, wait_until
from tests.kafka.broker import Broker
from tests.kafka.logs import count_records

PARTITIONS = 4
TOPICS = ("shop.events", "shop.orders")
SECONDS = 60.0
CONFIG = """
name = "chaos"
lanes = 16
[input]
kind = "kafka"
[kafka]
bootstrap = "{bootstrap}"
idle = "PT1S"
{read}
[[kafka.topics]]
name = "shop.events"
[[kafka.topics]]
name = "shop.orders"
[kafka.written]
prefix = "{prefix}."
[kafka.client]
"fetch.wait.max.ms" = 20
"reconnect.backoff.max.ms" = 500
{client}
[time]
lateness = "PT30M"
[models.intent]
mature = 50
mature_positives = 5
[outputs]
scores = false
[outputs.decisions]
fields = ["event_id", "user_id", "time", "score", "action"]
[[actions]]
name = "banner"
propensity = "score"
value = 5.0
[[actions]]
name = "mail"
propensity = 0.1
value = 9.0
[[limits]]
name = "mails"
actions = ["mail"]
most = 2
per = "P1D"
"""
SLOWLY = 'most = 20\nround = "PT0.02S"'
"""Of what is read: so little at a time that a run takes seconds, in which it can be disturbed."""


def history(seed: int, people: int = 250) -> list[bytes]:
    """Return the lines of a small shop, in order of arrival, some late, twice or broken."""
    blocks: list[bytes] = []
    simulate(Shop(people=people, days=2.0, broken=0.002, seed=seed), blocks.append)
    return b"".join(blocks).splitlines(keepends=True)


class Stage:
    """A job with its topics.

    Parameters
    ----------
    broker
        Where the topics are made.
    folder
        An empty one, for configuration, state and what is compared.
    read, client
        More lines of `[kafka]` and of `[kafka.client]`.
    every
        Seconds between snapshots.

    Attributes
    ----------
    job
        The job; `begin_anew` puts another in its place.
    """

    def __init__(
        self, broker: Broker, folder: Path, read: str = "", client: str = "", every: float = 2.0
    ) -> None:
        self.broker = broker
        self.folder = folder
        self._every = every
        self._more = {"read": read, "client": client}
        for topic in TOPICS:
            broker.create_topic(topic, PARTITIONS)
        self.begin_anew("chaos")

    def begin_anew(self, prefix: str) -> None:
        """Let the job begin on empty topics and with an empty recovery folder."""
        config = self.folder / f"{prefix}.toml"
        told = CONFIG.format(bootstrap=self.broker.bootstrap, prefix=prefix, **self._more)
        config.write_text(told, "utf-8")
        self._loaded = load(config)
        for one in wanted(self._loaded):
            if one.topic not in TOPICS:
                self.broker.create_topic(one.topic, one.partitions or PARTITIONS)
        self.job = Job(config, self.folder / prefix / "recovery", self._every)
        self.job.recovery.parent.mkdir()

    def topic(self, output: str) -> str:
        """Return the topic of an output."""
        return topic_of(self._loaded, output)

    def written(self) -> int:
        """Return how many decisions are in their topic."""
        return count_records(self.broker.bootstrap, [self.topic("decisions")], PARTITIONS)

    def at(self, decisions: float, process: Process) -> None:
        """Wait until so many decisions are written."""
        wait_until(lambda: self.written() >= decisions, process)

    def high(self, topic: str, number: int) -> int:
        """Return the offset at which the next record of a partition will lie."""
        with Consumer({"bootstrap.servers": self.broker.bootstrap, "group.id": "chaos"}) as asked:
            ends: tuple[int, int] = asked.get_watermark_offsets(
                TopicPartition(topic, number), SECONDS
            )
        return ends[1]

    def produce(self, lines: Iterable[bytes]) -> None:
        """Write lines into the topics: orders by themselves, all else as events."""
        failed: list[KafkaError] = []

        def report(error: KafkaError | None, _: Message) -> None:
            if error is not None:
                failed.append(error)

        rule: dict[str, Any] = {
            "bootstrap.servers": self.broker.bootstrap,
            "message.max.bytes": 1 << 24,
            "compression.type": "zstd",
        }
        producer = Producer({**rule, "acks": "all", "enable.idempotence": True})
        for line in lines:
            topic = TOPICS[b'"purchase"' in line]
            producer.produce(topic, line, partition=partition_of(line), on_delivery=report)
            producer.poll(0)
        left = producer.flush(SECONDS)
        if left or failed:
            msg = f"{left} lines were not written in {SECONDS:.0f} s; {failed[:1]}"
            raise RuntimeError(msg)

    def differences(self) -> dict[str, Differences]:
        """Export what was read, run it from files, and compare, output by output."""
        exported, files = self.folder / "exported", self.folder / "from_files"
        config = str(self.job.config)
        _rtm("export", config, "--output", str(exported), "--quiet")
        _rtm("run", config, "--input", str(exported), "--output", str(files), "--quiet")
        found = {}
        for output, owner in OWNERS.items():
            got = records_in(self.broker.bootstrap, self.topic(output), PARTITIONS)
            lines = (files / f"{output}.jsonl").read_bytes().splitlines()
            found[output] = differences(with_owners(got, owner), with_owners(lines, owner))
        return found


def partition_of(line: bytes) -> int:
    """Return the partition of a line: a person's are all in one, broken ones anywhere."""
    try:
        person = str(msgspec.json.decode(line)["user_id"]).encode()
    except (ValueError, KeyError, TypeError, RecursionError):
        person = line
    return zlib.crc32(person) % PARTITIONS


def _rtm(*arguments: str) -> None:
    if status := main(list(arguments)):
        msg = f"rtm {' '.join(arguments)} ended with {status}"
        raise RuntimeError(msg)


def _person(line: bytes) -> bytes:
    tree = msgspec.json.decode(line)
    return str(tree.get("user_id") or tree.get("subject_id")).encode()


def _itself(line: bytes) -> bytes:
    return line


OWNERS: dict[str, Callable[[bytes], bytes]] = {
    "decisions": _person,
    "sessions": _person,
    # These have no order but that of each partition read.
    "late": _itself,
    "dead_letters": _itself,
}
"""The outputs that are compared, and within what the order of their records counts."""
