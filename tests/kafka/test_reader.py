"""The reader of topics, in process: what it waits for, what it holds back, what it refuses."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from rtm_flows.config.kafka import Kafka, Topic
from rtm_flows.connectors.batches import Batch
from rtm_flows.connectors.kafka import reader as readers
from rtm_flows.connectors.kafka.consumer import TopicConsumer
from rtm_flows.connectors.kafka.growth import Growth
from rtm_flows.connectors.kafka.reader import KafkaReader
from rtm_flows.connectors.kafka.source import KafkaInput
from rtm_flows.connectors.live import Pause
from rtm_flows.connectors.rounds import Round
from rtm_flows.connectors.rounds_file import RoundsFile
from rtm_flows.errors import BrokerError, RecoveryError
from tests.kafka.live import BEGAN, job_of, life, produce, recorded, write_job
from tests.kafka.mock_cluster import MockKafka, mock_kafka

SECONDS = 30.0


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """Return what was logged since this was last asked."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


class Clock:
    """Seconds that pass when told."""

    now = 100.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now


@contextmanager
def reading(
    config: Path,
    rounds: Path | None = None,
    position: bytes | None = None,
    clock: Callable[[], float] = time.monotonic,
    *,
    to_end: bool = False,
) -> Iterator[KafkaReader]:
    """Read the topics of a job."""
    found = KafkaInput(job_of(config), rounds, to_end=to_end, clock=clock)
    with closing(found.follow(position)) as reader:
        yield reader


def drain(
    reader: KafkaReader, until: Callable[[list[Batch]], bool], clock: Clock | None = None
) -> list[Batch]:
    """Return the batches that a reader gives until something holds, or it is at its end."""
    batches: list[Batch] = []
    deadline = time.monotonic() + SECONDS
    while not until(batches):
        assert time.monotonic() < deadline, f"{len(batches)} batches, and nothing more came"
        batch = reader.next()
        if batch is None:
            return batches
        if isinstance(batch, Pause):
            time.sleep(0.002)
            if clock is not None:
                clock.now += 0.01
        else:
            batches.append(batch)
    return batches


def records(batches: list[Batch]) -> int:
    """Return how many records batches hold."""
    return sum(batch.records for batch in batches)


def kept(path: Path) -> list[Round]:
    """Return the rounds that a file holds."""
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    with closing(RoundsFile(copy)) as rounds:
        return rounds.since(0)


def event(number: int, time_ms: int) -> bytes:
    """Return an event."""
    told = {"id": f"e{number}", "time": time_ms, "type": "search", "user_id": "u1"}
    return json.dumps(told).encode()


def never(_: list[Batch]) -> bool:
    """Go on to the end."""
    return False


def test_a_round_is_kept_before_it_is_handed_out(mock_broker: MockKafka, tmp_path: Path) -> None:
    """Whatever a caller has seen, the file tells of."""
    config = write_job(tmp_path, mock_broker, "kept", "most = 20")
    produce(mock_broker, "kept", life(1, 100))
    with reading(config, tmp_path / "rounds", to_end=True) as reader:
        while (batch := reader.next()) is not None:
            if isinstance(batch, Batch):
                assert batch.judged is not None
                assert kept(tmp_path / "rounds")[-1].number == batch.judged.round


def test_the_control_log_is_whole_at_the_end(mock_broker: MockKafka, tmp_path: Path) -> None:
    """Before the end is told, all rounds were reported written."""
    config = write_job(tmp_path, mock_broker, "log", "most = 20")
    count = produce(mock_broker, "log", life(1, 100))
    with reading(config, tmp_path / "rounds", to_end=True) as reader:
        batches = drain(reader, never)
        assert recorded(mock_broker, "log") == kept(tmp_path / "rounds")
    # Orders of a time that never came are in no batch before the last.
    assert records(batches) == count


