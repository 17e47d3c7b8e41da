"""The jobs whose latency is measured, and the events that they are given.

In: the name of a job. Out: its configuration with a broker, and a file of events of its kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType

from benchmarks.latency.brokers import KINDS
from benchmarks.make_events import write_events
from rtm_flows.config import load
from rtm_flows.connectors.kafka.topics import wanted
from rtm_flows.simulate import Shop, simulate
from tests.kafka.broker import Broker, RealKafka

PARTITIONS = 4
TOPIC = "job.in"
HERE = Path(__file__).parent


class Subject(NamedTuple):
    """A job, and how its events name what the load fills in."""

    config: Path
    id: str
    time: str
    person: str
    given: str
    """Finds the number of an event in the event."""
    told: str
    """Finds the number of an event in the decision that answers it."""


SUBJECTS = {
    "peers": Subject(
        HERE.parent / "rtm_peers_job.toml",
        *("event_id", "ts", "user_id"),
        *(r'"event_id":"(\d+)"', r'"event_id":"(\d+)"'),
    ),
    "shop": Subject(
        HERE.parent.parent / "examples" / "shop.toml",
        *("id", "time", "user_id"),
        *(r'"id":"(\d+)"', r'"event_ids":\["(\d+)"'),
    ),
}


def write_lines(subject: Subject, folder: Path) -> Path:
    """Write the events of a job, without their order in time; return the file."""
    path = folder / "events.jsonl"
    if subject.id == "event_id":
        write_events(100_000, path)
        return path
    blocks: list[bytes] = []
    shop = Shop(people=2000, days=3.0, disorder_ms=0, late=0, broken=0, seed=1)
    simulate(shop, blocks.append)
    path.write_bytes(b"".join(blocks))
    return path


def write_job(subject: Subject, broker: Broker, folder: Path, kind: str) -> Path:
    """Write the configuration of a job between topics, and make these; return the file.

    Its outputs are the decisions alone, as the echo's are the events.
    """
    path = folder / "job.toml"
    path.write_text(between_topics(subject, broker.bootstrap, kind), "utf-8")
    make_topics(broker, {one.topic: one.partitions or PARTITIONS for one in wanted(load(path))})
    return path


def make_topics(broker: Broker, topics: Mapping[str, int]) -> None:
    """Make topics whose records tell when the broker has appended them, if it can tell."""
    for topic, partitions in topics.items():
        broker.create_topic(topic, partitions)
    if not isinstance(broker, RealKafka):
        return
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    stamp = ConfigEntry(
        "message.timestamp.type",
        "LogAppendTime",
        incremental_operation=AlterConfigOpType.SET,
    )
    wanted = [
        ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[stamp]) for topic in topics
    ]
    for done in admin.incremental_alter_configs(wanted).values():
        done.result(10.0)


def between_topics(subject: Subject, bootstrap: str, kind: str = "mock") -> str:
    """Return the configuration of a job with topics of a kind of broker in place of its files."""
    lines = subject.config.read_text("utf-8").splitlines()
    files = ("paths", "file_format", "sort ", "stripes", "block_bytes", 'kind = "files"')
    plain = [line for line in lines if not line.startswith(files)]
    told = [f'{line}\nkind = "kafka"' if line == "[input]" else line for line in plain]
    return "\n".join([*told, _KAFKA.format(bootstrap=bootstrap, wait=KINDS[kind].fetch_wait_ms)])


_KAFKA = """
[kafka]
bootstrap = "{bootstrap}"
[[kafka.topics]]
name = "job.in"
[kafka.client]
"fetch.wait.max.ms" = {wait}
[kafka.written]
prefix = "job."
"""
