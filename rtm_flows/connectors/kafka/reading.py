"""Topics read by whoever looks on: nothing is committed, and nobody else is disturbed.

In: the broker of a job, and names of topics. Out: records with their places. It refuses to know
what they mean; the job's own source is not this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple, TypeVar

from confluent_kafka import (
    TIMESTAMP_NOT_AVAILABLE,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from rtm_flows.config.kafka import Kafka
from rtm_flows.connectors.kafka.client import Heard, bootstrap_of, made, properties
from rtm_flows.connectors.kafka.headers import Pairs, pairs_of, text_of
from rtm_flows.errors import BrokerError

_T = TypeVar("_T")

_REACH_SECONDS = 15.0
_AT_ONCE = 1000
_WAIT_SECONDS = 0.2


class Found(NamedTuple):
    """A record as it lies in a topic; its time in ms is None where the broker has none."""

    partition: int
    offset: int
    timestamp: int | None
    key: bytes | None
    value: bytes | None
    headers: Pairs = ()

    def header(self, name: str) -> str | None:
        """Return a header as text; None if it has none of this name."""
        return text_of(self.headers, name)


class Extent(NamedTuple):
    """What a partition holds: the offset of the first record, and that after the last."""

    low: int
    high: int


class Onlooker:
    """Reads topics of a broker, one at a time.

    Parameters
    ----------
    consumer
        The client; `onlooker` makes one.
    address
        Where the broker is, for messages.
    heard
        What the client says of its connections.
    """

    def __init__(self, consumer: Consumer, address: str, heard: Heard) -> None:
        self._consumer = consumer
        self._address = address
        self._heard = heard

    def extents(self, topic: str) -> dict[int, Extent]:
        """Return what each partition of a topic holds now.

        Raises
        ------
        BrokerError
            If the broker cannot be reached, or has no such topic.
        """
        listed = self._asked(partial(self._consumer.list_topics, topic))
        found = listed.topics[topic]
        if found.error is not None or not found.partitions:
            reason = "" if found.error is None else f" ({found.error.str()})"
            msg = f"the broker {self._address} has no topic {topic}{reason}; has the job run there?"
            raise BrokerError(msg)
        return {
            number: self._extent(TopicPartition(topic, number))
            for number in sorted(found.partitions)
        }

    def _extent(self, place: TopicPartition) -> Extent:
        return Extent(*self._asked(partial(self._consumer.get_watermark_offsets, place)))

    def _asked(self, ask: Callable[[float], _T]) -> _T:
        try:
            return self._heard.asked(ask, self._consumer.poll, _REACH_SECONDS)
        except KafkaException as error:
            msg = (
                f"the broker {self._address} cannot be reached: {error.args[0].str()}; start it "
                "(`rtm broker` is one), or put kafka.bootstrap or RTM_KAFKA_BOOTSTRAP right"
            )
            raise BrokerError(msg) from None

    def follow(self, topic: str, starts: Mapping[int, int]) -> Iterator[list[Found]]:
        """Yield the records of some partitions from these offsets on, as they come, for ever.

        What comes from one partition is in its order. Where nothing comes for a moment, an empty
        list does.

        Raises
        ------
        BrokerError
            If the broker is gone, or no longer has what was to be read.
        """
        for messages in self._polled(topic, starts):
            yield [self._checked(topic, one) for one in messages if not _is_end(one)]

    def read(self, topic: str, extents: Mapping[int, Extent]) -> Iterator[list[Found]]:
        """Yield the records of some partitions that lie within these extents, then end.

        Raises
        ------
        BrokerError
            As `follow` does.
        """
        left = {number: one.high for number, one in extents.items() if one.high > one.low}
        polled = self._polled(topic, {number: extents[number].low for number in left})
        while left:
            messages = next(polled)
            ended = [one for one in messages if _is_end(one)]
            found = [self._checked(topic, one) for one in messages if not _is_end(one)]
            yield [one for one in found if one.offset < extents[one.partition].high]
            # The last offset may hold no record but the end of a transaction, which never comes.
            reached = [(one.partition, one.offset + 1) for one in found]
            reached += [(one.partition() or 0, one.offset() or 0) for one in ended]
            for number, offset in reached:
                if offset >= extents[number].high:
                    left.pop(number, None)

    def _polled(self, topic: str, starts: Mapping[int, int]) -> Iterator[list[Message]]:
        places = [TopicPartition(topic, number, offset) for number, offset in starts.items()]
        self._consumer.assign(places)
        while True:
            first = self._consumer.poll(_WAIT_SECONDS)
            yield [] if first is None else [first, *self._consumer.consume(_AT_ONCE - 1, 0)]

    def _checked(self, topic: str, message: Message) -> Found:
        error = message.error()
        if error is None:
            kind, timestamp = message.timestamp()
            time = None if kind == TIMESTAMP_NOT_AVAILABLE else timestamp
            place = message.partition() or 0, message.offset() or 0
            values = _bytes(message.key()), _bytes(message.value())
            return Found(*place, time, *values, pairs_of(message))
        where = f"topic {topic}, partition {message.partition()}, offset {message.offset()}"
        if error.code() == KafkaError._AUTO_OFFSET_RESET:
            msg = (
                f"{where}: the broker no longer has this record: it keeps too little for too short"
            )
            raise BrokerError(msg)
        msg = f"{where}: the broker {self._address} cannot be read: {error.str()}"
        raise BrokerError(msg)


@contextmanager
def onlooker(rule: Kafka) -> Iterator[Onlooker]:
    """Open a reader of the topics of a broker."""
    told = properties(
        rule,
        group_id="rtm-onlooker",  # a client must name one; nothing is ever committed to it
        enable_auto_commit=False,
        auto_offset_reset="error",
        enable_partition_eof=True,
    )
    heard = Heard(rule)
    consumer = made(Consumer, {**told, "log_level": 0}, heard)
    try:
        yield Onlooker(consumer, bootstrap_of(rule), heard)
    finally:
        consumer.close()


def _is_end(message: Message) -> bool:
    """Tell whether this is no record, but the news that a partition has no more for now."""
    error = message.error()
    return error is not None and error.code() == KafkaError._PARTITION_EOF


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