def test_a_resume_repeats_what_is_kept(mock_broker: MockKafka, tmp_path: Path) -> None:
    """From any position, and from none, the same rounds with the same records come again."""
    config = write_job(tmp_path, mock_broker, "again", "most = 30")
    produce(mock_broker, "again", life(2, 200))
    positions: list[bytes | None] = [None]
    with reading(config, tmp_path / "rounds") as reader:
        first: list[Batch] = []
        while len(first) < 4:
            first += drain(reader, lambda batches: len(batches) == 1)
            positions.append(reader.position())
    for number, position in enumerate(positions[:-1]):
        with reading(config, tmp_path / "rounds", position) as reader:
            again = drain(reader, lambda batches, n=number: len(batches) == 4 - n)  # type: ignore[misc]
        for one, other in zip(first[number:], again, strict=True):
            assert one.table["id"].tolist() == other.table["id"].tolist()
            assert one.dead == other.dead


def test_a_position_wants_its_rounds(mock_broker: MockKafka, tmp_path: Path) -> None:
    """Without the file of its run a resume is refused."""
    config = write_job(tmp_path, mock_broker, "lost")
    produce(mock_broker, "lost", life(2, 10))
    with reading(config, tmp_path / "rounds") as reader:
        drain(reader, lambda batches: len(batches) == 1)
        position = reader.position()
    (tmp_path / "rounds").unlink()
    with (
        pytest.raises(RecoveryError, match="must hold the rounds of run"),
        reading(config, tmp_path / "rounds", position),
    ):
        pass


def test_records_that_are_gone_stop_the_job(mock_broker: MockKafka, tmp_path: Path) -> None:
    """Retention that has overtaken a resume is told with the offsets, and nothing is skipped."""
    config = write_job(tmp_path, mock_broker, "gone")
    produce(mock_broker, "gone", (("web", 0, event(n, BEGAN + n)) for n in range(10)))
    with reading(config, tmp_path / "rounds") as reader:
        drain(reader, lambda batches: records(batches) == 10)
        position = reader.position()
    produce(mock_broker, "gone", (("web", 0, event(n, BEGAN + n)) for n in range(10, 20)))
    mock_broker.delete_records("gone.web", 0, 15)
    with (
        pytest.raises(BrokerError, match=r"gone.web/0: .* offset 10, .* 15 to 20: retention"),
        reading(config, tmp_path / "rounds", position),
    ):
        pass


