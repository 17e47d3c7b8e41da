"""What a topic holds beside what a run over the exported history writes: lost, twice, strange.

In: records of a topic in their order, and lines of a file. Out: what sets them apart, in numbers
and with examples. "The same" is the same set of records, each once, in the same order for each key.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

Record = tuple[bytes, bytes]
"""Whose it is, and the record."""


class Differences(NamedTuple):
    """What sets a topic apart from what it should hold."""

    records: int
    lost: list[bytes]
    twice: list[bytes]
    strange: list[bytes]
    """Records that should not be there: different ones, too."""
    disordered: list[bytes]
    """Keys whose records are in another order."""

    @property
    def none(self) -> bool:
        """Whether nothing sets them apart."""
        return not (self.lost or self.twice or self.strange or self.disordered)

    def __str__(self) -> str:
        """Tell them in one line, with an example of each kind."""
        told = f"{self.records} records"
        for name in ("lost", "twice", "strange", "disordered"):
            found: list[bytes] = getattr(self, name)
            told += f", {len(found)} {name}" + (f" (such as {found[0]!r})" if found else "")
        return told


def differences(got: Sequence[Record], wanted: Sequence[Record]) -> Differences:
    """Compare records in their order.

    Examples
    --------
    >>> str(differences([(b"ann", b"1"), (b"ann", b"1")], [(b"ann", b"1"), (b"bob", b"2")]))
    "2 records, 1 lost (such as b'2'), 1 twice (such as b'1'), 0 strange, 0 disordered"
    """
    have, want = Counter(got), Counter(wanted)
    lost = [value for _, value in (want - have).elements()]
    more = have - want
    twice = [value for (key, value) in more.elements() if (key, value) in want]
    strange = [value for (key, value) in more.elements() if (key, value) not in want]
    theirs, ours = _by_key(got), _by_key(wanted)
    disordered = [
        key
        for key, values in ours.items()
        if Counter(theirs.get(key, [])) == Counter(values) and theirs[key] != values
    ]
    return Differences(len(got), lost, twice, strange, disordered)


def _by_key(records: Iterable[Record]) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = defaultdict(list)
    for key, value in records:
        found[key].append(value)
    return found


def records_in(bootstrap: str, topic: str, partitions: int) -> list[bytes]:
    """Return the values of all records of a topic, in the order of each partition."""
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "chaos", "enable.auto.commit": False}
    )
    ends = {}
    for one in range(partitions):
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, one), 10.0)
        if high > low:
            ends[one] = high
    consumer.assign([TopicPartition(topic, one, OFFSET_BEGINNING) for one in ends])
    found: list[bytes] = []
    while ends:
        for message in consumer.consume(1000, 1.0):
            if error := message.error():
                raise RuntimeError(error.str())
            found.append(message.value() or b"")
            number, offset = message.partition() or 0, message.offset() or 0
            if offset + 1 >= ends.get(number, 0):
                ends.pop(number, None)
    consumer.close()
    return found


def with_owners(values: Iterable[bytes], owner: Callable[[bytes], bytes]) -> list[Record]:
    """Return values with whose they are."""
    return [(owner(value), value) for value in values]
