"""Live jobs under test: a job of three topics, what people do in them, and the job run in process.

Out: configuration, records on a broker, and the outputs that the recorded rounds must give.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition

from rtm_flows.config import Job, load
from rtm_flows.connectors.rounds import Round, decode_message, in_order, topic_and_number
from rtm_flows.connectors.sequence import Sequencer
from rtm_flows.connectors.topic_records import Record
from rtm_flows.lanes.engine import Engine
from rtm_flows.lanes.entry import Entry
from rtm_flows.lanes.plan import Plan
from tests.kafka.broker import Broker
from tests.kafka.jobs import MAPPED, TO_FILES
from tests.lanes.cluster import Outputs

PARTITIONS = 2
SECONDS = 30.0
BEGAN = 1_700_000_000_000
TOPICS = ("web", "crm", "consents")

JOB = (
    TO_FILES
    + """
[sessions]
gap = "PT10M"
[models.intent]
kind = "sgd"
mature = 20
mature_positives = 2
[kafka]
bootstrap = "{bootstrap}"
{more}
[[kafka.topics]]
name = "{name}.web"
[[kafka.topics]]
name = "{name}.consents"
control = true
[[kafka.topics]]
name = "{name}.crm"
"""
    + MAPPED
)


def write_job(folder: Path, broker: Broker, name: str, more: str = "") -> Path:
    """Write the configuration of a job, make its topics, and return the path."""
    for topic in TOPICS:
        broker.create_topic(f"{name}.{topic}", PARTITIONS)
    broker.create_topic(f"{name}.rounds", 1)
    path = folder / f"{name}.toml"
    path.write_text(JOB.format(name=name, bootstrap=broker.bootstrap, more=more))
    return path


def job_of(config: Path) -> Job:
    """Return the job of a configuration."""
    return load(config)


def life(seed: int, count: int) -> Iterator[tuple[str, int, bytes | None]]:
    """Yield topic, partition and value of records: some late, some broken, some of orders."""
    rng, now = random.Random(seed), BEGAN
    for number in range(count):
        now += rng.choice([0, 50, 200, 1000, 4000])
        person = rng.randrange(60)
        topic = rng.choice(["web"] * 8 + ["crm", "crm", "consents"])
        yield topic, person % PARTITIONS, _value(rng, topic, number, now, person)


def _value(rng: random.Random, topic: str, number: int, now: int, person: int) -> bytes | None:
    if rng.random() < 0.01:
        return rng.choice([b"{", None, b"[]"])
    late = rng.choice([0, 0, 0, 0, 0, 2_000, 20_000, 120_000])
    if topic == "crm":
        told: dict[str, Any] = {
            "nr": number,
            "at": now - late,
            "who": f"u{person}",
            "what": rng.choice(["call", "order"]),
            "worth": 7,
        }
    else:
        kinds = ["view_item", "add_to_cart", "purchase"] if topic == "web" else ["search"]
        ahead = rng.choice([0, 60_000]) if topic == "consents" else 0
        told = {
            "id": f"e{number}",
            "time": now - late + ahead,
            "type": rng.choice(kinds),
            "user_id": f"u{person}",
            "price": 5,
        }
    return json.dumps(told).encode()


def produce(broker: Broker, name: str, records: Iterable[tuple[str, int, bytes | None]]) -> int:
    """Write records to the topics of a job; return how many."""
    failed: list[KafkaError] = []

    def report(error: KafkaError | None, _: Message) -> None:
        if error is not None:
            failed.append(error)

    producer = Producer({"bootstrap.servers": broker.bootstrap, "linger.ms": 5})
    count = 0
    for topic, partition, value in records:
        producer.produce(f"{name}.{topic}", value, partition=partition, on_delivery=report)
        producer.poll(0)
        count += 1
    assert producer.flush(SECONDS) == 0
    assert failed == []
    return count


def read_all(broker: Broker, topic: str, partition: int) -> list[Record]:
    """Return all records of a partition."""
    config: dict[str, Any] = {
        "bootstrap.servers": broker.bootstrap,
        "group.id": "test",
        "auto.offset.reset": "error",
        "enable.auto.commit": False,
    }
    with Consumer(config) as consumer:
        place = TopicPartition(topic, partition)
        low, high = consumer.get_watermark_offsets(place, SECONDS)
        consumer.assign([TopicPartition(topic, partition, low)])
        found: list[Record] = []
        deadline = time.monotonic() + SECONDS
        while low < high and (not found or found[-1].offset < high - 1):
            assert time.monotonic() < deadline, f"{topic}/{partition} was not read to its end"
            for message in consumer.consume(1000, 0.2):
                assert message.error() is None, message.error()
                found.append(Record(message.offset() or 0, message.value()))
        return found


def recorded(broker: Broker, name: str) -> list[Round]:
    """Return the rounds of the latest run in the control log, each once."""
    told = [
        (f"offset {offset}", decode_message(value or b"", f"offset {offset}"))
        for offset, value in read_all(broker, f"{name}.rounds", 0)
    ]
    run = told[-1][1].run
    own = ((place, one) for place, message in told for one in message.rounds if message.run == run)
    return list(in_order(own))


def replayed(
    broker: Broker, config: Path, rounds: list[Round], *, ended: bool = True
) -> tuple[dict[str, bytes], dict[str, object]]:
    """Return the files and the summary that recorded rounds give, in process."""
    job = job_of(config)
    plan = Plan.of(job, 1)
    sequencer, entry, engine, outputs = (
        Sequencer(job),
        Entry(plan, 0, in_order=False),
        Engine(plan),
        Outputs(plan),
    )
    names = {name for one in rounds for name in one.joined}
    log = {name: read_all(broker, *topic_and_number(name)) for name in sorted(names)}
    for one in rounds:
        begun = sequencer.ends | one.joined
        records = {
            name: [record for record in log[name] if begun[name] <= record.offset < end]
            for name, end in one.ends.items()
        }
        for written in engine.push(entry.take(sequencer.take(one, records))):
            outputs.write(written)
    if ended:
        for written in engine.push(entry.end()):
            outputs.write(written)
    return outputs.result
