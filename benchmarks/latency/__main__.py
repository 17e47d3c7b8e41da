"""How long a decision takes between two topics, beside an echo: `make bench-latency`.

    python -m benchmarks.latency [--broker real|mock] [--job peers|shop]
                                 [--rates 1000,5000,20000] [--seconds 20] [--warm 5]

An open-loop load writes events at each rate into a topic of 4 partitions; what is measured is the
time from the append of an event to the append of its decision, first of an echo (consume, produce),
then of the job with recovery on, in the same run. On the real Apache Kafka these are the broker's
own times; on the mock cluster they are those at which the record was handed to the producer.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from benchmarks.latency.appended import Times, appended, waits
from benchmarks.latency.load import Load
from benchmarks.latency.subjects import (
    PARTITIONS,
    SUBJECTS,
    Subject,
    make_topics,
    write_job,
    write_lines,
)
from tests.kafka.broker import Broker, real_kafka
from tests.kafka.mock_cluster import mock_kafka

PERCENTILES = (50.0, 95.0, 99.0, 99.9)
_START = 4.0
"""Seconds that a party has to start before the load begins."""


class Asked(NamedTuple):
    """What is measured."""

    rate: int
    seconds: float
    warm: float


class Party(NamedTuple):
    """What stands between two topics, and how it names the event that it answers."""

    name: str
    command: list[str]
    reads: str
    writes: str
    pattern: str


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print a table as it comes."""
    parsed = _parser().parse_args(arguments)
    subject = SUBJECTS[parsed.job]
    print(f"| {'party':<5} | events/s |" + "".join(f" p{p:g} ms |" for p in PERCENTILES))
    print("|---|---|" + "---|" * len(PERCENTILES))
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="latency-")))
        lines = write_lines(subject, folder)
        for at, rate in enumerate(map(int, parsed.rates.split(","))):
            asked = Asked(rate, parsed.seconds + parsed.warm, parsed.warm)
            with _broker(parsed.broker, folder / f"broker-{at}") as broker:
                for party in _parties(subject, broker, folder / f"run-{at}"):
                    _show(party.name, asked, _measured(party, asked, broker, subject, lines))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--broker", choices=["real", "mock"], default="real")
    parser.add_argument("--job", choices=sorted(SUBJECTS), default="peers")
    parser.add_argument("--rates", default="1000,5000,20000", help="events a second")
    parser.add_argument("--seconds", type=float, default=20.0, help="that are measured")
    parser.add_argument("--warm", type=float, default=5.0, help="seconds before, not measured")
    return parser


@contextmanager
def _broker(kind: str, folder: Path) -> Iterator[Broker]:
    """Run a broker of its own for each rate: what was kept for one must not weigh on the next."""
    folder.mkdir()
    with real_kafka(folder) if kind == "real" else mock_kafka() as broker:
        yield broker


def _parties(subject: Subject, broker: Broker, folder: Path) -> Iterator[Party]:
    folder.mkdir()
    make_topics(broker, dict.fromkeys(("echo.in", "echo.out"), PARTITIONS))
    echo = [sys.executable, "-m", "benchmarks.latency.echo", broker.bootstrap]
    yield Party("echo", [*echo, "echo.in", "echo.out", str(PARTITIONS)], "echo.in", "echo.out",
                subject.given)  # fmt: skip
    job = write_job(subject, broker, folder)
    run = [sys.executable, "-m", "rtm_flows.cli", "run", str(job), "--quiet"]
    recovery = ["--recovery", str(folder / "state")]
    yield Party("job", [*run, *recovery], "job.in", "job.decisions", subject.told)


def _measured(party: Party, asked: Asked, broker: Broker, subject: Subject, lines: Path) -> Times:
    """Run a party under the load; return the milliseconds that each event waited."""
    load = Load(
        bootstrap=broker.bootstrap,
        topic=party.reads,
        partitions=PARTITIONS,
        rate=asked.rate,
        seconds=asked.seconds,
        lines=str(lines),
        id=subject.id,
        time=subject.time,
        person=subject.person,
    )
    count = round(asked.rate * asked.seconds)
    process = subprocess.Popen(party.command)
    try:
        _wait(process, _START)
        told = msgspec.json.encode(load).decode()
        subprocess.run([sys.executable, "-m", "benchmarks.latency.load", told], check=True)
        after = appended(broker.bootstrap, party.writes, PARTITIONS, party.pattern, count)
        before = appended(broker.bootstrap, party.reads, PARTITIONS, subject.given, count)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30.0)
    return waits(before, after, round(asked.rate * asked.warm))


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        status = process.wait(seconds)
    except subprocess.TimeoutExpired:
        return
    msg = f"{process.args!r} ended with status {status}; its message is above"
    raise RuntimeError(msg)


def _show(name: str, asked: Asked, measured: Times) -> None:
    cells = np.percentile(measured, PERCENTILES)
    told = "".join(f" {cell:.1f} |" for cell in cells)
    print(f"| {name:<5} | {asked.rate} |{told}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
