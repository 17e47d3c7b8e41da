"""The producer: what is not reported is not written, and what fails is said."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from rtm_flows.config.kafka import Kafka
from rtm_flows.connectors.kafka.producer import Log, RecordProducer, Sent
from rtm_flows.errors import BrokerError
from tests.kafka.logs import read_topics, write_stray
from tests.kafka.mock_cluster import MockKafka, mock_kafka

PERMANENT = {"MSG_SIZE_TOO_LARGE": 10, "TOPIC_AUTHORIZATION_FAILED": 29, "INVALID_RECORD": 87}
PASSING = (6, 7, 19)
"""Errors that a second try may mend: another leader, a time-out, too few replicas."""


@pytest.fixture
def cluster() -> Iterator[MockKafka]:
    """A cluster of one's own, since it is made to fail."""
    with mock_kafka() as broker:
        broker.create_topic("out", 2)
        yield broker


def rule(cluster: MockKafka, **client: int | str) -> Kafka:
    """Return the broker, waited for as long as given."""
    named = {name.replace("_", "."): value for name, value in client.items()}
    return Kafka(bootstrap=cluster.bootstrap, client={"message.timeout.ms": 1500, **named})


def send(producer: RecordProducer, log: Log, *values: str) -> None:
    """Send records of one person."""
    sent: list[Sent] = [(b"u:ann", value.encode(), [("ce_id", value)]) for value in values]
    producer.send(log, sent)


def send_slowly(producer: RecordProducer, log: Log, count: int) -> None:
    """Send records one by one, looking at reports between, to the last report."""
    for number in range(count):
        send(producer, log, str(number))
        producer.look()
        time.sleep(0.001)
    producer.flush()


def values(cluster: MockKafka, partition: int = 0) -> list[bytes]:
    """Return what lies in a partition."""
    read = read_topics(cluster.bootstrap, ["out"], 2)["out"]
    return [one.value for one in read if one.partition == partition]


def test_the_end_is_what_the_reports_say(cluster: MockKafka) -> None:
    """After a flush the log's end is that of the topic, for each partition."""
    producer, logs = RecordProducer(rule(cluster)), [Log("out", n, 0) for n in range(2)]

    for number in range(300):
        send(producer, logs[number % 2], str(number))
    producer.flush()

    assert [log.end for log in logs] == [150, 150]
    assert values(cluster) == [b"%d" % number for number in range(0, 300, 2)]


def test_passing_errors_lose_nothing_and_keep_the_order(cluster: MockKafka) -> None:
    """What a second try mends is tried again: each record is there once, in order."""
    producer, log = RecordProducer(rule(cluster)), Log("out", 0, 0)
    cluster.refuse_produce(*PASSING)

    for number in range(50):
        send(producer, log, str(number))
        producer.look()
    producer.flush()

    assert values(cluster) == [b"%d" % number for number in range(50)]


@pytest.mark.parametrize("name", PERMANENT)
def test_a_refused_record_is_an_error_and_nothing_follows_it(name: str, cluster: MockKafka) -> None:
    """The job stops, and no later record stands where an earlier one is missing."""
    producer, log = RecordProducer(rule(cluster)), Log("out", 0, 0)
    send(producer, log, "first")
    producer.flush()
    cluster.refuse_produce(PERMANENT[name])

    with pytest.raises(BrokerError, match=r"out.*nothing of it is lost"):
        send_slowly(producer, log, 200)

    assert values(cluster) == [b"first"]


def test_a_broker_away_too_long_is_an_error(cluster: MockKafka) -> None:
    """It is waited for as long as configured, and what is said names the setting."""
    producer, log = RecordProducer(rule(cluster)), Log("out", 0, 0)
    send(producer, log, "first")
    producer.flush()
    cluster.down()
    began = time.monotonic()

    with pytest.raises(BrokerError, match=r"no record for 2 s, and 1 wait.*message\.timeout\.ms"):
        send_slowly(producer, log, 1)

    assert 1.4 < time.monotonic() - began < 10


def test_a_broker_away_for_a_moment_is_waited_for(cluster: MockKafka) -> None:
    """Back in time, it gets all that waited, in order."""
    producer, log = RecordProducer(rule(cluster, message_timeout_ms=20_000)), Log("out", 0, 0)
    send(producer, log, "first")
    producer.flush()
    cluster.down()
    send(producer, log, "second", "third")
    time.sleep(0.3)
    cluster.up()
    producer.flush()

    assert values(cluster) == [b"first", b"second", b"third"]


def test_a_full_queue_is_waited_for(cluster: MockKafka) -> None:
    """Sending more than the client holds at once loses nothing."""
    few = rule(cluster, queue_buffering_max_messages=10)
    producer, log = RecordProducer(few), Log("out", 0, 0)

    send(producer, log, *map(str, range(500)))
    producer.flush()

    assert values(cluster) == [b"%d" % number for number in range(500)]


def test_a_full_queue_is_not_waited_for_for_ever(cluster: MockKafka) -> None:
    """Where nothing leaves the queue, the error is that of a broker that is away."""
    producer = RecordProducer(rule(cluster, queue_buffering_max_messages=10))
    cluster.down()

    with pytest.raises(BrokerError, match=r"and 10 wait"):
        send(producer, Log("out", 0, 0), *map(str, range(11)))


def test_a_record_too_large_for_the_client_is_an_error(cluster: MockKafka) -> None:
    """What the client refuses at once names the topic."""
    producer = RecordProducer(rule(cluster, message_max_bytes=2000, batch_size=2000))

    with pytest.raises(BrokerError, match=r"^out, partition 0: a record was not written"):
        send(producer, Log("out", 0, 0), "x" * 3000)


def test_another_writer_is_found_by_the_offsets(cluster: MockKafka) -> None:
    """A record that is not ours between two of ours stops the job."""
    producer, log = RecordProducer(rule(cluster)), Log("out", 0, 0)
    send(producer, log, "first")
    producer.flush()
    write_stray(cluster.bootstrap, "out", 0)
    send(producer, log, "second")

    with pytest.raises(BrokerError, match=r"offset 2 where 1 was next: another program"):
        producer.flush()


@pytest.mark.parametrize("name", ["no.such", "message.timeout.ms"])
def test_properties_that_the_client_refuses_are_an_error(name: str) -> None:
    """The text is the client's, under the key of the configuration."""
    with pytest.raises(BrokerError, match=r"^kafka.client: the producer refuses its properties"):
        RecordProducer(Kafka(client={name: "often"}))
