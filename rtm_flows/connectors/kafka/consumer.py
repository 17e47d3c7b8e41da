"""Reading topics: records by partition as they are there, and errors that are never passed over.

In: the topics of a job, and the offset at which each partition goes on. Out: records, never
waiting for more; what the broker says of partitions. Partitions are assigned and never subscribed
to: who reads what is settled by the job. It refuses to know rounds and what records mean.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import groupby
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from rtm_flows.config import Job
from rtm_flows.connectors.kafka.client import bootstrap_of, properties
from rtm_flows.connectors.kafka.names import broker_of
from rtm_flows.connectors.rounds import partition_name, topic_and_number
from rtm_flows.connectors.topic_records import Record, records_of
from rtm_flows.errors import BrokerError
from rtm_flows.operating.logs import log

_ANSWER = 10.0
_QUICK = 0.5
_TROUBLE_EVERY = 10.0
"""Seconds between two warnings of a broker that is away; the client tries twenty times a second."""

_topics: Callable[[Iterable[Message]], Iterator[str | None]] = partial(map, Message.topic)
_numbers: Callable[[Iterable[Message]], Iterator[int | None]] = partial(map, Message.partition)
_errors: Callable[[Iterable[Message]], Iterator[KafkaError | None]] = partial(map, Message.error)
_offsets: Callable[[Iterable[Message]], Iterator[int]] = partial(map, Message.offset)
_values: Callable[[Iterable[Message]], Iterator[bytes | None]] = partial(map, Message.value)


class Bounds(NamedTuple):
    """The offsets of the first record of a partition, and after its last."""

    low: int
    high: int


class TopicConsumer:
    """Reads the partitions of a job's topics.

    Parameters
    ----------
    job
        The job; its `[kafka]` names broker and topics.

    Raises
    ------
    BrokerError
        If the broker cannot be reached, or lacks a topic.
    """

    def __init__(self, job: Job) -> None:
        rule = broker_of(job)
        self._where = bootstrap_of(rule)
        self._consumer = Consumer(
            {
                **properties(rule),
                "group.id": rule.group or job.name,
                # Nobody joins the group; it is how long a commit holds up the end of a run
                # whose broker is away. The least that is above the client's heartbeat.
                "session.timeout.ms": 4_000,
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "auto.offset.reset": "error",
                "enable.partition.eof": True,
                # Troubles are told once, by us.
                "log_level": 0,
                "error_cb": self._trouble,
                "on_commit": self._committed,
            }
        )
        self._topics = tuple(topic.name for topic in rule.topics)
        self._has_warned = False
        self._warns_at = 0.0
        self.reached: dict[str, int] = {}
        """By partition, the offset up to which nothing is left to be handed out."""
        self._highs: dict[str, int] = {}
        self._until: dict[str, int] = {}
        self._names: dict[tuple[str | None, int | None], str] = {}

    def bounds(self) -> dict[str, Bounds]:
        """Return the partitions of all topics, and what they hold now.

        Raises
        ------
        BrokerError
            If the broker does not answer, or lacks a topic.
        """
        return {name: self._bounds(name) for name in self.partitions()}

    def offsets_at(self, time: int, bounds: Mapping[str, Bounds]) -> dict[str, int]:
        """Return of each partition the offset of the first record of this time or a later one.

        The time is the broker's, in ms. Where there is no such record, it is the end.

        Raises
        ------
        BrokerError
            If the broker does not tell, or cannot look records up by their times.
        """
        found = self._looked_up(time, bounds)
        # A broker that cannot do it says of any time that there is nothing: also of the first.
        first = self._looked_up(0, bounds)
        for name, (low, high) in bounds.items():
            if found[name] < 0 and first[name] < 0 and high > low:
                msg = (
                    f"kafka: the broker at {self._where} cannot look up records by their times; "
                    'set kafka.start to "earliest" or "latest"'
                )
                raise BrokerError(msg)
        ends = {name: one.high for name, one in bounds.items()}
        return {name: found[name] if found[name] >= 0 else ends[name] for name in bounds}

    def _looked_up(self, time: int, names: Iterable[str]) -> dict[str, int]:
        """Return the offset that the broker tells for a time, -1 for none."""
        try:
            places = [_place(name, time) for name in names]
            told = self._consumer.offsets_for_times(places, _ANSWER)
        except KafkaException as error:
            msg = f"kafka: the broker does not tell offsets of times: {error.args[0].str()}"
            raise BrokerError(msg) from None
        for one in told:
            if one.error is not None:
                msg = f"kafka: {one.topic}: no offsets of times: {one.error.str()}"
                raise BrokerError(msg)
        return {partition_name(one.topic, one.partition): one.offset for one in told}

    def partitions(self) -> list[str]:
        """Return the names of the partitions of all topics.

        Raises
        ------
        BrokerError
            As `bounds`.
        """
        return [
            partition_name(topic, number) for topic in self._topics for number in self._of(topic)
        ]

    def assign(
        self, offsets: Mapping[str, int], bounds: Mapping[str, Bounds], *, to_end: bool
    ) -> None:
        """Go on with partitions at these offsets.

        Parameters
        ----------
        bounds
            What they held a moment ago.
        to_end
            Whether to read no further than that.
        """
        self.reached = dict(offsets)
        self._highs = {name: bounds[name].high for name in offsets}
        self._until = dict(self._highs) if to_end else {}
        self._consumer.assign([_place(name, offset) for name, offset in offsets.items()])

    def take(self, most: int) -> dict[str, list[Record]]:
        """Return at most so many records that are there, by partition; never wait.

        Raises
        ------
        BrokerError
            At any error that the client does not mend by itself.
        """
        found: dict[str, list[Record]] = {}
        messages = self._consumer.consume(most, 0.0)
        # One method of all messages at a time: Python itself is at work once a run of records.
        places = list(zip(_topics(messages), _numbers(messages), strict=True))
        start = 0
        for place, run in groupby(places):
            name = self._names.get(place) or self._named(place)
            stop = start + len(list(run))
            own = messages[start:stop]
            if any(_errors(own)):
                own = self._heard(name, own)
            if own and (records := self._wanted(name, own)):
                found.setdefault(name, []).extend(records)
            start = stop
        return found

    def _wanted(self, name: str, messages: list[Message]) -> list[Record]:
        """Return records of a partition, as far as it is to be read."""
        records = records_of(_offsets(messages), _values(messages))
        last = records[-1].offset
        until = self._until.get(name, last + 1)
        if last < until:
            self.reached[name] = last + 1
            return records
        self.reached[name] = last
        self.pause([name])
        return [record for record in records if record.offset < until]

    def _heard(self, name: str, messages: list[Message]) -> list[Message]:
        """Return the messages that are records; that others say more than an end is an error."""
        records = []
        for message in messages:
            error = message.error()
            if error is None:
                records.append(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                self.reached[name] = max(self.reached[name], message.offset() or 0)
                self._highs[name] = self.reached[name]
            else:
                raise self._failed(name, message, error)
        return records

    def has_more(self, name: str) -> bool:
        """Tell whether a partition is known to hold records that were not handed out yet."""
        _, high = self._watermarks(name) or (0, 0)
        self._highs[name] = min(max(self._highs[name], high), self._until.get(name, high))
        return self._highs[name] > self.reached[name]

    @property
    def lags(self) -> dict[str, int]:
        """By partition, the records that are known to be there and were not handed out yet."""
        return {
            name: self._highs[name] - reached if self.has_more(name) else 0
            for name, reached in self.reached.items()
        }

    def is_at_end(self, name: str) -> bool | None:
        """Ask the broker whether a partition holds nothing more; None if it does not answer."""
        try:
            found = self._watermarks(name, _QUICK)
        except KafkaException:
            return None
        return None if found is None else found[1] <= self.reached[name]

    @property
    def is_done(self) -> bool:
        """Whether all partitions were read as far as they are to be."""
        return bool(self._until) and all(
            self.reached[name] >= end for name, end in self._until.items()
        )

    def pause(self, names: Iterable[str]) -> None:
        """Read no more of these partitions until they are resumed."""
        if places := [_place(name) for name in names]:
            self._consumer.pause(places)

    def resume(self, names: Iterable[str]) -> None:
        """Read on where these partitions were paused."""
        if places := [_place(name) for name in names]:
            self._consumer.resume(places)

    def commit(self, offsets: Mapping[str, int]) -> None:
        """Tell the group how far the job has come, for whoever watches; a failure is a warning."""
        try:
            places = [_place(name, offset) for name, offset in offsets.items()]
            self._consumer.commit(offsets=places, asynchronous=True)
        except KafkaException as error:
            self._warn(error.args[0])

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()

    def _named(self, place: tuple[str | None, int | None]) -> str:
        """Return the name of a partition, which is made once."""
        topic, number = place
        return self._names.setdefault(place, partition_name(topic or "", number or 0))

    def _of(self, topic: str) -> list[int]:
        try:
            told = self._consumer.list_topics(topic, timeout=_ANSWER).topics[topic]
        except KafkaException as error:
            msg = (
                f"kafka: the broker at {self._where} does not answer: {error.args[0].str()}. "
                "Start it, or set kafka.bootstrap"
            )
            raise BrokerError(msg) from None
        if told.error is not None or not told.partitions:
            why = "" if told.error is None else f": {told.error.str()}"
            msg = f"kafka: the topic {topic!r} cannot be read{why}. Make it, or mend kafka.topics"
            raise BrokerError(msg)
        return sorted(told.partitions)

    def _bounds(self, name: str) -> Bounds:
        try:
            found = self._watermarks(name, _ANSWER)
        except KafkaException as error:
            msg = f"kafka: {name}: the broker does not tell its offsets: {error.args[0].str()}"
            raise BrokerError(msg) from None
        if found is None:
            msg = f"kafka: {name}: the broker did not tell its offsets in {_ANSWER:.0f} seconds"
            raise BrokerError(msg)
        return Bounds(*found)

    def _watermarks(self, name: str, seconds: float | None = None) -> tuple[int, int] | None:
        """Return the first and the next offset of a partition; without a time, as last heard."""
        place = _place(name, 0)
        if seconds is None:
            return self._consumer.get_watermark_offsets(place, cached=True)
        return self._consumer.get_watermark_offsets(place, seconds)

    def _failed(self, name: str, message: Message, error: KafkaError) -> BrokerError:
        offset = message.offset()
        if error.code() != KafkaError._AUTO_OFFSET_RESET:
            return BrokerError(f"kafka: {name} cannot be read at offset {offset}: {error.str()}")
        return overtaken(name, self.reached[name], self._bounds(name))

    def _trouble(self, error: KafkaError) -> None:
        """Warn now and then of a connection that is lost: the client goes on trying."""
        now = time.monotonic()
        if now < self._warns_at:
            return
        self._warns_at = now + _TROUBLE_EVERY
        log().warning("broker_trouble", reason=error.str())

    def _committed(self, error: KafkaError | None, _: list[TopicPartition]) -> None:
        if error is not None:
            self._warn(error)

    def _warn(self, error: KafkaError) -> None:
        """Warn once that the group is not told how far the job is: nothing else depends on it."""
        if not self._has_warned:
            self._has_warned = True
            log().warning("lag_cannot_be_watched", reason=error.str())


def overtaken(name: str, offset: int, bounds: Bounds) -> BrokerError:
    """Return the error that a partition no longer holds what comes next."""
    low, high = bounds
    why = "retention has overtaken this job" if offset < low else "the topic was made anew"
    return BrokerError(
        f"kafka: {name}: reading must go on at offset {offset}, and the broker holds {low} to "
        f"{high}: {why}, and what is missing cannot be read again. Start anew with an empty "
        "--recovery folder, and let the topic keep its records for longer than the job may stand"
    )


def _place(name: str, offset: int | None = None) -> TopicPartition:
    topic, number = topic_and_number(name)
    if offset is None:
        return TopicPartition(topic, number)
    return TopicPartition(topic, number, offset)
