"""Written: after any crash each record is in its topic once, and what is not ours is refused."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rtm_flows.config.kafka import Kafka
from rtm_flows.connectors.kafka.producer import RecordProducer
from rtm_flows.connectors.kafka.read_back import log_reader
from rtm_flows.connectors.kafka.written import Outputs, WrittenPartition
from rtm_flows.errors import BrokerError
from rtm_flows.lanes.published import Published, Record, id_of
from tests.kafka.logs import read_topics, write_stray
from tests.kafka.mock_cluster import MockKafka, mock_kafka

NAMES = ("decisions", "scores", "deliveries", "undelivered")
_numbers = itertools.count()


@pytest.fixture(scope="module")
def cluster() -> Iterator[MockKafka]:
    """A cluster for the tests of this file."""
    with mock_kafka() as broker:
        yield broker


@pytest.fixture(scope="module")
def producer(cluster: MockKafka) -> RecordProducer:
    """A producer that has begun: the first record of each takes half a second."""
    return RecordProducer(Kafka(bootstrap=cluster.bootstrap))


class World:
    """Topics of their own, and the crashes that their writer goes through."""

    def __init__(self, cluster: MockKafka, producer: RecordProducer | None = None) -> None:
        self.cluster = cluster
        self.rule = Kafka(bootstrap=cluster.bootstrap)
        self.producer = producer
        prefix = f"t{next(_numbers)}."
        self.topics = {name: prefix + name for name in NAMES}
        for topic in self.topics.values():
            cluster.create_topic(topic, 1)
        self.outputs = Outputs("rtm/t", self.topics, dict.fromkeys(self.topics.values(), (0,)))

    def begin(self, state: bytes | None = None) -> WrittenPartition:
        """Begin, or go on from a state, as a new process does."""
        with log_reader(self.rule, "t") as reader:
            producer = self.producer or RecordProducer(self.rule)
            return WrittenPartition(self.outputs, 0, producer, reader, state)

    def read(self, name: str) -> list[tuple[str, bytes]]:
        """Return ids and values of an output."""
        topic = self.topics[name]
        found = read_topics(self.cluster.bootstrap, [topic], 1)[topic]
        return [(one.id, one.value) for one in found]


def score(number: int) -> Published:
    """Return a score; the same number is the same line."""
    value = b'{"score":%d}' % number
    return Published("scores", [Record("u:ann", id_of("scores", "u:ann", value), 0, value)])


def decision(number: int, output: str = "decisions", value: bytes = b"{}") -> Published:
    """Return a decision with an id of its own."""
    id_ = hashlib.md5(b"%d" % number).hexdigest()
    return Published(output, [Record("u:ann", id_, 0, value)])


MOVES = st.lists(st.sampled_from(["tell", "tell", "tell", "save", "crash"]), max_size=14)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MOVES, st.lists(st.integers(0, 3), min_size=14, max_size=14))
def test_each_record_is_there_once_after_any_crashes(
    cluster: MockKafka, producer: RecordProducer, moves: list[str], numbers: list[int]
) -> None:
    """Scores that are the same line come as often as they were told, decisions once, in order."""
    world = World(cluster, producer)
    written, saved, at, kept = world.begin(), None, 0, 0
    for move in moves:
        if move == "tell":
            # A decision in every place, and a score that other places may have as well.
            written.write([decision(at), score(numbers[at])])
            at += 1
        elif move == "save":
            saved, kept = written.save(), at
        else:
            written._producer.flush()
            written, at = world.begin(saved), kept
    end = max(at, 3)
    for place in range(at, end):
        written.write([decision(place), score(numbers[place])])
    # Whatever was told before a crash is told again, in time.
    while written.awaited:
        written.write([decision(end), score(numbers[end % len(numbers)])])
        end += 1
    written.save()

    assert world.read("scores") == [
        (one.id, one.value) for n in numbers[:end] for one in score(n).records
    ]
    assert [id_ for id_, _ in world.read("decisions")] == [
        decision(place).records[0].id for place in range(end)
    ]


def test_a_snapshot_in_the_middle_of_telling_again_keeps_what_is_awaited(
    cluster: MockKafka,
) -> None:
    """Of three records told again one by one, with a crash between, none is written twice."""
    world = World(cluster)
    written = world.begin()
    written.write([decision(n) for n in range(3)])
    written._producer.flush()
    written = world.begin()
    written.write([decision(0)])
    written = world.begin(written.save())

    assert written.awaited == 2
    written.write([decision(n) for n in range(1, 4)])
    written.save()
    assert [id_ for id_, _ in world.read("decisions")] == [
        decision(n).records[0].id for n in range(4)
    ]


def test_a_decision_is_delivered_or_not_and_once(cluster: MockKafka) -> None:
    """What went out before a crash is not told as undelivered after it, nor the reverse."""
    world, before, after = World(cluster), "deliveries", "undelivered"
    sent, late = b'{"channel":"email"}', b'{"reason":"expired"}'
    written = world.begin()
    written.write([decision(0, before, sent), decision(1, after, late)])
    written._producer.flush()
    written = world.begin()
    written.write([decision(0, after, late), decision(1, before, sent)])
    written.save()

    assert (len(world.read(before)), len(world.read(after))) == (1, 1)
    assert written.awaited == 0


def test_another_value_under_an_id_is_refused(cluster: MockKafka) -> None:
    """A decision that says something else than before the crash is no repetition."""
    world = World(cluster)
    written = world.begin()
    written.write([decision(0)])
    written._producer.flush()
    written = world.begin()

    with pytest.raises(BrokerError, match="is there with another value"):
        written.write([decision(0, value=b'{"name":"other"}')])


def test_a_stray_record_is_refused(cluster: MockKafka) -> None:
    """What another program wrote since the snapshot is named by its place."""
    world = World(cluster)
    write_stray(cluster.bootstrap, world.topics["scores"], 0)

    with pytest.raises(BrokerError, match=r"scores, partition 0, offset 0: .*another program"):
        world.begin()


def test_a_second_run_is_found(cluster: MockKafka) -> None:
    """Two writers of one partition: the second to write is stopped, and the topic tells why."""
    world = World(cluster)
    one, other = world.begin(), world.begin()
    one.write([decision(0)])
    one.save()
    other.write([decision(0)])

    with pytest.raises(BrokerError, match="offset 1 where 0 was next"):
        other.save()
    with pytest.raises(BrokerError, match="is there twice: two runs of this job"):
        world.begin()


def test_one_id_told_twice_is_a_mistake(cluster: MockKafka) -> None:
    """A decision is told once between two snapshots."""
    written = World(cluster).begin()
    written.write([decision(0)])

    with pytest.raises(BrokerError, match="was told twice"):
        written.write([decision(0)])


def test_a_topic_made_anew_is_refused(cluster: MockKafka) -> None:
    """A topic that ends before the snapshot is another one."""
    world = World(cluster)
    written = world.begin()
    written.write([score(1)])
    state, other = written.save(), World(cluster)
    moved = state.replace(
        world.topics["scores"][:-6].encode(), other.topics["scores"][:-6].encode()
    )

    with pytest.raises(BrokerError, match=r"ends at offset 0 where .* up to 1"):
        other.begin(moved)


def test_retention_past_the_snapshot_is_refused(cluster: MockKafka) -> None:
    """What was written since and is gone cannot be told from what was not."""
    world = World(cluster)
    written = world.begin()
    written.write([score(1)])
    state = written.save()
    written.write([score(2), score(3)])
    written.save()
    cluster.delete_records(world.topics["scores"], 0, 2)

    with pytest.raises(BrokerError, match=r"retention has removed .* offset 1 to 2"):
        world.begin(state)