def test_records_that_go_while_they_are_awaited_stop_the_job(
    mock_broker: MockKafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the broker says once, when it is asked for an offset that is gone, is heard."""
    config = write_job(tmp_path, mock_broker, "going")
    produce(mock_broker, "going", (("web", 0, event(n, BEGAN + n)) for n in range(10)))
    assign = TopicConsumer.assign

    def assigned(self: TopicConsumer, *args: Any, **more: Any) -> None:
        mock_broker.delete_records("going.web", 0, 5)
        assign(self, *args, **more)

    monkeypatch.setattr(TopicConsumer, "assign", assigned)
    with (
        reading(config, tmp_path / "rounds") as reader,
        pytest.raises(BrokerError, match=r"going.web/0: .* offset 0, .* 5 to 10: retention"),
    ):
        drain(reader, never)


def test_a_broker_that_comes_back_is_read_on(
    mock_broker: MockKafka, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """While it is away nothing comes, nobody becomes idle, and a warning is logged; then all."""
    config = write_job(tmp_path, mock_broker, "away", "idle = 'PT2S'")
    produce(mock_broker, "away", (("web", 0, event(n, BEGAN + n)) for n in range(10)))
    clock = Clock()
    with reading(config, None, None, clock) as reader:
        drain(reader, lambda batches: records(batches) == 10, clock)
        with mock_broker.away():
            began = time.monotonic()
            clock.now += 10
            while time.monotonic() - began < 2:
                assert isinstance(reader.next(), Pause)
                clock.now += 0.1
        assert [one["event"] for one in logged(capsys)] == ["broker_trouble"]
        produce(mock_broker, "away", (("web", 0, event(n, BEGAN + n)) for n in range(10, 20)))
        drain(reader, lambda batches: records(batches) == 10, clock)


def test_silence_makes_idle_by_the_clock(mock_broker: MockKafka, tmp_path: Path) -> None:
    """Partitions at their end become idle when the time has passed, and time goes on."""
    config = write_job(tmp_path, mock_broker, "mute", "idle = 'PT20S'")
    produce(mock_broker, "mute", [("web", 0, event(0, BEGAN))])
    clock, path = Clock(), tmp_path / "rounds"
    with reading(config, path, None, clock) as reader:
        drain(reader, lambda batches: records(batches) == 1, clock)
        for _ in range(50):
            assert isinstance(reader.next(), Pause)
            clock.now += 0.3
        clock.now += 21
        drain(reader, lambda _: sum(len(one.idle) for one in kept(path)) == 4, clock)
    assert {name for one in kept(path) for name in one.idle} == {
        f"mute.{name}" for name in ("web/0", "web/1", "crm/0", "crm/1")
    }


def test_a_partition_far_ahead_waits(mock_broker: MockKafka, tmp_path: Path) -> None:
    """The others come first while they have records left; then it is read to its end."""
    config = write_job(tmp_path, mock_broker, "ahead", "align = 'PT10S'\nmost = 10")
    quick = [("web", 0, event(n, BEGAN + 60_000 * n)) for n in range(2000)]
    slow = [("web", 1, event(5000 + n, BEGAN + n)) for n in range(2000)]
    produce(mock_broker, "ahead", quick)
    produce(mock_broker, "ahead", slow)
    path = tmp_path / "rounds"
    with reading(config, path, to_end=True) as reader:
        assert records(drain(reader, never)) == 4000
    ends = {"ahead.web/0": 0, "ahead.web/1": 0}
    for one in kept(path):
        ends |= {name: end for name, end in one.ends.items() if name in ends}
        if ends["ahead.web/1"] < 1900:
            assert ends["ahead.web/0"] < 200, "the quick one was read while it had to wait"


def test_what_is_handed_out_in_an_epoch_is_bounded(
    mock_broker: MockKafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the credit is used up nothing comes until the epoch ends."""
    monkeypatch.setattr(readers, "CREDIT_RECORDS", 50)
    config = write_job(tmp_path, mock_broker, "credit", "most = 10")
    produce(mock_broker, "credit", life(3, 200))
    with reading(config) as reader:
        first = drain(reader, lambda batches: records(batches) >= 50)
        assert records(first) < 75  # orders that waited count with the round that they are due in
        for _ in range(20):
            assert isinstance(reader.next(), Pause)
        reader.epoch()
        assert records(drain(reader, lambda batches: records(batches) >= 50)) >= 50


def test_rounds_that_cannot_be_recorded_stop_the_job(
    mock_broker: MockKafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker that is away for too long ends the job, and a resume records what is missing."""
    monkeypatch.setattr("rtm_flows.connectors.kafka.rounds_topic._PATIENCE", 1.5)
    config = write_job(tmp_path, mock_broker, "patience", "most = 10")
    produce(mock_broker, "patience", (("web", 0, event(n, BEGAN + n)) for n in range(100)))
    with reading(config, tmp_path / "rounds") as reader:
        drain(reader, lambda batches: records(batches) >= 20)
        reader.epoch()
        reader.epoch()
        position = reader.position()
        drain(reader, lambda batches: records(batches) >= 20)
        with mock_broker.away():
            reader.epoch()
            with pytest.raises(BrokerError, match=r"patience.rounds: .*written"):
                reader.epoch()
    monkeypatch.undo()
    with reading(config, tmp_path / "rounds", position, to_end=True) as reader:
        assert records(drain(reader, never)) >= 60
        assert recorded(mock_broker, "patience")[-1].last


def test_progress_is_committed_for_whoever_watches(mock_broker: MockKafka, tmp_path: Path) -> None:
    """At the end of an epoch the group has the offsets up to which records were handed out."""
    config = write_job(tmp_path, mock_broker, "watched", "group = 'watchers'")
    produce(mock_broker, "watched", (("web", 0, event(n, BEGAN + n)) for n in range(10)))
    with reading(config) as reader:
        drain(reader, lambda batches: records(batches) == 10)
        reader.epoch()
        assert reader.lag == 0
        rule = {"bootstrap.servers": mock_broker.bootstrap, "group.id": "watchers"}
        with Consumer(rule) as consumer:
            deadline = time.monotonic() + SECONDS
            place = TopicPartition("watched.web", 0)
            while consumer.committed([place], SECONDS)[0].offset != 10:
                assert time.monotonic() < deadline, "the group was not told"
                time.sleep(0.05)


def test_the_end_is_where_topics_ended_at_the_start(mock_broker: MockKafka, tmp_path: Path) -> None:
    """Records that come later are no part of a run to the end."""
    config = write_job(tmp_path, mock_broker, "later")
    count = produce(mock_broker, "later", life(3, 50))
    with reading(config, to_end=True) as reader:
        produce(mock_broker, "later", life(4, 50))
        assert records(drain(reader, never)) == count


def test_reading_may_begin_at_the_end(mock_broker: MockKafka, tmp_path: Path) -> None:
    """With `start = "latest"` only what comes is read."""
    config = write_job(tmp_path, mock_broker, "latest", "start = 'latest'")
    produce(mock_broker, "latest", (("web", 0, event(n, BEGAN)) for n in range(5)))
    with reading(config, tmp_path / "rounds") as reader:
        produce(mock_broker, "latest", [("web", 0, event(9, BEGAN))])
        (batch,) = drain(reader, lambda batches: len(batches) == 1)
    assert batch.table["id"].tolist() == ["e9"]
    assert kept(tmp_path / "rounds")[0].joined["latest.web/0"] == 5


def test_new_partitions_are_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    """They are not read before a restart, and the log says so."""
    told: list[dict[str, object]] = []
    with mock_kafka() as broker:
        broker.create_topic("grows", 3)
        rule = Kafka(bootstrap=broker.bootstrap, topics=(Topic(name="grows"),))
        with closing(Growth(rule, {"grows/0", "grows/2"}, every=0.1)):
            deadline = time.monotonic() + SECONDS
            while not told and time.monotonic() < deadline:
                time.sleep(0.05)
                told += logged(capsys)
            time.sleep(0.5)
    (one,) = told + logged(capsys)
    assert one["event"] == "new_partitions_wait_for_a_restart"
    assert (one["level"], one["partitions"]) == ("warning", ["grows/1"])


def test_partitions_that_are_new_at_a_start_join(
    mock_broker: MockKafka, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A topic added to the job's is read from its beginning, which the next round records."""
    config = write_job(tmp_path, mock_broker, "joins")
    produce(mock_broker, "joins", [("web", 0, event(0, BEGAN)), ("crm", 1, b"{")])
    fewer = tmp_path / "fewer.toml"
    fewer.write_text(config.read_text().split('[[kafka.topics]]\nname = "joins.crm"')[0])
    with reading(fewer, tmp_path / "rounds") as reader:
        drain(reader, lambda batches: records(batches) == 1)
        position = reader.position()
    with reading(config, tmp_path / "rounds", position) as reader:
        drain(reader, lambda batches: records(batches) == 1)
    assert kept(tmp_path / "rounds")[1].joined == {"joins.crm/0": 0, "joins.crm/1": 0}
    (told,) = logged(capsys)
    assert told["event"] == "new_partitions_from_their_beginning"
    assert told["partitions"] == ["joins.crm/0", "joins.crm/1"]


def test_a_broker_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for ever for a broker that never was."""
    monkeypatch.setattr("rtm_flows.connectors.kafka.rounds_topic._ANSWER", 1.0)
    path = tmp_path / "job.toml"
    path.write_text(
        'name = "none"\n[input]\nkind = "kafka"\n[kafka]\nbootstrap = "127.0.0.1:9"\n'
        '[[kafka.topics]]\nname = "x"\n'
    )
    with pytest.raises(BrokerError, match="does not answer"), reading(path):
        pass
