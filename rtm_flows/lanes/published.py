"""Published: lines as records of a log in partitions, each with its key and its id.

In: lines as the steps tell them. Out: records by the partition of their person, in the order in
which they are to be written. Nothing waits here: a record is told as soon as a step tells its line.
It refuses to know what writes them.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any, NamedTuple

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
_NAME = b'"decision_id"'
# What the class itself does costs three times as much, for each record that is written.
_record: Callable[[Iterable[Any]], Record] = partial(tuple.__new__, Record)


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
    records = records_of(part)
    numbers = {key: partition_of(key, partitions) for key in {record.key for record in records}}
    dealt: list[list[Record]] = [[] for _ in range(partitions)]
    for record in records:
        dealt[numbers[record.key]].append(record)
    return [(number, Published(part.output, own)) for number, own in enumerate(dealt) if own]


def records_of(part: Lines) -> list[Record]:
    """Return the records of some lines, in order."""
    if not len(part.lines):
        return []
    order = in_order(part.order, part.tie)
    values = list(map(list(part.lines).__getitem__, order.tolist()))
    keys: list[str | None] = [None] * len(values)
    if part.persons is not None:
        keys = part.persons[order].tolist()
    # Without a tie the order is no time but a round, or a tick.
    times = [None] * len(values) if part.tie is None else part.order[order].tolist()
    ids = _ids(part.output, keys, values)
    return list(map(_record, zip(keys, ids, times, values, strict=True)))


def _ids(output: str, keys: Sequence[str | None], values: Sequence[bytes]) -> list[str]:
    """Return the ids of records."""
    if output == DECISIONS and _NAME in b"".join(values):
        return [id_of(output, key, value) for key, value in zip(keys, values, strict=True)]
    return [_hash(output, key, value) for key, value in zip(keys, values, strict=True)]


def id_of(output: str, key: str | None, value: bytes) -> str:
    """Return the id of a record.

    Examples
    --------
    >>> id_of("decisions", "u:ann", b'{"decision_id":"de24"}')
    'de24'
    >>> id_of("sessions", "u:ann", b"{}")
    'bae13f6d1635cdd6'
    """
    if output == DECISIONS and _NAME in value:
        named = _named.decode(value).decision_id
        if named is not None:
            return named
    return _hash(output, key, value)


def _hash(output: str, key: str | None, value: bytes) -> str:
    text = b"\0".join((output.encode(), (key or "").encode(), value))
    return blake2b(text, digest_size=8).hexdigest()
