"""Whole runs from files into topics: what a file run writes, each record once, whatever happens."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from rtm_flows.config import load
from rtm_flows.connectors.kafka.topics import written
from rtm_flows.simulate import Shop, simulate
from rtm_flows.times import format_time
from tests.kafka.broker import Broker
from tests.kafka.last_hour import last_hour
from tests.kafka.logs import Read, count_records, read_topics, write_stray
from tests.kafka.mock_cluster import MockKafka, mock_kafka
from tests.kills import ROUNDS
from tests.runs.running import kill, rtm, start, wait_for_snapshot, write_config

PARTITIONS = 4
EVERY = ("--snapshot-every", "0.1")
FIELDS = (
    '["decision_id", "decision_time", "subject_id", "subject_type", "name", "channel", "held_out",'
    ' "not_before", "expires_at", "supersedes"]'
)
"""Short records: the mock cluster keeps 5 MB of a partition."""

Keyed = Counter[tuple[bytes | None, bytes]]


class Files(NamedTuple):
    """A file run: its events, and the lines of each output."""

    events: Path
    lines: dict[str, list[bytes]]


class Live(NamedTuple):
    """A job that writes to topics of its own."""

    config: Path
    bootstrap: str
    topics: dict[str, str]

    def size(self) -> int:
        """Return how many records there are."""
        return count_records(self.bootstrap, self.topics.values(), PARTITIONS)

    def read(self) -> dict[str, list[Read]]:
        """Return the records of every output."""
        found = read_topics(self.bootstrap, self.topics.values(), PARTITIONS)
        return {output: found[topic] for output, topic in self.topics.items()}


@pytest.fixture(scope="module")
def cluster() -> Iterator[MockKafka]:
    """A cluster for the runs of this file."""
    with mock_kafka() as broker:
        yield broker


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A day of a shop, as a run in one process writes it to files."""
    folder = tmp_path_factory.mktemp("files")
    events = folder / "events.jsonl"
    shop = Shop(people=300, days=1.0, seed=21, duplicates=0.02, late=0.01, broken=0.005)
    with events.open("wb") as file:
        simulate(shop, file.write)
    rtm("run", configured(folder), "--input", events, "--output", folder / "out", "--quiet")
    lines = {path.stem: path.read_bytes().splitlines() for path in folder.glob("out/*.jsonl")}
    return Files(events, lines)


def configured(folder: Path, more: str = "") -> Path:
    """Write a job that reads in order of arrival, by small blocks, so that a run takes a while."""
    decisions = f"[outputs.decisions]\nfields = {FIELDS}\n"
    return write_config(folder, sort=False, stripes=1, block=1 << 12, more=decisions + more)


def live(folder: Path, broker: Broker, name: str, client: str = "") -> Live:
    """Write a job that writes to topics of its own, and make these."""
    more = f"""
[outputs]
kind = "kafka"
[kafka]
bootstrap = "{broker.bootstrap}"
client = {{ {client} }}
[kafka.written]
prefix = "{name}."
"""
    config = configured(folder, more)
    topics = written(load(config))
    for topic in topics.values():
        broker.create_topic(topic, PARTITIONS)
    return Live(config, broker.bootstrap, topics)


def person(line: bytes) -> bytes | None:
    """Return the person key of a line."""
    told = json.loads(line)
    kind = {"user": "u", "anonymous": "a"}.get(told.get("subject_type", ""))
    return None if kind is None else f"{kind}:{told['subject_id']}".encode()


