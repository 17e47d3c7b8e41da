"""How fast a job is between topics, beside itself between files: `make bench-kafka`.

    python -m benchmarks.throughput [--broker real|mock] [--events 200000] [--rounds 3]

The peers' job reads the same events, which wait for it, in one process without recovery: from a
file to files, and from a topic of 4 partitions to topics; with a record out for every event, and
with one for about one in thirteen (`triggers.types`). Out: a line a run, and at the end the ratios
within each round, their medians first. Time is that of the flow, without the start of the program;
events a second of processor time count all threads of the process, those of the client too, and are
hardly moved by what else the machine does.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
from confluent_kafka import Producer

from benchmarks.latency.subjects import (
    PARTITIONS,
    SUBJECTS,
    TOPIC,
    between_topics,
    make_topics,
)
from benchmarks.make_events import write_events
from rtm_flows.cli import main as rtm
from rtm_flows.config import load
from rtm_flows.connectors.kafka.topics import wanted
from tests.kafka.broker import Broker, real_kafka
from tests.kafka.mock_cluster import mock_kafka

SUBJECT = SUBJECTS["peers"]
FEW = '\n[triggers]\ntypes = ["add_to_cart"]\n'
TRIGGERS = {"every": "", "few": FEW}
ROOM = 50_000
"""Events of which the mock cluster keeps all."""


class Took(NamedTuple):
    """Seconds of a flow, of the wall and of the processor."""

    wall: float
    processor: float


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print what is found as it comes."""
    parsed = _parser().parse_args(arguments)
    if parsed.flow:
        return run_flow(parsed.flow)
    if parsed.broker == "mock":
        parsed.events = min(parsed.events, ROOM)
    found: dict[str, list[Took]] = {}
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="throughput-")))
        events = folder / "events.jsonl"
        write_events(parsed.events, events)
        broker = held.enter_context(_broker(parsed.broker, folder / "broker"))
        make_topics(broker, {TOPIC: PARTITIONS})
        fill(broker, events)
        for at in range(parsed.rounds):
            for trigger in TRIGGERS:
                for way, run in (("files", between_files), ("topics", between)):
                    took = run(folder / f"{at}-{trigger}-{way}", trigger, events, broker)
                    found.setdefault(f"{way}, {trigger}", []).append(took)
                    _show(f"{way}, {trigger}", parsed.events, took)
    for trigger in TRIGGERS:
        _compare(trigger, found[f"files, {trigger}"], found[f"topics, {trigger}"])
    return 0


@contextmanager
def _broker(kind: str, folder: Path) -> Iterator[Broker]:
    folder.mkdir()
    with real_kafka(folder) if kind == "real" else mock_kafka() as broker:
        yield broker


def fill(broker: Broker, events: Path) -> None:
    """Put the events into their topic, each person's into one partition."""
    producer = Producer(
        {"bootstrap.servers": broker.bootstrap, "linger.ms": 20, "enable.idempotence": True}
    )
    for line in events.read_bytes().splitlines():
        person = str(msgspec.json.decode(line)[SUBJECT.person]).encode()
        while True:
            try:
                producer.produce(TOPIC, line, person)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    if producer.flush(60.0):
        msg = "the broker has not taken in all events"
        raise RuntimeError(msg)


def between_files(folder: Path, trigger: str, events: Path, _: Broker) -> Took:
    """Run the job from the file to files."""
    folder.mkdir()
    job = folder / "job.toml"
    job.write_text(SUBJECT.config.read_text("utf-8") + TRIGGERS[trigger], "utf-8")
    return _flow(["run", str(job), "--input", str(events), "--output", str(folder / "out")])


def between(folder: Path, trigger: str, _: Path, broker: Broker) -> Took:
    """Run the job from the topic to topics of its own."""
    folder.mkdir()
    job = folder / "job.toml"
    text = between_topics(SUBJECT, broker.bootstrap) + TRIGGERS[trigger]
    job.write_text(text.replace('prefix = "job."', f'prefix = "{folder.name}."'), "utf-8")
    named = {one.topic: one.partitions or PARTITIONS for one in wanted(load(job))}
    make_topics(broker, {topic: count for topic, count in named.items() if topic != TOPIC})
    return _flow(["run", str(job), "--to-end"])


def _flow(command: list[str]) -> Took:
    """Run a command in a process of its own; return what its flow took."""
    told = msgspec.json.encode([*command, "--quiet"]).decode()
    here = [sys.executable, "-m", "benchmarks.throughput", "--flow", told]
    done = subprocess.run(here, check=True, stdout=subprocess.PIPE, env=os.environ)
    return Took(*msgspec.json.decode(done.stdout.splitlines()[-1]))


def run_flow(told: str) -> int:
    """Run a command of `rtm`, and print what its flow took."""
    from rtm_flows.cli import live, run

    took: list[Took] = []
    for module in (live, run):
        module.execute = _timed(module.execute, took)  # type: ignore[attr-defined]
    status = rtm(msgspec.json.decode(told))
    print(msgspec.json.encode(took[0]).decode(), flush=True)
    return status


def _timed(execute: Callable[..., bool], took: list[Took]) -> Callable[..., bool]:
    def timed(*told: object, **named: object) -> bool:
        wall, processor = time.perf_counter(), time.process_time()
        stopped = execute(*told, **named)
        took.append(Took(time.perf_counter() - wall, time.process_time() - processor))
        return stopped

    return timed


def _show(name: str, events: int, took: Took) -> None:
    wall, processor = (events / seconds for seconds in took)
    print(f"{name:<14} {wall:>9,.0f} events/s, {processor:>9,.0f} of processor time", flush=True)


def _compare(trigger: str, files: list[Took], topics: list[Took]) -> None:
    """Print how fast topics were beside files, in each round and in the middle."""
    for name in Took._fields:
        pairs = zip(files, topics, strict=True)
        ratios = [getattr(one, name) / getattr(other, name) for one, other in pairs]
        told = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"{trigger}: topics to files {statistics.median(ratios):.2f} by {name} time ({told})")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--broker", choices=["real", "mock"], default="real")
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--flow", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
