"""Published: lines as records of a log in partitions, each with its key and its id.

In: lines as the steps tell them. Out: records by the partition of their person, in the order in
which they are to be written. Nothing waits here: a record is told as soon as a step tells its line.
It refuses to know what writes them.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from rtm_flows.lanes.messages import Lines
from rtm_flows.lanes.ordered import in_order

DECISIONS = "decisions"
"""The output whose records have ids of their own."""


class Record(NamedTuple):
    """One record.

    Attributes
    ----------
    key
        The person key; None where the record is nobody's.
    id
        The decision's id, or a hash of output, key and value: 16 hex digits.
    time
        Milliseconds since 1970 that the record is about; None where its line does not say so in
        its order.
    value
        The line, without its break.
    """

    key: str | None
    id: str
    time: int | None
    value: bytes


class Published(NamedTuple):
    """Records of one output for one partition, in order."""

    output: str
    records: list[Record]


class _Named(msgspec.Struct, gc=False):
    decision_id: str | None = None


_named = msgspec.json.Decoder(_Named)


def partition_of(key: str | None, partitions: int) -> int:
    """Return the partition of a person: CRC-32 of the key, as librdkafka deals by default.

    What is nobody's goes to the first.

    Examples
    --------
    >>> partition_of("u:ann", 4), partition_of(None, 4)
    (2, 0)
    """
    return 0 if key is None else zlib.crc32(key.encode()) % partitions


def by_partition(part: Lines, partitions: int) -> list[tuple[int, Published]]:
    """Return the records of some lines by partition.

    A step tells what it does for one person in that person's order, and each block is put into
    the order of the file of a run; so each person's records are in that order too.
    """
    dealt: dict[int, list[Record]] = {}
    for record in records_of(part):
        dealt.setdefault(partition_of(record.key, partitions), []).append(record)
    return [(number, Published(part.output, records)) for number, records in dealt.items()]


def records_of(part: Lines) -> list[Record]:
    """Return the records of some lines, in order."""
    if not len(part.lines):
        return []
    order = in_order(part.order, part.tie)
    values = list(part.lines)
    persons: Sequence[str | None] = [None] * len(values)
    if part.persons is not None:
        persons = part.persons.tolist()
    # Without a tie the order is no time but a round, or a tick.
    clocks: Iterable[int | None] = [None] * len(values) if part.tie is None else part.order.tolist()
    told = list(zip(persons, clocks, values, strict=True))
    return [
        Record(key, id_of(part.output, key, value), time, value)
        for key, time, value in map(told.__getitem__, order.tolist())
    ]


def id_of(output: str, key: str | None, value: bytes) -> str:
    """Return the id of a record.

    Examples
    --------
    >>> id_of("decisions", "u:ann", b'{"decision_id":"de24"}')
    'de24'
    >>> id_of("sessions", "u:ann", b"{}")
    'bae13f6d1635cdd6'
    """
    if output == DECISIONS and b'"decision_id"' in value:
        named = _named.decode(value).decision_id
        if named is not None:
            return named
    text = b"\0".join((output.encode(), (key or "").encode(), value))
    return hashlib.blake2b(text, digest_size=8).hexdigest()
