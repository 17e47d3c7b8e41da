"""Written: one partition of every output topic, each record in it once.

In: records as the steps tell them. Out: records in topics, and a state from which writing goes on.
The state says how far each topic was written. What lies behind that was written after the last
snapshot, and will be told again: it is read back, and not written a second time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from confluent_kafka import Message

from rtm_flows.connectors.kafka.headers import ID, SOURCE, header, key_of, sent
from rtm_flows.connectors.kafka.producer import Log, RecordProducer
from rtm_flows.connectors.kafka.read_back import LogReader
from rtm_flows.connectors.kafka.reports import Reports
from rtm_flows.errors import BrokerError
from rtm_flows.lanes.deliveries import DELIVERIES, UNDELIVERED, is_delivery
from rtm_flows.lanes.published import DECISIONS, Published, Record
from rtm_flows.operating.meters import Meters

ONCE = frozenset({DECISIONS, DELIVERIES})
"""Records with ids of their own: of these nothing may be told twice under one id."""


class Outputs(NamedTuple):
    """What all partitions of a job's output topics share.

    Attributes
    ----------
    source
        The source of the job's records, as their headers have it.
    topics
        The topic of every output.
    begun
        Of every topic, where each of its partitions ended when the job began to write.
    once
        Records (see `group`) that are told once only under one id. Of all others two may be the
        same to the last byte, like the scores of two events that differ in their source only.
    """

    source: str
    topics: Mapping[str, str]
    begun: Mapping[str, Sequence[int]]
    once: frozenset[str] = ONCE


class _There(msgspec.Struct, array_like=True):
    """Copies of one record that are in the topic and have not been told again."""

    digest: bytes
    copies: int


class _Saved(msgspec.Struct, array_like=True):
    ends: dict[str, int]
    there: dict[str, dict[str, _There]]


class WrittenPartition:
    """The only writer of one partition of all output topics.

    Parameters
    ----------
    outputs
        What is written where.
    number
        The partition.
    producer
        Sends.
    reader
        Reads back.
    state
        What `save` returned, to go on from there; None to go on from where the job began.
    meters
        Told of what the broker has taken in.

    Raises
    ------
    BrokerError
        If the topics hold what this job has not written, or lack what it has.
    """

    def __init__(
        self,
        outputs: Outputs,
        number: int,
        producer: RecordProducer,
        reader: LogReader,
        state: bytes | None = None,
        meters: Meters | None = None,
    ) -> None:
        self._outputs = outputs
        self._producer = producer
        self._told: dict[str, set[str]] = {}
        begun = {topic: ends[number] for topic, ends in outputs.begun.items()}
        saved = _Saved(begun, {})
        if state is not None:
            saved = msgspec.msgpack.decode(state, type=_Saved)
        self._there = saved.there
        self._logs = {topic: Log(topic, number, saved.ends[topic]) for topic in begun}
        told = meters or Meters()
        self._reports = {
            output: Reports(output, self._logs[topic], told)
            for output, topic in outputs.topics.items()
        }
        group_of = {topic: group(output) for output, topic in outputs.topics.items()}
        for message in reader.records(number, saved.ends):
            topic = message.topic() or ""
            self._logs[topic].end = (message.offset() or 0) + 1
            self._note(group_of[topic], message)

    @property
    def awaited(self) -> int:
        """How many records that are there have not been told again."""
        return sum(one.copies for ids in self._there.values() for one in ids.values())

    def write(self, told: Sequence[Published]) -> None:
        """Send what is not there yet.

        Raises
        ------
        BrokerError
            If a record, this one or an earlier one, is not written; or if one is there under the
            same id that says something else.
        """
        for part in told:
            log = self._logs[self._outputs.topics[part.output]]
            new = self._new(part)
            reports = self._reports[part.output]
            if reports.follows:
                reports.sent(new)
            self._producer.send(log, sent(self._outputs.source, part.output, new))
        self._producer.look()
        self.count()

    def count(self) -> None:
        """Tell the metrics of what was reported."""
        for reports in self._reports.values():
            if reports.log.reported:
                reports.tell()

    def save(self) -> bytes:
        """Return the state, when every record sent is reported as written."""
        self._producer.flush()
        self.count()
        self._told.clear()
        ends = {topic: log.end for topic, log in self._logs.items()}
        return msgspec.msgpack.encode(_Saved(ends, self._there))

    def _note(self, group_: str, message: Message) -> None:
        """Note a record that is there."""
        where = f"{message.topic()}, partition {message.partition()}, offset {message.offset()}"
        id_, source = header(message, ID), header(message, SOURCE)
        if id_ is None or source != self._outputs.source:
            msg = (
                f"{where}: holds a record of {source or 'a program that does not say its name'}, "
                f"and not of {self._outputs.source}: another program writes into this topic. Stop "
                "it, or give this job topics of its own (kafka.written.prefix)"
            )
            raise BrokerError(msg)
        digest = _digest(_bytes(message.key()), _bytes(message.value()) or b"")
        ids = self._there.setdefault(group_, {})
        there = ids.setdefault(id_, _There(digest, 0))
        there.copies += 1
        if there.copies > 1 and group_ in self._outputs.once:
            msg = (
                f"{where}: {id_} is there twice: two runs of this job have written at once. Stop "
                "one of them, and start the other anew on other topics"
            )
            raise BrokerError(msg)

    def _new(self, part: Published) -> list[Record]:
        """Return the records that are to be written: mostly all, since nothing is there."""
        group_ = group(part.output)
        if group_ in self._outputs.once:
            self._check_once(group_, [record.id for record in part.records])
        if not self._there.get(group_):
            return part.records
        return [record for record in part.records if self._is_new(part.output, record)]

    def _is_new(self, output: str, record: Record) -> bool:
        """Return whether a record is to be written; what is there is told again only once."""
        group_ = group(output)
        ids = self._there.get(group_, {})
        there = ids.get(record.id)
        if there is None:
            return True
        # Whether a decision went out or not depends on the clock on the wall: once is enough.
        if group_ != DELIVERIES and there.digest != _digest(key_of(record), record.value):
            msg = (
                f"{self._outputs.topics[output]}: {record.id} is there with another value than it "
                "has now: another program writes into this topic, or the job's input, its "
                "configuration or the program were changed since. Go back to what they were, or "
                "start anew with an empty recovery folder on other topics"
            )
            raise BrokerError(msg)
        there.copies -= 1
        if not there.copies:
            del ids[record.id]
        return False

    def _check_once(self, group_: str, ids: Sequence[str]) -> None:
        """Refuse what is told twice since the last snapshot: that can only be a mistake."""
        told = self._told.setdefault(group_, set())
        if len(set(ids)) < len(ids) or not told.isdisjoint(ids):
            twice = next((id_ for id_ in ids if id_ in told), None)
            msg = f"{group_}: {twice or ids} was told twice, which is a mistake of this program"
            raise BrokerError(msg)
        told.update(ids)


def group(output: str) -> str:
    """Return among which records those of an output are told apart by their ids.

    Examples
    --------
    >>> group("deliveries.email"), group("undelivered"), group("scores")
    ('deliveries', 'deliveries', 'scores')
    """
    return DELIVERIES if output == UNDELIVERED or is_delivery(output) else output


def _digest(key: bytes | None, value: bytes) -> bytes:
    head = b"-" if key is None else b"%d." % len(key) + key
    return hashlib.blake2b(head + value, digest_size=16).digest()


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
