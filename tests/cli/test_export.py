"""`rtm export`: what a job has read from topics, as files that give the same answer."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from zlib import crc32

import polars as pl
import pytest
from confluent_kafka import Producer

from rtm_flows.connectors.kafka.client import BOOTSTRAP
from rtm_flows.connectors.rounds import Round, Rounds, encode
from rtm_flows.connectors.topic_records import Record
from tests.cli.commands import complaint, rtm
from tests.connectors.exports import write_export
from tests.connectors.sequenced import Log
from tests.kafka.mock_cluster import MockKafka, mock_kafka
from tests.runs.running import digests, write_config

Capture = pytest.CaptureFixture[str]
PARTITIONS = 2
TOPICS = """
[kafka]
[[kafka.topics]]
name = "web"
[[kafka.topics]]
name = "app"
"""


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A job that reads two topics."""
    return write_config(tmp_path, order="log", more=TOPICS)


@pytest.fixture(scope="session")
def log(events: Path) -> Log:
    """The shop's events as they lie in the partitions of two topics."""
    names = [f"{topic}/{number}" for topic in ("app", "web") for number in range(PARTITIONS)]
    found: Log = {name: [] for name in names}
    for line in events.read_bytes().splitlines():
        own = found[names[crc32(line[:60]) % len(names)]]
        own.append(Record(len(own), line))
    return found


@pytest.fixture(scope="session")
def rounds(log: Log) -> list[Round]:
    """A random way to have read all of it."""
    rng, ends, found = random.Random(3), dict.fromkeys(log, 0), list[Round]()
    while any(ends[name] < len(own) for name, own in log.items()):
        moved = {
            name: min(ends[name] + rng.randint(1, 30), len(own))
            for name, own in log.items()
            if rng.random() < 0.5 and ends[name] < len(own)
        }
        if moved:
            joined = {} if found else dict.fromkeys(log, 0)
            found.append(Round(number=len(found), joined=joined, ends=moved))
            ends |= moved
    return [*found, Round(number=len(found), last=True)]


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch, log: Log) -> Iterator[MockKafka]:
    """A broker that holds the log, and no rounds yet."""
    with mock_kafka() as running:
        for name in ("web", "app"):
            running.create_topic(name, PARTITIONS)
        running.create_topic("shop.rounds", 1)
        producer = Producer({"bootstrap.servers": running.bootstrap})
        for name, records in log.items():
            topic, number = name.split("/")
            for offset, value in records:
                producer.produce(topic, value, b"k%d" % offset, partition=int(number))
        assert producer.flush(20) == 0
        monkeypatch.setenv(BOOTSTRAP, running.bootstrap)
        yield running


def record(broker: MockKafka, rounds: Sequence[Round], run: str = "one", size: int = 50) -> None:
    """Write rounds into the control log, so many a message."""
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    for start in range(0, len(rounds), size):
        some = tuple(rounds[start : start + size])
        message = Rounds(run=run, first=some[0].number, rounds=some)
        producer.produce("shop.rounds", encode(message), partition=0)
    assert producer.flush(20) == 0


def test_the_folder_gives_the_same_answer(
    capsys: Capture, tmp_path: Path, job: Path, broker: MockKafka, log: Log, rounds: list[Round]
) -> None:
    """All records with keys and offsets; rounds that a resumed run recorded again count once."""
    half = len(rounds) // 2
    record(broker, rounds[:half])
    record(broker, rounds[half - 20 :])
    out = tmp_path / "history"

    done = rtm(capsys, "export", job, "--output", out)

    total = sum(map(len, log.values()))
    assert done.status == 0, done
    assert done.out.startswith(
        f"{out}: {total:,} records of 4 partitions in {len(rounds):,} rounds\n"
    )
    assert f"rtm replay {job} --input {out}" in done.out
    for name, records in log.items():
        table = pl.read_parquet(out / f"{name}.parquet")
        assert table["offset"].to_list() == list(range(len(records)))
        assert table["key"].to_list() == [b"k%d" % at for at in range(len(records))]
        assert table["value"].to_list() == [one.value for one in records]
        assert table["timestamp"].null_count() == 0
    wanted = write_export(tmp_path / "wanted", log, rounds)
    for folder in (out, wanted):
        again = tmp_path / f"of-{folder.name}"
        rtm(capsys, "replay", job, "--input", folder, "--output", again)
    assert digests(tmp_path / "of-history") == digests(tmp_path / "of-wanted")


def test_of_several_runs_the_last_counts(
    capsys: Capture, tmp_path: Path, job: Path, broker: MockKafka, rounds: list[Round]
) -> None:
    """That which has recorded last; what it has not read is told."""
    record(broker, rounds[:9], "old")
    record(broker, rounds[:2], "new")

    done = rtm(capsys, "export", job, "--output", tmp_path / "history")

    lines = (tmp_path / "history" / "rounds.jsonl").read_bytes().splitlines()
    assert lines == [encode(one) for one in rounds[:2]]
    assert " of them no round has read" in done.out
    assert "tells of 2 runs" in done.out


def test_a_gap_is_refused_with_its_place(
    capsys: Capture, tmp_path: Path, job: Path, broker: MockKafka, rounds: list[Round]
) -> None:
    """Topic, partition and offset of the message; and no folder that looks whole is left."""
    record(broker, rounds[:10], size=10)
    record(broker, rounds[11:20], size=10)

    said = complaint(rtm(capsys, "export", job, "--output", tmp_path / "history"), 1)

    assert said.startswith(
        "topic shop.rounds, partition 0, offset 1: holds round 11 where round 10"
    )
    assert list((tmp_path / "history").iterdir()) == []
    assert not (tmp_path / "history.part").exists()


def test_without_rounds_there_is_nothing_to_repeat(
    capsys: Capture, tmp_path: Path, job: Path, broker: MockKafka
) -> None:
    """It says what is missing."""
    assert broker is not None
    said = complaint(rtm(capsys, "export", job, "--output", tmp_path / "history"), 1)

    assert said.startswith("topic shop.rounds: holds no rounds")


def test_records_that_the_broker_has_dropped_are_told(
    capsys: Capture, tmp_path: Path, job: Path, broker: MockKafka, rounds: list[Round]
) -> None:
    """The folder is written, but a replay of it is refused."""
    record(broker, rounds)
    broker.delete_records("web", 1, 5)
    out = tmp_path / "history"

    done = rtm(capsys, "export", job, "--output", out)

    assert done.status == 0
    assert "no longer has the first records of web/1." in done.out
    assert pl.read_parquet(out / "web" / "1.parquet")["offset"][0] == 5
    said = complaint(
        rtm(capsys, "replay", job, "--input", out, "--output", tmp_path / "again", "--quiet"), 1
    )
    assert "has read web/1 from offset 0 on, but when it was exported the broker had" in said


def test_a_folder_that_is_taken_is_refused(capsys: Capture, tmp_path: Path, job: Path) -> None:
    """Before anything is connected to."""
    said = complaint(rtm(capsys, "export", job, "--output", tmp_path), 1)

    assert said.startswith(f"{tmp_path}: is not empty ({job.name} is in it)")
