"""A job that begins with files of events, and goes on in the topics: one run, one answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from confluent_kafka import Producer
from msgspec import structs

from rtm_flows.cli.claiming import Reads
from rtm_flows.config import Job, load
from rtm_flows.config.kafka import Kafka, Topic
from rtm_flows.connectors.kafka.consumer import TopicConsumer
from rtm_flows.connectors.kafka.history import history_of, past_of, told_until, with_history
from rtm_flows.connectors.past import NOTE
from rtm_flows.errors import BrokerError, ConfigError
from tests.cli.commands import complaint
from tests.cli.commands import rtm as command
from tests.kafka.broker import Broker, RealKafka
from tests.kafka.live import produce, recorded, write_job
from tests.kafka.mock_cluster import MockKafka, mock_kafka
from tests.kafka.test_bootstrap import World, killed_at
from tests.runs.running import digests, lines, rtm

TRIGGERS = ["add_to_cart", "begin_checkout", "purchase"]
"""Few, since the mock cluster keeps 5 MB of a partition, and two rounds are a long history."""
READS = {"name": "shop", "input": {"kind": "kafka"}, "kafka": {"topics": [{"name": "web"}]}}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world of whose last hour the first three quarters are in a file, in no order."""
    with mock_kafka() as broker:
        world = World(tmp_path, broker, "web", people=12_000)
        world.half, world.most = len(world.events) * 3 // 4, 200
        world.more = f"[triggers]\ntypes = {json.dumps(TRIGGERS)}\n"
        told = world.events[: world.half]
        (tmp_path / "before.jsonl").write_bytes(b"\n".join(sorted(told)) + b"\n{\n")
        yield world


@pytest.mark.slow
def test_files_and_the_topics_behind_them_are_one_run(world: World) -> None:
    """Killed within the files and behind them; some records are in both; nothing of old goes out.

    The export notes the files, and gives the same answer.
    """
    world.produce(world.events[world.half - 40 :])
    second = world.job("second")
    history = ("--bootstrap", world.folder / "before.jsonl")
    run = ("run", second, "--to-end", *history, "--recovery", world.folder / "state")
    kept = (*run, "--snapshot-every", "0.1")
    before = sum(json.loads(line)["type"] in TRIGGERS for line in world.events[: world.half])
    killed = sum(killed_at(world, second, kept, at) for at in (1, before + 20))
    rtm(*kept, "--workers", "2")

    assert killed
    whole = world.folder / "whole"
    rtm("export", second, *history, "--output", whole)
    again = world.folder / "again"
    rtm("replay", second, "--input", whole, "--output", again)
    out = world.outputs(second)
    for name in ("decisions", "scores", "sessions", "learning", "dead_letters"):
        assert (out / f"{name}.jsonl").read_bytes() == (again / f"{name}.jsonl").read_bytes(), name
    rounds = recorded(world.broker, "second")
    assert [one.history is not None for one in rounds[:3]] == [True, True, False]
    summary = json.loads((again / "summary.json").read_bytes())
    assert summary["input"] == len(world.events) + 41
    assert summary["duplicate"] + summary["late"] >= 40
    assert summary["duplicate"]
    assert summary["evicted"]["most_per_lane"]
    assert_not_told_again(world, out)


def assert_not_told_again(world: World, out: Path) -> None:
    """What was decided by the last event of the files is not delivered."""
    newest = max(json.loads(line)["time"] for line in world.events[: world.half])
    decided = {one["decision_id"]: one["decision_time"] for one in lines(out / "decisions.jsonl")}
    gone = {one["decision_id"] for one in lines(out / "deliveries.jsonl")}
    old = [one for one in lines(out / "undelivered.jsonl") if one["reason"] == "history"]
    assert gone
    assert old
    until = newest.replace("+00:00", "Z")
    assert all(decided[id_] > until for id_ in gone)
    assert all(decided[one["decision_id"]] <= until for one in old)


