"""Read back: what the partitions of topics hold from some offset to their end.

In: offsets of partitions. Out: the records there, or an error that says why they cannot be had.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from rtm_flows.config.kafka import Kafka
from rtm_flows.connectors.kafka.client import properties
from rtm_flows.errors import BrokerError

SECONDS = 10.0
"""How long the broker is waited for."""

_MANY = 1000
_STEP = 0.1
_PASSING = (KafkaError.LEADER_NOT_AVAILABLE, KafkaError.NOT_LEADER_FOR_PARTITION)
"""A topic that was just made, or whose leader is changing, says so for a moment."""


class LogReader:
    """Reads partitions of topics; commits nothing and joins no group.

    Parameters
    ----------
    rule
        The broker.
    group
        Name for the broker's own records of who reads.
    """

    def __init__(self, rule: Kafka, group: str) -> None:
        settings = properties(
            rule,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="error",
            enable_partition_eof=True,
        )
        try:
            self._consumer = Consumer({"log_level": 0, **settings})
        except (KafkaException, ValueError, TypeError) as error:
            msg = f"kafka.client: the consumer refuses its properties: {error}"
            raise BrokerError(msg) from None

    def close(self) -> None:
        """Let go of the broker."""
        self._consumer.close()

    def ends(self, topic: str, number: int) -> tuple[int, int]:
        """Return the first offset that a partition still has, and that of its next record.

        Raises
        ------
        BrokerError
            If the broker does not tell within seconds.
        """
        deadline = time.monotonic() + SECONDS
        try:
            answer = self._ends(TopicPartition(topic, number), deadline)
        except KafkaException as error:
            msg = (
                f"{topic}, partition {number}: the broker does not tell where it ends: "
                f"{error.args[0].str()}; `rtm topics` shows which topics are there"
            )
            raise BrokerError(msg) from None
        if answer is None:
            msg = f"{topic}, partition {number}: the broker did not answer in {SECONDS:.0f} s"
            raise BrokerError(msg)
        return answer

    def _ends(self, place: TopicPartition, deadline: float) -> tuple[int, int] | None:
        """Ask for the ends of a partition, while it has no leader again and again."""
        while True:
            try:
                answer = self._consumer.get_watermark_offsets(place, SECONDS)
            except KafkaException as error:
                if error.args[0].code() in _PASSING and time.monotonic() < deadline:
                    time.sleep(_STEP)
                    continue
                raise
            return cast("tuple[int, int] | None", answer)  # its types know of answers only

    def records(self, number: int, starts: Mapping[str, int]) -> Iterator[Message]:
        """Yield the records of one partition of some topics, each from its start to its end now.

        Parameters
        ----------
        number
            The partition.
        starts
            The offset to begin at, by topic.

        Raises
        ------
        BrokerError
            If records between are gone, or the broker does not give them.
        """
        ends = {topic: self._checked(topic, number, start) for topic, start in starts.items()}
        left = {topic for topic, start in starts.items() if start < ends[topic]}
        places = [TopicPartition(topic, number, starts[topic]) for topic in sorted(left)]
        if not places:
            return
        self._consumer.assign(places)
        heard = time.monotonic()
        try:
            while left:
                messages = self._next()
                heard = time.monotonic() if messages else heard
                yield from self._good(messages, ends, left)
                if time.monotonic() - heard > SECONDS:
                    msg = f"{min(left)}, partition {number}: no record came in {SECONDS:.0f} s"
                    raise BrokerError(msg)
        finally:
            self._consumer.unassign()

    def _next(self) -> list[Message]:
        """Return what has come; `consume` alone would wait for as many as are asked for."""
        first = self._consumer.poll(_STEP)
        return [] if first is None else [first, *self._consumer.consume(_MANY, 0.0)]

    def _good(
        self, messages: Sequence[Message], ends: Mapping[str, int], left: set[str]
    ) -> Iterator[Message]:
        """Yield what are records; take out of `left` the topics that are through."""
        for message in messages:
            topic, error = message.topic() or "", message.error()
            if error is not None and error.code() != KafkaError._PARTITION_EOF:
                msg = f"{topic}, partition {message.partition()}: cannot be read: {error.str()}"
                raise BrokerError(msg)
            # Of the end of a partition, too, the offset is that of the next record.
            at = message.offset() or 0
            if at + (error is None) >= ends[topic]:
                left.discard(topic)
            if error is None and at < ends[topic]:
                yield message

    def _checked(self, topic: str, number: int, start: int) -> int:
        """Return the end of a partition that has all its records since `start`."""
        first, end = self.ends(topic, number)
        where = f"{topic}, partition {number}"
        if end < start:
            msg = (
                f"{where}: ends at offset {end} where this job had written up to {start}: it was "
                "made anew, lost records, or is on another broker. Give the job back its topic, or "
                "start it anew with an empty recovery folder"
            )
            raise BrokerError(msg)
        if first > start:
            msg = (
                f"{where}: retention has removed the records from offset {start} to {first}, which "
                "were written after the last snapshot, so it is not known any more what was "
                "written. Start anew with an empty recovery folder and --append, and let "
                "kafka.written.retention be longer than the job is ever down"
            )
            raise BrokerError(msg)
        return end


@contextmanager
def log_reader(rule: Kafka, group: str) -> Iterator[LogReader]:
    """Yield a reader, and close it."""
    reader = LogReader(rule, group)
    try:
        yield reader
    finally:
        reader.close()
