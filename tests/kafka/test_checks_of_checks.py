"""A check of the checks: without the report, the read-back or the offsets, records go wrong.

Each part is taken out in turn; what the other tests look at must then be seen to be broken. Whole,
nothing is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from confluent_kafka import KafkaError, Message

from rtm_flows.config.kafka import Kafka
from rtm_flows.connectors.kafka.producer import Log, RecordProducer
from rtm_flows.connectors.kafka.read_back import LogReader, log_reader
from rtm_flows.connectors.kafka.written import Outputs, WrittenPartition
from rtm_flows.errors import BrokerError
from rtm_flows.lanes.published import Published, Record, id_of
from tests.kafka.logs import read_topics
from tests.kafka.mock_cluster import MockKafka, mock_kafka

TAKE_OUT = pytest.MonkeyPatch
REFUSED = 29


@pytest.fixture
def cluster() -> Iterator[MockKafka]:
    """A cluster of one's own, since it is made to fail."""
    with mock_kafka() as broker:
        broker.create_topic("scores", 1)
        yield broker


def score(number: int) -> Published:
    """Return a score."""
    value = b'{"score":%d}' % number
    return Published("scores", [Record("u:ann", id_of("scores", "u:ann", value), 0, value)])


def writer(cluster: MockKafka, state: bytes | None = None) -> WrittenPartition:
    """Return a writer that begins or goes on, as a new process has it."""
    rule = Kafka(bootstrap=cluster.bootstrap, client={"message.timeout.ms": 3000})
    outputs = Outputs("rtm/t", {"scores": "scores"}, {"scores": (0,)})
    with log_reader(rule, "t") as reader:
        return WrittenPartition(outputs, 0, RecordProducer(rule), reader, state)


def lost(cluster: MockKafka) -> str:
    """Write ten scores, of which the broker refuses one; tell what is wrong then."""
    written = writer(cluster)
    cluster.refuse_produce(REFUSED)
    try:
        written.write([score(number) for number in range(10)])
        written.save()
    except BrokerError:
        return "told"
    return "" if len(values(cluster)) == 10 else "lost without a word"


def twice(cluster: MockKafka) -> str:
    """Write ten scores, crash without a snapshot, and write them again; tell what is wrong then."""
    for _ in range(2):
        written = writer(cluster)
        written.write([score(number) for number in range(10)])
        try:
            written.save()
        except BrokerError:
            return "told"
    found = values(cluster)
    return "" if len(found) == len(set(found)) == 10 else "there twice"


def two_writers(cluster: MockKafka) -> str:
    """Let two writers write at once; tell what is wrong then."""
    one, other = writer(cluster), writer(cluster)
    try:
        for written in (one, other):
            written.write([score(1)])
            written.save()
    except BrokerError:
        return "told"
    return "there twice" if len(values(cluster)) == 2 else ""


def values(cluster: MockKafka) -> list[bytes]:
    """Return the scores that are there."""
    return [one.value for one in read_topics(cluster.bootstrap, ["scores"], 1)["scores"]]


def no_reports(patch: TAKE_OUT) -> None:
    """Take every report for that of a record that is written, and every client for a sound one."""

    def report(self: RecordProducer, log: Log, error: KafkaError | None, message: Message) -> None:
        self._unreported -= 1

    patch.setattr(RecordProducer, "_report", report)
    patch.setattr(RecordProducer, "_fail", lambda self, text: None)


def no_read_back(patch: TAKE_OUT) -> None:
    """Read nothing back."""
    patch.setattr(LogReader, "records", lambda self, number, starts: iter(()))


def no_skipping(patch: TAKE_OUT) -> None:
    """Read back, and write all the same."""
    patch.setattr(WrittenPartition, "_is_new", lambda self, output, record: True)


def no_offsets(patch: TAKE_OUT) -> None:
    """Believe every offset."""
    report = RecordProducer._report

    def believing(
        self: RecordProducer, log: Log, error: KafkaError | None, message: Message
    ) -> None:
        at = message.offset()
        log.end = log.end if at is None else at
        report(self, log, error, message)

    patch.setattr(RecordProducer, "_report", believing)


@pytest.mark.parametrize(
    ("look", "whole", "take_out", "broken"),
    [
        (lost, "told", no_reports, "lost without a word"),
        (twice, "", no_skipping, "there twice"),
        # The offsets alone would tell, too late.
        (twice, "", no_read_back, "told"),
        (two_writers, "told", no_offsets, "there twice"),
    ],
    ids=["reports", "skipping", "read-back", "offsets"],
)
def test_what_is_taken_out_is_missed(
    look: Callable[[MockKafka], str],
    whole: str,
    take_out: Callable[[TAKE_OUT], None],
    broken: str,
    cluster: MockKafka,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the part in its place nothing goes wrong unsaid; without it something does."""
    with mock_kafka() as sound:
        sound.create_topic("scores", 1)
        assert look(sound) == whole
    take_out(monkeypatch)

    assert look(cluster) == broken
