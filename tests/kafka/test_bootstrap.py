"""A job that begins with a history from files, and goes on in the topics: one run, one answer."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zlib import crc32

import pytest
from confluent_kafka import Producer

from rtm_flows.cli.claiming import Reads
from rtm_flows.config import load
from rtm_flows.connectors.kafka.history import history_of, told_until, with_history
from rtm_flows.connectors.kafka.topics import wanted
from rtm_flows.connectors.rounds import Round
from rtm_flows.connectors.topic_records import Record
from rtm_flows.errors import ConfigError
from tests.connectors.exports import write_export
from tests.connectors.sequenced import Log
from tests.kafka.jobs import SHOP
from tests.kafka.last_hour import last_hour
from tests.kafka.live import read_all, recorded
from tests.kafka.logs import count_records
from tests.kafka.mock_cluster import MockKafka, mock_kafka
from tests.runs.running import digests, kill, lines, rtm, start

PARTITIONS = 2
JOB = (
    SHOP
    + """
[people]
most_per_lane = 12
[kafka]
bootstrap = "{bootstrap}"
most = {most}
[[kafka.topics]]
name = "{topic}"
[kafka.written]
prefix = "{prefix}."
"""
)


class World:
    """A broker with a topic of a shop's last hour, of which a half has not happened yet."""

    def __init__(self, folder: Path, broker: MockKafka, topic: str, people: int = 1500) -> None:
        self.folder, self.broker, self.topic = folder, broker, topic
        broker.create_topic(topic, PARTITIONS)
        self.events = last_hour(people).lines
        self.half, self.most = len(self.events) // 2, 8
        self.more = ""
        self.ends: list[int] = []

    def produce(self, events: list[bytes]) -> None:
        """Write events as they happen: the broker has them at their own times."""
        producer = Producer({"bootstrap.servers": self.broker.bootstrap})
        for line in events:
            told = json.loads(line)
            person = str(told.get("user_id") or told.get("anonymous_id"))
            at = int(datetime.fromisoformat(told["time"]).timestamp() * 1000)
            number = crc32(person.encode()) % PARTITIONS
            producer.produce(self.topic, line, None, number, timestamp=at)
        assert producer.flush(30) == 0

    def job(self, prefix: str) -> Path:
        """Write a job with outputs of its own, and make their topics."""
        path = self.folder / f"{prefix}.toml"
        told = {"bootstrap": self.broker.bootstrap, "topic": self.topic, "prefix": prefix}
        told |= {"most": str(self.most)}
        path.write_text(JOB.format(**told) + self.more)
        for one in wanted(load(path)):
            if one.topic != self.topic:
                self.broker.create_topic(one.topic, one.partitions or 1)
        return path

    def log(self) -> Log:
        """Return all records of the topic that the broker has."""
        return {
            f"{self.topic}/{number}": read_all(self.broker, self.topic, number)
            for number in range(PARTITIONS)
        }

    def outputs(self, config: Path) -> Path:
        """Export what a job has written."""
        out = self.folder / f"{config.stem}-outputs"
        rtm("export", config, "--outputs", "--output", out)
        return out


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world whose first half was read by one job, and exported."""
    with mock_kafka() as broker:
        world = World(tmp_path, broker, "web")
        world.produce(world.events[: world.half])
        world.ends = [len(records) for records in world.log().values()]
        first = world.job("first")
        rtm("run", first, "--to-end", "--recovery", tmp_path / "first-state")
        rtm("export", first, "--output", tmp_path / "history")
        yield world


def assert_one_answer(world: World, second: Path, log: Log) -> Path:
    """The second job has read the history and then the topic, and says what that gives."""
    out = world.outputs(second)
    rounds = recorded(world.broker, second.stem)
    before = lines(world.folder / "history" / "rounds.jsonl")
    assert len(rounds) > len(before) > 5
    for one, was in zip(rounds, before, strict=False):
        assert (one.number, one.ends, one.last) == (was["number"], was.get("ends", {}), False)
    whole = write_export(world.folder / "whole", log, rounds)
    rtm("replay", second, "--input", whole, "--output", world.folder / "again")
    for name in ("decisions", "scores", "sessions", "learning", "dead_letters"):
        found = (out / f"{name}.jsonl").read_bytes()
        assert found == (world.folder / "again" / f"{name}.jsonl").read_bytes(), name
    summary = json.loads((world.folder / "again" / "summary.json").read_bytes())
    assert summary["input"] == len(world.events)
    assert summary["evicted"]["most_per_lane"]
    return out


@pytest.mark.slow
def test_a_history_and_the_topic_behind_it_are_one_run(world: World) -> None:
    """Though the broker no longer has what is in the history; killed on the way, and resumed."""
    world.produce(world.events[world.half :])
    log = world.log()
    for number, end in enumerate(world.ends):
        world.broker.delete_records(world.topic, number, end)
    second = world.job("second")
    begun = ("run", second, "--to-end", "--bootstrap", world.folder / "history")
    run = (*begun, "--recovery", world.folder / "state", "--snapshot-every", "0.1")
    decided = len(lines(world.outputs(world.folder / "first.toml") / "decisions.jsonl"))
    # Once in the history, and once behind it.
    killed = sum(killed_at(world, second, run, at) for at in (decided // 3, decided + 20))
    rtm(*run, "--workers", "2")

    assert killed
    out = assert_one_answer(world, second, log)
    assert_deliveries(world, out)
    history = ("--bootstrap", world.folder / "history")
    told = rtm("export", second, *history, "--output", world.folder / "all")
    assert "no longer has" not in told
    assert "no longer has" in rtm("export", second, "--output", world.folder / "less")
    rtm("replay", second, "--input", world.folder / "all", "--output", world.folder / "of-all")
    assert digests(world.folder / "of-all") == digests(world.folder / "again")


def killed_at(world: World, job: Path, run: tuple[str | Path, ...], decided: int) -> bool:
    """Kill a run as soon as it has written so many decisions; tell whether it was still alive."""
    process = start(*run)
    while process.poll() is None:
        if count_records(world.broker.bootstrap, [f"{job.stem}.decisions"], 4) >= decided:
            break
        time.sleep(0.01)
    alive = process.poll() is None
    kill(process)
    return alive


def assert_deliveries(world: World, out: Path) -> None:
    """What the first job has told to deliver is not told again; each decision has one fate."""
    decided = {one["decision_id"]: one for one in lines(out / "decisions.jsonl")}
    told = {one["decision_id"]: one["reason"] for one in lines(out / "undelivered.jsonl")}
    gone = {one["decision_id"] for one in lines(out / "deliveries.jsonl")}
    due = {id_ for id_, one in decided.items() if one["name"] != "no_action"}
    assert told.keys() | gone == due
    assert not told.keys() & gone
    until = json.loads(world.events[world.half - 1])["time"]
    newest = max(json.loads(line)["time"] for line in world.events[: world.half])
    assert until <= newest
    for id_ in due:
        is_history = decided[id_]["decision_time"] <= newest
        assert (told.get(id_) == "history") == is_history, decided[id_]
    reasons = Counter(told.values())
    assert reasons["history"]
    assert gone


def test_a_job_of_files_has_its_history_among_them() -> None:
    """It is refused to name another one."""
    with pytest.raises(ConfigError, match="--bootstrap: is for a job that reads topics"):
        with_history(load({"name": "shop"}), ["history"])


def test_a_history_is_part_of_what_a_recovery_folder_belongs_to(tmp_path: Path) -> None:
    """Without it, or with another one, the run is not resumed; the answer is the job's own."""
    topics = {"name": "shop", "input": {"kind": "kafka"}, "kafka": {"topics": [{"name": "web"}]}}
    job = load(topics)
    log = {"web/0": [Record(0, b"{}")]}
    folders = [
        write_export(tmp_path / name, log, [Round(number=0, joined={"web/0": 0}, idle=idle)])
        for name, idle in (("one", ()), ("other", ("web/0",)))
    ]
    jobs = [job, *(with_history(job, [str(folder)]) for folder in folders)]

    assert len({Reads.topics(one).name for one in jobs}) == 3
    assert len({one.digest for one in jobs}) == 1
    assert [told_until(history_of(one)) for one in jobs] == [None, 0, 0]
