"""A history played into topics while the job that reads it is broken off again and again.

In: a seed, a broker, and how many kills. Out: what sets the topics that it wrote apart from what a
run over the exported history writes. The seed says all that is drawn.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from rtm_flows.config import load
from rtm_flows.connectors.kafka.names import topic_of
from rtm_flows.connectors.kafka.topics import wanted
from rtm_flows.simulate import Shop, simulate
from tests.chaos.compared import Differences, differences, records_in, with_owners
from tests.chaos.running import Job, kills
from tests.kafka.broker import Broker

PARTITIONS = 4
TOPICS = ("shop.events", "shop.orders")
OUTPUTS = ("decisions", "sessions")
CONFIG = """
name = "chaos"
lanes = 16
[input]
kind = "kafka"
[kafka]
bootstrap = "{bootstrap}"
idle = "PT1S"
[[kafka.topics]]
name = "shop.events"
[[kafka.topics]]
name = "shop.orders"
[kafka.client]
"fetch.wait.max.ms" = 20
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


def history(seed: int) -> list[bytes]:
    """Return the lines of a small shop, in order of arrival, some late, twice or broken."""
    blocks: list[bytes] = []
    simulate(Shop(people=250, days=2.0, broken=0.002, seed=seed), blocks.append)
    return b"".join(blocks).splitlines(keepends=True)


def play(seed: int, count: int, broker: Broker, folder: Path) -> Iterator[tuple[str, Differences]]:
    """Break a job off `count` times; yield what differs, output by output."""
    rng = random.Random(seed)
    config = prepared(broker, folder)
    loaded = load(config)
    job, lines = Job(config, folder), history(seed)
    cuts = [0, *sorted(rng.sample(range(1, len(lines)), count)), len(lines)]
    for at, kill in enumerate(kills(rng, count, 4.0)):
        produce(config, folder, lines[cuts[at] : cuts[at + 1]])
        job.broken(kill)
    produce(config, folder, lines[cuts[count] :])
    job.to_end(rng.choice([1, 2]))
    files = from_files(config, folder)
    for output in OUTPUTS:
        got = records_in(broker.bootstrap, topic_of(loaded, output), PARTITIONS)
        written = (files / f"{output}.jsonl").read_bytes().splitlines()
        yield output, differences(with_owners(got, owner), with_owners(written, owner))


def prepared(broker: Broker, folder: Path) -> Path:
    """Write the configuration of the job, make its topics, and return the path."""
    config = folder / "chaos.toml"
    config.write_text(CONFIG.format(bootstrap=broker.bootstrap), "utf-8")
    for topic in TOPICS:
        broker.create_topic(topic, PARTITIONS)
    for one in wanted(load(config)):
        if one.partitions is not None:
            broker.create_topic(one.topic, one.partitions)
    return config


def produce(config: Path, folder: Path, lines: list[bytes]) -> None:
    """Write lines into the topics: orders by themselves, all else as events."""
    parts: dict[str, list[bytes]] = {topic: [] for topic in TOPICS}
    for line in lines:
        parts[TOPICS[b'"purchase"' in line]].append(line)
    for topic, part in parts.items():
        if part:
            path = folder / "part.jsonl"
            path.write_bytes(b"".join(part))
            _rtm("produce", str(config), str(path), "--topic", topic, "--quiet")


def from_files(config: Path, folder: Path) -> Path:
    """Return the folder of what a run over the exported history writes."""
    _rtm("export", str(config), "--output", str(folder / "exported"), "--quiet")
    output = folder / "from_files"
    given = ["--input", str(folder / "exported"), "--output", str(output)]
    _rtm("run", str(config), *given, "--quiet")
    return output


def _rtm(*arguments: str) -> None:
    command = [sys.executable, "-m", "rtm_flows.cli", *arguments]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        msg = f"rtm {' '.join(arguments)} ended with {done.returncode}: {done.stderr.decode()}"
        raise RuntimeError(msg)


def owner(line: bytes) -> bytes:
    """Return whose a line is."""
    tree = msgspec.json.decode(line)
    return str(tree.get("user_id") or tree.get("subject_id")).encode()