def test_an_export_names_the_files_or_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without them, or with others, nobody could repeat the rounds."""
    with mock_kafka() as broker:
        config = write_job(tmp_path, broker, "short", 'most = 40\nround = "PT0.02S"')
        one = {"id": "1", "time": "2026-03-02T10:00:00Z", "user_id": "u1", "type": "search"}
        for name in ("one", "other"):
            (tmp_path / f"{name}.jsonl").write_text(json.dumps({**one, "id": name}) + "\n")
        later = {**one, "id": "2", "time": "2026-03-02T11:00:00Z"}
        produce(broker, "short", [("web", 0, json.dumps(later).encode())])
        given = ("--bootstrap", tmp_path / "one.jsonl")
        done = command(capsys, "run", config, *given, "--to-end", "--output", tmp_path / "out")
        assert done.status == 0, done

        for wrong in ((), ("--bootstrap", tmp_path / "other.jsonl")):
            told = command(capsys, "export", config, *wrong, "--output", tmp_path / "history")
            assert "the rounds begin with files of the digest" in complaint(told, 1)
        assert command(capsys, "export", config, *given, "--output", tmp_path / "all").status == 0
        assert (tmp_path / "all" / NOTE).is_file()
        command(capsys, "replay", config, "--input", tmp_path / "all", "--output", tmp_path / "two")
        assert digests(tmp_path / "two") == digests(tmp_path / "out")
        assert not (tmp_path / "out" / ".work").exists()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"dedup": {"window": "PT0S"}}, "dedup.window is zero"),
        (
            {
                "input": {
                    "kind": "kafka",
                    "format": "mapping",
                    "mapping": {"time": "at", "user_id": "who", "type": "what"},
                }
            },
            "a mapping names no column as id",
        ),
    ],
)
def test_where_copies_are_not_found_the_topics_begin_at_a_time(
    tmp_path: Path, more: dict[str, object], why: str
) -> None:
    """Or at their end; else what is in both would count twice."""
    (tmp_path / "a.jsonl").write_text("{}\n")
    job = with_history(load({**READS, **more}), [str(tmp_path / "a.jsonl")])
    with pytest.raises(ConfigError, match=rf"kafka\.history: {why}.*--from TIME"):
        history_of(job)
    for start in ("latest", "2026-03-02T10:00:00Z"):
        assert past_of(starting(job, start)) is not None


def starting(job: Job, start: str) -> Job:
    """Return a job that begins in the topics as `start` says."""
    plain = {**READS, "kafka": {"topics": [{"name": "web"}], "start": start}}
    assert job.kafka is not None
    history = job.kafka.history
    assert isinstance(history, tuple)
    return with_history(load(plain), history)


def test_files_and_where_topics_begin_are_part_of_what_a_recovery_folder_belongs_to(
    tmp_path: Path,
) -> None:
    """Other files, or another begin, is another run; deliveries begin behind the newest event."""
    paths = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for path in paths:
        one = {"id": path.stem, "time": 1_700_000_000, "user_id": "u", "type": "search"}
        path.write_text(json.dumps(one) + "\n")
    jobs = [with_history(load(READS), [str(path)]) for path in paths]
    jobs += [with_history(load(READS), [str(path) for path in paths])]
    jobs += [starting(jobs[0], "latest"), starting(jobs[0], "2026-03-02T10:00:00Z")]

    assert len({Reads.topics(one).name for one in jobs}) == 5
    assert told_until(history_of(jobs[2])) == 1_700_000_000_000


class TimeTopic:
    """A topic whose first partition has records of four times, and the other none."""

    def __init__(self, broker: Broker, name: str) -> None:
        self.name = name
        broker.create_topic(name, 2)
        producer = Producer({"bootstrap.servers": broker.bootstrap})
        for time in (1000, 2000, 3000, 4000):
            producer.produce(name, b"{}", partition=0, timestamp=time)
        assert producer.flush(30) == 0
        rule = Kafka(bootstrap=broker.bootstrap, topics=(Topic(name=name),))
        self._job = structs.replace(load({"name": "times"}), kafka=rule)

    def offsets_at(self, time: int) -> dict[str, int]:
        """Return where each partition is read from a time on."""
        with closing(TopicConsumer(self._job)) as consumer:
            return consumer.offsets_at(time, consumer.bounds())


def test_no_offset_is_guessed_where_times_cannot_be_looked_up(mock_broker: MockKafka) -> None:
    """The mock cluster says of every time that there is nothing: that is refused, not believed."""
    with pytest.raises(BrokerError, match="cannot look up records by their times"):
        TimeTopic(mock_broker, "blind").offsets_at(2500)


@pytest.mark.kafka
def test_a_time_is_the_first_record_of_then_or_later(real_broker: RealKafka) -> None:
    """In each partition by itself; where there is none, the end."""
    topic = TimeTopic(real_broker, "timed")

    found = [topic.offsets_at(time) for time in (0, 2000, 2001, 9000)]

    assert found == [{"timed/0": first, "timed/1": 0} for first in (0, 1, 2, 4)]
