"""Records of topics: parsed as the job says of their topic, each with where it stands.

In: the values of records, by partition. Out: rows and dead letters that know topic, partition and
offset. It refuses to know rounds and time. Keys, headers and the broker's time stamps are not
looked at: all that counts is in the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from rtm_flows.columns import Table, concat
from rtm_flows.config import Job
from rtm_flows.config.kafka import Topic
from rtm_flows.connectors.batches import DeadLetter
from rtm_flows.connectors.jsonl import too_large
from rtm_flows.connectors.parsers import parser_of
from rtm_flows.connectors.schemas.decoding import REASON, Decoder, Undecoded
from rtm_flows.connectors.schemas.schema import Schemas
from rtm_flows.errors import ConfigError, InputError
from rtm_flows.events.formats import mapping_of
from rtm_flows.events.mapping import Mapping
from rtm_flows.events.parser import Parser
from rtm_flows.lanes.progress import Ints

TOPIC, NUMBER, OFFSET = PLACE = ("@topic", "@partition", "@offset")
"""Columns of where a row stands: topic (its place among the job's by name), partition, offset."""


class Record(NamedTuple):
    """A record of a partition; `value` is None where it has none."""

    offset: int
    value: bytes | None


# What the class itself does costs three times as much, for each record that is read.
_record: Callable[[Iterable[Any]], Record] = partial(tuple.__new__, Record)


def records_of(offsets: Iterable[int], values: Iterable[bytes | None]) -> list[Record]:
    """Return records, of which offsets and values are given one by one.

    Examples
    --------
    >>> records_of([7, 8], [b"{}", None])
    [Record(offset=7, value=b'{}'), Record(offset=8, value=None)]
    """
    return list(map(_record, zip(offsets, values, strict=True)))


class Part(NamedTuple):
    """Records of one partition, in the order of their offsets."""

    topic: str
    number: int
    records: Sequence[Record]


class Read(NamedTuple):
    """What was read of some records: rows in (topic, partition, offset), and what are no rows."""

    table: Table
    dead: list[DeadLetter]
    ignored: int
    bytes_read: int


class _Kept(NamedTuple):
    """Records that can be parsed: where they stand, what they are, and that as JSON."""

    offsets: list[int]
    values: list[bytes]
    texts: list[bytes]


_Fault = tuple[str, str | None, str]
"""Reason, column and detail of a dead letter."""


class TopicParsers:
    """Parses the records of the topics of a job.

    Parameters
    ----------
    job
        The job; its `[kafka]` names the topics.
    schemas
        Knows what the records of topics are written by that are not plain JSON; None where there
        are no such topics.

    Examples
    --------
    >>> from rtm_flows.config import load
    >>> parsers = TopicParsers(load({"name": "shop", "kafka": {"topics": [{"name": "events"}]}}))
    >>> read = parsers.parse([Part("events", 3, [Record(17, b"broken"), Record(18, None)])])
    >>> [(one.reason, one.file, one.partition, one.line) for one in read.dead]
    [('broken_json', 'events', 3, 17), ('tombstone', 'events', 3, 18)]
    """

    def __init__(self, job: Job, schemas: Schemas | None = None) -> None:
        if job.kafka is None or not job.kafka.topics:
            msg = "kafka.topics: names no topic to read; add a table [[kafka.topics]] with a name"
            raise ConfigError(msg)
        topics = sorted(job.kafka.topics, key=lambda topic: topic.name)
        self.names = tuple(topic.name for topic in topics)
        self._limit = job.input.max_record_bytes
        self._payload = job.kafka.written.payload
        self._control = {topic.name for topic in topics if topic.control}
        known: list[tuple[Mapping, Parser]] = []
        self._parsers = {topic.name: _parser_of(job, topic, known) for topic in topics}
        self._rank = {name: rank for rank, name in enumerate(self.names)}
        self._decoders = _decoders_of(topics, schemas)

    def is_control(self, topic: str) -> bool:
        """Tell whether the records of a topic are orders to the job.

        Raises
        ------
        InputError
            If the job does not read the topic.
        """
        if topic not in self._rank:
            msg = f"the job reads no topic {topic!r}; its topics are: {', '.join(self.names)}"
            raise InputError(msg)
        return topic in self._control

    def parse(self, parts: Iterable[Part]) -> Read:
        """Return what the records of some partitions are."""
        by_parser: dict[int, tuple[Parser, list[Part]]] = {}
        for part in sorted(parts, key=lambda part: (part.topic, part.number)):
            parser = self._parsers[part.topic]
            by_parser.setdefault(id(parser), (parser, []))[1].append(part)
        if not by_parser:
            return Read(self._parse(next(iter(self._parsers.values())), []).table, [], 0, 0)
        read = [self._parse(parser, own) for parser, own in by_parser.values()]
        table = concat([one.table for one in read])
        if len(read) > 1:
            table = table.take(np.lexsort([table[name] for name in reversed(PLACE)]))
        dead = sorted(
            (letter for one in read for letter in one.dead),
            key=lambda letter: (letter.file, letter.partition, letter.line),
        )
        return Read(
            table, dead, sum(one.ignored for one in read), sum(one.bytes_read for one in read)
        )

    def _told(self, value: bytes) -> bytes | None:
        """Return what a dead letter tells of the record itself."""
        return value if self._payload else None

    def _parse(self, parser: Parser, parts: Sequence[Part]) -> Read:
        """Parse records that one parser reads."""
        values: list[bytes] = []
        texts: list[bytes] = []
        offsets: list[int] = []
        counts: list[int] = []
        dead: list[DeadLetter] = []
        size = 0
        for part in parts:
            size += sum([len(value) for _, value in part.records if value])
            kept = self._kept(part, dead)
            values += kept.values
            texts += kept.texts
            offsets += kept.offsets
            counts.append(len(kept.offsets))
        rank = _repeated([self._rank[part.topic] for part in parts], counts)
        number = _repeated([part.number for part in parts], counts)
        offset = np.array(offsets, dtype=np.int64)
        parsed = parser.parse_lines(texts)
        for bad in parsed.bad:
            at, why = bad.row, (bad.reason, bad.field, bad.detail)
            name, place = self.names[rank[at]], int(offset[at])
            dead.append(DeadLetter(name, place, *why, int(number[at]), self._told(values[at])))
        rows = parsed.table["row"]
        columns = dict(zip(PLACE, (rank[rows], number[rows], offset[rows]), strict=True))
        return Read(parsed.table.with_columns(columns), dead, parsed.ignored, size)

    def _kept(self, part: Part, dead: list[DeadLetter]) -> _Kept:
        """Return those records of a partition that can be parsed; of others a dead letter."""
        decoder = self._decoders.get(part.topic)
        values = [value for _, value in part.records if value]
        plain = decoder is None and len(values) == len(part.records)
        if plain and max(map(len, values), default=0) <= self._limit:
            return _Kept([offset for offset, _ in part.records], values, values)
        kept = _Kept([], [], [])
        for offset, value in part.records:
            text = self._text(value, decoder)
            if isinstance(text, bytes):
                kept.offsets.append(offset)
                kept.values.append(value or b"")
                kept.texts.append(text)
            else:
                payload = self._told(value or b"")
                dead.append(DeadLetter(part.topic, offset, *text, part.number, payload))
        return kept

    def _text(self, value: bytes | None, decoder: Decoder | None) -> bytes | _Fault:
        """Return the JSON of a record, or why there is none."""
        if value is None:
            return "tombstone", None, "the record has no value"
        if len(value) > self._limit:
            return "too_large", None, too_large(self._limit)
        if decoder is None:
            return value
        decoded = decoder.decode(value)
        return (REASON, *decoded) if isinstance(decoded, Undecoded) else decoded


def _repeated(values: Sequence[int], counts: Sequence[int]) -> Ints:
    """Return each of some numbers so many times."""
    return np.repeat(np.array(values, dtype=np.int64), np.array(counts, dtype=np.int64))


def _parser_of(job: Job, topic: Topic, known: list[tuple[Mapping, Parser]]) -> Parser:
    """Return the parser of a topic; topics of the same mapping share one."""
    mapping = job.mapping if topic.format is None else mapping_of(topic.format, topic.mapping)
    for other, parser in known:
        if other == mapping:
            return parser
    known.append((mapping, parser_of(job, mapping=mapping)))
    return known[-1][1]


def _decoders_of(topics: Iterable[Topic], schemas: Schemas | None) -> dict[str, Decoder]:
    """Return what decodes the records of those topics that are not plain JSON."""
    decoders = {}
    for topic in topics:
        if topic.encoding == "json":
            continue
        if schemas is None:
            msg = f"kafka.topics: {topic.name!r} is {topic.encoding}, and no schemas are at hand"
            raise ConfigError(msg)
        decoders[topic.name] = Decoder(topic.encoding, schemas)
    return decoders
