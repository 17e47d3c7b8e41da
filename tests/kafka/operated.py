"""A job between topics that is looked at: its people, its topics, and what it serves over HTTP.

Out: a job with a shop's last hours in its topics, a run of it, and scrapes as plain numbers.
"""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from rtm_flows.config import load
from rtm_flows.connectors.kafka.topics import written
from rtm_flows.simulate import Shop, simulate
from tests.kafka.live import PARTITIONS, produce
from tests.kafka.mock_cluster import MockKafka
from tests.runs.running import command, environment, kill

MARK = "zq7private"
"""What every id of a person, item and event of these jobs begins with."""

WRITTEN = 2
_TURN = timedelta(hours=6)
SECONDS = 60.0

FIELDS = (
    '["decision_id", "subject_id", "trigger", "name", "reason", "channel", "held_out",'
    ' "not_before", "expires_at", "supersedes"]'
)
"""Short records: the mock cluster keeps 5 MB of a partition."""

JOB = """
name = "{name}"
lanes = 8
[input]
kind = "kafka"
[time]
lateness = "PT30S"
[sessions]
gap = "PT10M"
[learning]
period = "PT10M"
[models.intent]
kind = "sgd"
mature = 20
mature_positives = 2
[models.intent.drift]
detector = "page_hinkley"
sensitivity = "high"
warm_up = 100
[outputs.decisions]
fields = {fields}
[[triggers.moments]]
name = "over"
kind = "session_end"
[kafka]
bootstrap = "{bootstrap}"
idle = "PT1S"
[kafka.written]
partitions = 2
[kafka.written.breaker]
others = 2
[[kafka.topics]]
name = "{name}.web"
"""

Sample = tuple[str, tuple[tuple[str, str], ...]]
Scrape = dict[Sample, float]


class Watched(NamedTuple):
    """A job and its topics."""

    name: str
    config: Path
    topics: dict[str, str]


def make_job(folder: Path, broker: MockKafka, name: str, more: str = "") -> Watched:
    """Write a job, and make its topics."""
    config = folder / f"{name}.toml"
    config.write_text(JOB.format(name=name, bootstrap=broker.bootstrap, fields=FIELDS) + more)
    broker.create_topic(f"{name}.web", PARTITIONS)
    broker.create_topic(f"{name}.rounds", 1)
    topics = written(load(config))
    for topic in topics.values():
        broker.create_topic(topic, WRITTEN)
    return Watched(name, config, topics)


def send_shop(broker: MockKafka, job: Watched, seed: int, people: int = 300) -> int:
    """Produce the last hours of a shop, up to now, of recognisable people; return how many."""
    lines: list[bytes] = []
    shop = Shop(people=people, days=0.6, seed=seed, duplicates=0.02, late=0.01, broken=0.01)
    simulate(shop, lines.append)
    records = list(_private(b"".join(lines).splitlines()))
    return produce(broker, job.name, (("web", part, value) for part, value in records))


def _private(lines: list[bytes]) -> Iterator[tuple[int, bytes]]:
    told = [_loaded(line) for line in lines]
    last = max(_time(one) for one in told if one)
    shift = datetime.now(last.tzinfo) - last
    for line, one in zip(lines, told, strict=True):
        if not one:
            yield 0, line
            continue
        for name in ("user_id", "anonymous_id", "id", "item_id"):
            if isinstance(one.get(name), str):
                one[name] = f"{MARK}-{one[name]}"
        if one["type"] == "page_view" and last - _time(one) < _TURN:
            # Whoever looks at a page buys: no model has seen that before.
            one |= {"type": "purchase", "price": 5}
        moved = _time(one) + shift
        one["time"] = (moved - timedelta(microseconds=moved.microsecond % 1000)).isoformat()
        whose = str(one.get("user_id") or one.get("anonymous_id"))
        yield zlib.crc32(whose.encode()) % PARTITIONS, json.dumps(one).encode()


def _loaded(line: bytes) -> dict[str, Any]:
    try:
        told = json.loads(line)
        _time(told)
    except (ValueError, TypeError, KeyError, RecursionError):
        return {}
    return dict(told)


def _time(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["time"])


def samples_of(text: str) -> Scrape:
    """Return all samples of what a scrape has brought."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


class Running:
    """A run that serves how it is doing."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log
        self._at = ""

    @property
    def log(self) -> str:
        """What it has written to standard output and standard error so far."""
        return self._log.read_text()

    @property
    def at(self) -> str:
        """Where it listens; the log says so."""
        while not self._at:
            assert self.process.poll() is None, self.log
            for line in self.log.splitlines():
                if '"listening"' in line:
                    told = json.loads(line)
                    self._at = f"http://{told['host']}:{told['port']}"
            time.sleep(0.02)
        return self._at

    def get(self, path: str) -> tuple[int, str]:
        """Return status and body of an answer."""
        try:
            with urllib.request.urlopen(f"{self.at}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def scrape(self) -> Scrape:
        """Return all samples."""
        status, text = self.get("/metrics")
        assert status == 200
        return samples_of(text)

    def wait(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        deadline = time.monotonic() + SECONDS
        while not holds():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)


@contextmanager
def running(job: Watched, *more: str | Path) -> Iterator[Running]:
    """Run a job that listens on any free port; nothing of it is left."""
    log = job.config.with_suffix(".log")
    log.unlink(missing_ok=True)
    with log.open("wb") as file:
        process = subprocess.Popen(
            command("run", job.config, "--metrics", "127.0.0.1:0", *more),
            env=environment(),
            start_new_session=True,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Running(process, log)
    finally:
        if process.poll() is None:
            kill(process)


def total(scrape: Scrape, name: str, **labels: str) -> float:
    """Return the sum of the samples of a name that have these labels."""
    wanted = set(labels.items())
    return sum(value for (own, had), value in scrape.items() if own == name and wanted <= set(had))


def by_label(scrape: Scrape, name: str, *labels: str) -> dict[tuple[str, ...], float]:
    """Return the samples of a name by some of its labels."""
    return {
        tuple(dict(had)[label] for label in labels): value
        for (own, had), value in scrape.items()
        if own == name
    }
