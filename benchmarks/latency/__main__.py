"""How long a decision takes between two topics, beside an echo: `make bench-latency`.

    python -m benchmarks.latency [--broker real|mock] [--job peers|shop]
                                 [--rates 1000,5000,20000] [--seconds 20] [--warm 5]

An open-loop load writes events at each rate into a topic of 4 partitions; what is measured is the
time from the append of an event to the append of its decision, first of an echo (consume, produce),
then of the job with recovery on, in the same run. On the real Apache Kafka these are the broker's
own times; on the mock cluster they are those at which the record was handed to the producer. The
last columns tell how many cores party, broker and load took: where they come to all that the
machine has, what is measured is the queue for a core.
"""

from __future__ import annotations

import argparse
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from benchmarks.latency.appended import Times, appended, waits
from benchmarks.latency.brokers import KINDS, process_of, running
from benchmarks.latency.cores import Cores
from benchmarks.latency.load import Load
from benchmarks.latency.subjects import (
    PARTITIONS,
    SUBJECTS,
    Subject,
    make_topics,
    write_job,
    write_lines,
)
from tests.kafka.broker import Broker

PERCENTILES = (50.0, 95.0, 99.0, 99.9)
_START = 4.0
"""Seconds that a party has to start before the load begins."""
_TAKERS = ("party", "broker", "load")


class Asked(NamedTuple):
    """What is measured: so many events a second, of which those of the first seconds do not count.

    `kind` is that of the broker.
    """

    rate: int
    seconds: float
    warm: float
    kind: str


class Measured(NamedTuple):
    """The milliseconds that each event waited, and the cores that were taken meanwhile."""

    waits: Times
    cores: dict[str, float]


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
    heads = [*(f"p{p:g} ms" for p in PERCENTILES), *(f"cores of {one}" for one in _TAKERS)]
    print(f"| {'party':<5} | events/s | {' | '.join(heads)} |")
    print("|---|---|" + "---|" * len(heads))
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="latency-")))
        lines = write_lines(subject, folder)
        for at, rate in enumerate(map(int, parsed.rates.split(","))):
            asked = Asked(rate, parsed.seconds + parsed.warm, parsed.warm, parsed.broker)
            # One of its own for each rate: what was kept for one must not weigh on the next.
            with running(parsed.broker, folder / f"broker-{at}") as broker:
                _measured(_echo("warm", asked, broker, subject), asked, broker, subject, lines)
                for party in _parties(subject, asked, broker, folder / f"run-{at}"):
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


def _parties(subject: Subject, asked: Asked, broker: Broker, folder: Path) -> Iterator[Party]:
    folder.mkdir()
    yield _echo("echo", asked, broker, subject)
    job = write_job(subject, broker, folder, asked.kind)
    run = [sys.executable, "-m", "rtm_flows.cli", "run", str(job), "--quiet"]
    recovery = ["--recovery", str(folder / "state")]
    yield Party("job", [*run, *recovery], "job.in", "job.decisions", subject.told)


def _echo(name: str, asked: Asked, broker: Broker, subject: Subject) -> Party:
    """Return an echo between two topics of its own; the first makes a new broker warm."""
    reads, writes = f"{name}.in", f"{name}.out"
    make_topics(broker, dict.fromkeys((reads, writes), PARTITIONS))
    told = [broker.bootstrap, reads, writes, str(PARTITIONS), str(KINDS[asked.kind].fetch_wait_ms)]
    command = [sys.executable, "-m", "benchmarks.latency.echo", *told]
    return Party(name, command, reads, writes, subject.given)


def _measured(
    party: Party, asked: Asked, broker: Broker, subject: Subject, lines: Path
) -> Measured:
    """Run a party under the load."""
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
        linger_ms=KINDS[asked.kind].linger_ms,
    )
    count = round(asked.rate * asked.seconds)
    process = subprocess.Popen(party.command)
    try:
        _wait(process, _START)
        cores = Cores({"party": process.pid, "broker": process_of(broker)})
        of_load = _sent(load)
        taken = {**cores.taken(), "load": of_load}
        after = appended(broker.bootstrap, party.writes, PARTITIONS, party.pattern, count)
        before = appended(broker.bootstrap, party.reads, PARTITIONS, subject.given, count)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30.0)
    return Measured(waits(before, after, round(asked.rate * asked.warm)), taken)


def _sent(load: Load) -> float:
    """Send all events of a load; return how many cores that took."""
    told = msgspec.json.encode(load).decode()
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run([sys.executable, "-m", "benchmarks.latency.load", told], check=True)
    after, passed = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - began
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / passed


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        status = process.wait(seconds)
    except subprocess.TimeoutExpired:
        return
    msg = f"{process.args!r} ended with status {status}; its message is above"
    raise RuntimeError(msg)


def _show(name: str, asked: Asked, measured: Measured) -> None:
    cells = [f"{cell:.1f}" for cell in np.percentile(measured.waits, PERCENTILES)]
    cells += [f"{measured.cores[one]:.2f}" for one in _TAKERS]
    print(f"| {name:<5} | {asked.rate} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