def by_key(pairs: Iterable[tuple[bytes | None, bytes]]) -> dict[bytes | None, list[bytes]]:
    """Return the values of each key, in order."""
    groups: defaultdict[bytes | None, list[bytes]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return dict(groups)


def assert_same(files: Files, read: dict[str, list[Read]]) -> None:
    """The topics hold what the files do, each record once, and each key's in the same order."""
    for output, lines in files.lines.items():
        found = by_key((one.key, one.value) for one in read[output])
        assert found == by_key((person(line), line) for line in lines), output
        for key, where in _places(read[output]).items():
            assert len(where) == 1, (output, key, where)
    assert_delivered(files, read)


def assert_delivered(files: Files, read: dict[str, list[Read]]) -> None:
    """Each decision that is to be delivered is in deliveries or in undelivered, once."""
    decided = map(json.loads, files.lines["decisions"])
    due = [one["decision_id"] for one in decided if one["name"] != "no_action"]
    told = [one.id for output in ("deliveries", "undelivered") for one in read[output]]
    assert sorted(told) == sorted(due)


def _places(read: list[Read]) -> dict[bytes | None, set[int]]:
    places: defaultdict[bytes | None, set[int]] = defaultdict(set)
    for one in read:
        places[one.key].add(one.partition)
    return dict(places)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_topics_hold_what_files_do(
    workers: str, files: Files, cluster: MockKafka, tmp_path: Path
) -> None:
    """The same pairs of key and value, each key's in the same order, for any number of workers."""
    job = live(tmp_path, cluster, f"same{workers}")

    rtm("run", job.config, "--input", files.events, "--workers", workers)

    read = job.read()
    assert_same(files, read)
    assert {one.headers["ce_type"] for one in read["scores"]} == {"rtm.scores"}
    for one in read["decisions"]:
        told = json.loads(one.value)
        assert one.id == told["decision_id"]
        assert one.headers["ce_time"] == told["decision_time"]
        assert (one.headers["ce_specversion"], one.headers["ce_source"]) == ("1.0", "rtm/shop")
        assert one.headers["content-type"] == "application/json"
        assert one.key is not None
        assert one.headers["ce_subject"] == one.key.decode()


def killed_and_resumed(
    files: Files, job: Live, recovery: Path, kills: int, seed: int, workers: str = "1"
) -> None:
    """Kill a run so many times at random instants, and let it come to its end."""
    rng = random.Random(seed)
    run = ("run", job.config, "--input", files.events, "--recovery", recovery, *EVERY)
    command = (*run, "--workers", workers)
    done = 0
    while done < kills:
        process = start(*command)
        # Let it come to where it writes: before that a kill proves nothing.
        if not wait_for_records(job, process, rng.randint(1, 300)):
            break
        time.sleep(rng.uniform(0.0, 0.1))
        kill(process)
        done += 1
    told = rtm(*command)

    assert done >= min(kills, 3), f"seed {seed}: too quick to kill; killed {done} times; {told}"


def test_after_kills_nothing_is_lost_twice_or_different(
    files: Files, cluster: MockKafka, tmp_path: Path
) -> None:
    """Five kill -9 at random instants."""
    job = live(tmp_path, cluster, "killed")

    killed_and_resumed(files, job, tmp_path / "recovery", kills=5, seed=5)

    assert_same(files, job.read())


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_after_many_kills_nothing_is_lost_twice_or_different(
    workers: str, files: Files, cluster: MockKafka, tmp_path: Path
) -> None:
    """Five kill -9 at random instants a round, over as many runs as it takes."""
    for seed in range(ROUNDS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        job = live(folder, cluster, f"many{workers}{seed}")
        killed_and_resumed(files, job, folder / "recovery", kills=5, seed=seed, workers=workers)
        assert_same(files, job.read())


def wait_for_records(job: Live, process: subprocess.Popen[bytes], count: int) -> bool:
    """Wait until so many more records are written; False if the process ended first."""
    wanted = count + job.size()
    while process.poll() is None:
        if job.size() >= wanted:
            return True
        time.sleep(0.01)
    return False


def test_a_kill_before_the_first_snapshot(files: Files, cluster: MockKafka, tmp_path: Path) -> None:
    """Where the topics ended is known from before the first record."""
    job = live(tmp_path, cluster, "first")
    run = ("run", job.config, "--input", files.events, "--recovery", tmp_path / "recovery")
    process = start(*run, "--snapshot-every", "3600")
    assert wait_for_records(job, process, 50)
    kill(process)
    rtm(*run)

    assert_same(files, job.read())


def test_sigterm_stops_and_a_resume_goes_on(
    files: Files, cluster: MockKafka, tmp_path: Path
) -> None:
    """Status 0, and the same command finishes it, in more processes."""
    job = live(tmp_path, cluster, "stopped")
    run = ("run", job.config, "--input", files.events, "--recovery", tmp_path / "recovery")
    process = start(*run, "--snapshot-every", "3600")
    assert wait_for_records(job, process, 50)
    process.send_signal(signal.SIGTERM)

    assert process.wait(20) == 0
    rtm(*run, "--workers", "2")
    assert_same(files, job.read())
    assert "complete" in rtm(*run)


def test_a_broker_away_too_long_fails_the_run_and_loses_nothing(
    files: Files, tmp_path: Path
) -> None:
    """Exit status 1 while it is away; once it is back, the same command finishes."""
    with mock_kafka() as cluster:
        job = live(tmp_path, cluster, "away", '"message.timeout.ms" = 1500')
        run = ("run", job.config, "--input", files.events, "--recovery", tmp_path / "recovery")
        process = start(*run, *EVERY)
        assert wait_for_snapshot(tmp_path / "recovery", process)
        cluster.down()
        assert process.wait(30) == 1
        cluster.up()
        rtm(*run)

        assert_same(files, job.read())


def test_a_refused_record_fails_the_run_and_loses_nothing(files: Files, tmp_path: Path) -> None:
    """What the broker refuses for good is told with its topic; the next run writes it."""
    with mock_kafka() as cluster:
        job = live(tmp_path, cluster, "refused")
        run = ("run", job.config, "--input", files.events, "--recovery", tmp_path / "recovery")
        cluster.refuse_produce(29)
        told = rtm(*run, status=1)
        assert told.splitlines()[-1].startswith("rtm: ")
        assert "Topic authorization failed" in told
        rtm(*run)

        assert_same(files, job.read())


def test_topics_that_hold_records_are_not_written_to_by_chance(
    files: Files, cluster: MockKafka, tmp_path: Path
) -> None:
    """A new run on old topics is refused, unless it is told to append."""
    job = live(tmp_path, cluster, "again")
    run = ("run", job.config, "--input", files.events, "--quiet")
    rtm(*run)

    assert "holds" in rtm(*run, status=1)
    rtm(*run, "--append")
    assert len(job.read()["scores"]) == 2 * len(files.lines["scores"])


def test_a_stray_record_stops_a_resume(files: Files, cluster: MockKafka, tmp_path: Path) -> None:
    """What another program wrote since the last snapshot is found on a resume."""
    job = live(tmp_path, cluster, "stray")
    run = ("run", job.config, "--input", files.events, "--recovery", tmp_path / "recovery")
    process = start(*run, "--snapshot-every", "3600")
    assert wait_for_records(job, process, 50)
    kill(process)
    write_stray(cluster.bootstrap, job.topics["scores"], 2)

    assert "another program writes into this topic" in rtm(*run, status=1)


def test_other_topics_are_another_run(files: Files, cluster: MockKafka, tmp_path: Path) -> None:
    """What a recovery folder belongs to includes the topics, their partitions and channels."""
    job = live(tmp_path, cluster, "other")
    run = ("run", job.config, "--input", files.events, "--recovery", tmp_path / "recovery")
    process = start(*run)
    assert wait_for_records(job, process, 1)
    kill(process)
    job.config.write_text(job.config.read_text() + "channels = true\n")
    for channel in {action.channel for action in load(job.config).actions}:
        cluster.create_topic(f"other.deliveries.{channel}", PARTITIONS)

    told = rtm(*run, status=1)
    assert "is now 'topics other.* of 4 partitions with deliveries by channel'" in told


def test_deliveries_by_the_clock_on_the_wall(cluster: MockKafka, tmp_path: Path) -> None:
    """Of an hour up to now, the old half is expired, and the new half goes out as decided."""
    events = tmp_path / "events.jsonl"
    given = last_hour(300)
    events.write_bytes(given.text)
    job = live(tmp_path, cluster, "clock")

    rtm("run", job.config, "--input", events)

    read = job.read()
    decided = {one.id: one for one in read["decisions"]}
    assert read["deliveries"]
    assert read["undelivered"]
    for one in read["deliveries"]:
        assert (one.key, one.value) == (decided[one.id].key, decided[one.id].value)
    for one in read["undelivered"]:
        told, decision = json.loads(one.value), json.loads(decided[one.id].value)
        assert (told["reason"], told["by"]) == ("expired", None)
        assert decision["expires_at"] <= told["time"]
        assert one.key == decided[one.id].key
    started = format_time(int(given.began.timestamp() * 1000) + 3_600_000)
    assert all(json.loads(one.value)["expires_at"] > started for one in read["deliveries"])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--output", "out"), "--output: is for files"),
        (("--overwrite",), "--overwrite: is for files"),
        (("--profile",), "--profile: measures runs that write files"),
    ],
)
def test_options_for_files_are_refused(
    options: tuple[str, ...], told: str, files: Files, cluster: MockKafka, tmp_path: Path
) -> None:
    """A job that writes to topics has no output folder."""
    config = configured(
        tmp_path, f'[outputs]\nkind = "kafka"\n[kafka]\nbootstrap = "{cluster.bootstrap}"\n'
    )

    assert told in rtm("run", config, "--input", files.events, *options, status=2)


def test_append_is_refused_for_files(files: Files, tmp_path: Path) -> None:
    """Files are replaced, not written after."""
    config = configured(tmp_path)

    assert "--append: is for topics" in rtm(
        "run", config, "--input", files.events, "--append", status=2
    )


@pytest.mark.kafka
def test_on_the_real_broker_after_a_kill(files: Files, real_broker: Broker, tmp_path: Path) -> None:
    """One kill -9 in the middle, on Apache Kafka itself."""
    job = live(tmp_path, real_broker, "real")

    killed_and_resumed(files, job, tmp_path / "recovery", kills=2, seed=1)

    assert_same(files, job.read())
