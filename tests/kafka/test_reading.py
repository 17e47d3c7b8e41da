"""Looking on: all that is there and nothing else, from brokers of both kinds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from uuid import uuid4

import pytest
from confluent_kafka import Producer

from rtm_flows.config.kafka import Kafka
from rtm_flows.connectors.kafka.reading import Extent, Found, Onlooker, onlooker
from rtm_flows.errors import BrokerError
from tests.kafka.broker import Broker, RealKafka
from tests.kafka.mock_cluster import MockKafka

PARTITIONS = 3


@pytest.fixture
def topic(broker: Broker) -> str:
    """A topic of its own, in which partition 2 is empty."""
    name = f"look-{uuid4().hex}"
    broker.create_topic(name, PARTITIONS)
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    for number in range(3000):
        key, value = b"k%d" % number, None if number % 100 == 7 else b"%d" % number
        producer.produce(name, value, key, partition=number % 2)
    assert producer.flush(30) == 0
    return name


@pytest.fixture
def reader(broker: Broker) -> Iterator[Onlooker]:
    """A reader of the broker."""
    with onlooker(Kafka(bootstrap=broker.bootstrap)) as opened:
        yield opened


def all_of(reader: Onlooker, topic: str) -> list[Found]:
    """Return all that lies in a topic now."""
    return list(chain.from_iterable(reader.read(topic, reader.extents(topic))))


def test_all_that_is_there_is_read_once(reader: Onlooker, topic: str) -> None:
    """With keys, empty values and the broker's times, in the order of each partition; twice too."""
    for _ in range(2):
        found = all_of(reader, topic)
        for part in range(2):
            own = [one for one in found if one.partition == part]
            assert [one.offset for one in own] == list(range(1500))
            assert [one.key for one in own] == [b"k%d" % number for number in range(part, 3000, 2)]
            assert sum(one.value is None for one in own) == (30 if part else 0)
            assert all((one.timestamp or 0) > 1_600_000_000_000 for one in own)
        assert len(found) == 3000


def test_only_what_lies_within_is_read(reader: Onlooker, topic: str) -> None:
    """What comes later is none of it."""
    found = list(chain.from_iterable(reader.read(topic, {0: Extent(5, 9), 2: Extent(0, 0)})))

    assert [(one.partition, one.offset) for one in found] == [(0, 5), (0, 6), (0, 7), (0, 8)]


@pytest.mark.kafka
def test_a_topic_that_is_not_there_is_told(real_broker: RealKafka) -> None:
    """The mock makes it instead."""
    rule = Kafka(bootstrap=real_broker.bootstrap)
    with onlooker(rule) as reader, pytest.raises(BrokerError, match="has no topic nowhere"):
        reader.extents("nowhere")


@pytest.mark.kafka
def test_the_end_of_a_transaction_is_no_record(real_broker: RealKafka) -> None:
    """It takes the last offset, which nobody ever gets: reading ends all the same."""
    name = f"transactions-{uuid4().hex}"
    real_broker.create_topic(name, 1)
    producer = Producer({"bootstrap.servers": real_broker.bootstrap, "transactional.id": name})
    producer.init_transactions(30)
    for value in (b"kept", b"dropped"):
        producer.begin_transaction()
        producer.produce(name, value)
        producer.flush(30)
        end = producer.commit_transaction if value == b"kept" else producer.abort_transaction
        end(30)
    with onlooker(Kafka(bootstrap=real_broker.bootstrap)) as reader:
        found = all_of(reader, name)
        extents = reader.extents(name)

    assert [(one.offset, one.value) for one in found] == [(0, b"kept")]
    assert extents == {0: Extent(0, 4)}


def test_what_retention_has_taken_is_told(mock_broker: MockKafka) -> None:
    """And not passed over."""
    name = f"short-{uuid4().hex}"
    mock_broker.create_topic(name, 1)
    producer = Producer({"bootstrap.servers": mock_broker.bootstrap})
    for number in range(50):
        producer.produce(name, b"%d" % number)
    assert producer.flush(20) == 0
    with onlooker(Kafka(bootstrap=mock_broker.bootstrap)) as reader:
        extents = reader.extents(name)
        mock_broker.delete_records(name, 0, 20)
        with pytest.raises(BrokerError, match="the broker no longer has this record"):
            list(reader.read(name, extents))
