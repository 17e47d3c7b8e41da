"""How fast one reader is: records a second through consumer, rounds, parser and judge.

Out: a line a size of round, by processor time, which other work on the machine changes little.
`python -m benchmarks.topic_reader [RECORDS]` starts a real Kafka of its own (Java, Maven), or reads
the mock cluster where there is none.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path

from confluent_kafka import Producer

from rtm_flows.config import Job, load
from rtm_flows.connectors.kafka.source import KafkaInput
from rtm_flows.connectors.live import Pause
from rtm_flows.connectors.rounds import Round
from rtm_flows.connectors.sequence import Record, Sequencer
from tests.kafka.broker import Broker, real_kafka
from tests.kafka.fetch import BrokerUnavailableError
from tests.kafka.mock_cluster import mock_kafka

PARTITIONS = 4
SIZES = (5, 25, 100, 500, 4096)


def job_at(bootstrap: str) -> Job:
    """Return a job of one topic with the default features."""
    return load(
        {
            "name": "bench",
            "input": {"kind": "kafka"},
            "outputs": {"kind": "files"},
            "kafka": {"bootstrap": bootstrap, "topics": [{"name": "bench.events"}]},
        }
    )


def event(number: int) -> bytes:
    """Return an event of about 200 bytes."""
    return json.dumps(
        {
            "id": f"event-{number:012d}",
            "time": 1_700_000_000_000 + 20 * number,
            "type": ("view_item", "search", "add_to_cart", "purchase")[number % 4],
            "user_id": f"user-{number * 7919 % 50_000}",
            "item_id": f"item-{number % 1000}",
            "item_category": "shoes",
            "price": 19.99,
            "device": "mobile",
        }
    ).encode()


def sequence(size: int, records: int) -> float:
    """Return records a second through parser and judge alone, in rounds of a size."""
    sequencer = Sequencer(job_at("nowhere:1"))
    names = [f"bench.events/{number}" for number in range(PARTITIONS)]
    values = [event(number) for number in range(records)]
    ends, at, began = dict.fromkeys(names, 0), 0, time.process_time()
    for number in range(records // size):
        some: dict[str, list[Record]] = {}
        for value in values[at : at + size]:
            name = names[len(some) % PARTITIONS] if len(some) < PARTITIONS else names[at % 4]
            some.setdefault(name, []).append(Record(ends[name], value))
            ends[name] += 1
            at += 1
        told = {name: own[-1].offset + 1 for name, own in some.items()}
        joined = dict.fromkeys(names, 0) if number == 0 else {}
        sequencer.take(Round(number=number, joined=joined, ends=told), some)
    return at / (time.process_time() - began)


def read(broker: Broker, folder: Path) -> tuple[int, float]:
    """Return how many records a topic holds, and how many a second the reader gives."""
    source = KafkaInput(job_at(broker.bootstrap), folder / "rounds", to_end=True)
    records = 0
    with closing(source.follow()) as reader:
        began = time.process_time()
        while (batch := reader.next()) is not None:
            if isinstance(batch, Pause):
                time.sleep(batch.seconds)
                continue
            records += batch.records
            if records % 50_000 < batch.records:
                reader.epoch()
        return records, records / (time.process_time() - began)


def main() -> None:
    """Measure, and print a line each."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    for size in SIZES:
        print(f"rounds of {size:>4}: {sequence(size, min(count, 4000 * size)):>9,.0f} records/s")
    with ExitStack() as running, tempfile.TemporaryDirectory() as folder:
        broker: Broker
        try:
            broker = running.enter_context(real_kafka(Path(folder)))
        except BrokerUnavailableError:
            broker = running.enter_context(mock_kafka())
            count = min(count, 60_000)
        broker.create_topic("bench.events", PARTITIONS)
        broker.create_topic("bench.rounds", 1)
        producer = Producer({"bootstrap.servers": broker.bootstrap, "linger.ms": 20})
        for number in range(count):
            producer.produce("bench.events", event(number), partition=number % PARTITIONS)
            producer.poll(0)
        producer.flush()
        with tempfile.TemporaryDirectory() as state:
            records, speed = read(broker, Path(state))
        print(f"the reader: {speed:,.0f} records/s over {records:,} records")


if __name__ == "__main__":
    main()
