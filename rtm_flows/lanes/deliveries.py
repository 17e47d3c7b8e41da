"""Deliveries: which decisions may go out now, which have to wait, and which never will.

In: decisions of a partition in their order, and what the clock on the wall says. Out: records of
`deliveries` and `undelivered`; every decision that is to be delivered becomes one of either, once.
It refuses to read a clock itself.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import msgspec

from rtm_flows.decisions.catalogue import NO_ACTION
from rtm_flows.lanes.published import Published, Record
from rtm_flows.times import format_time

DELIVERIES = "deliveries"
"""The output of decisions that may go out, or what its name begins with where there is one a
channel."""

UNDELIVERED = "undelivered"
"""The output of decisions that will not go out."""

WANTED = ("decision_id", "name", "channel", "held_out", "not_before", "expires_at", "supersedes")
"""Fields that decisions must have for their delivery to be followed."""

MOST_BYTES = 16 << 20
"""What may wait in one partition: it is part of its snapshots."""

EXPIRED, SUPERSEDED, CROWDED = "expired", "superseded", "too_many_waiting"
"""Why a decision was not delivered."""


class Head(msgspec.Struct, gc=False):
    """What is looked at of a decision."""

    decision_id: str
    name: str
    held_out: bool
    channel: str | None
    not_before: datetime | None
    expires_at: datetime | None
    supersedes: str | None


class Undelivered(msgspec.Struct, frozen=True, gc=False):
    """One line of `undelivered`.

    Attributes
    ----------
    decision_id
        The decision, as the decision log has it.
    reason
        `expired`: it came, or its time came, when `expires_at` had passed; `superseded`: a later
        decision made it void while it waited; `too_many_waiting`: there was no room to wait.
    by
        The decision that made it void.
    time
        When this was found, by the clock on the wall.
    """

    decision_id: str
    reason: str
    by: str | None
    time: str


class _Waiting(NamedTuple):
    """A decision whose time has not come; all times in milliseconds."""

    not_before: int
    arrival: int
    expires_at: int
    output: str
    record: Record


_head = msgspec.json.Decoder(Head)
_encode = msgspec.json.Encoder().encode


class Waiting:
    """The decisions of one partition that wait.

    Parameters
    ----------
    by_channel
        Whether deliveries go to an output a channel.
    most
        Bytes of lines that may wait.
    """

    def __init__(self, *, by_channel: bool, most: int = MOST_BYTES) -> None:
        self._by_channel = by_channel
        self._most = most
        self._queue: list[tuple[int, int, str]] = []
        self._by_id: dict[str, _Waiting] = {}
        self._bytes = 0
        self._arrivals = 0

    @property
    def next_at(self) -> int | None:
        """When the next decision may go out, in milliseconds since 1970; None if none waits."""
        self._drop_void()
        return self._queue[0][0] if self._queue else None

    def take(self, records: Iterable[Record], now: int) -> list[Published]:
        """Take decisions in that are to be delivered, in their order.

        Returns what is told of them, and of older ones.
        """
        told = self.due(now)
        for record in records:
            head = _head.decode(record.value)
            told += self._void(head, now)
            told += self._judge(head, record, now)
        return told

    def due(self, now: int) -> list[Published]:
        """Return what is told of those whose time has come."""
        told = []
        while (at := self.next_at) is not None and at <= now:
            one = self._pop()
            expired = one.expires_at <= now
            told.append(_un(one.record, EXPIRED, now) if expired else _out(one))
        return told

    def hand_over(self, now: int) -> list[Published]:
        """Return all that waits as deliveries, since nobody will be here when their time comes."""
        told = self.due(now)
        while self.next_at is not None:
            told.append(_out(self._pop()))
        return told

    def save(self) -> bytes:
        """Return the state."""
        return msgspec.msgpack.encode(sorted(self._by_id.values()))

    def load(self, state: bytes) -> None:
        """Restore the state."""
        for one in msgspec.msgpack.decode(state, type=list[_Waiting]):
            self._hold(one)
            self._arrivals = max(self._arrivals, one.arrival + 1)

    def _void(self, head: Head, now: int) -> list[Published]:
        """Return what is told of the decision that this one makes void, if it waits."""
        old = None if head.supersedes is None else self._by_id.get(head.supersedes)
        if old is None:
            return []
        self._forget(old)
        return [_un(old.record, SUPERSEDED, now, head.decision_id)]

    def _judge(self, head: Head, record: Record, now: int) -> list[Published]:
        output = f"{DELIVERIES}.{head.channel}" if self._by_channel else DELIVERIES
        not_before, expires_at = _ms(head.not_before), _ms(head.expires_at)
        if expires_at <= now:
            return [_un(record, EXPIRED, now)]
        if not_before <= now:
            return [Published(output, [record])]
        if self._bytes + len(record.value) > self._most:
            return [_un(record, CROWDED, now)]
        self._hold(_Waiting(not_before, self._arrivals, expires_at, output, record))
        self._arrivals += 1
        return []

    def _hold(self, one: _Waiting) -> None:
        heapq.heappush(self._queue, (one.not_before, one.arrival, one.record.id))
        self._by_id[one.record.id] = one
        self._bytes += len(one.record.value)

    def _pop(self) -> _Waiting:
        """Take out the one whose time comes next."""
        one = self._by_id[heapq.heappop(self._queue)[2]]
        self._forget(one)
        return one

    def _forget(self, one: _Waiting) -> None:
        del self._by_id[one.record.id]
        self._bytes -= len(one.record.value)

    def _drop_void(self) -> None:
        """Drop from the head of the queue what was made void while it stood there."""
        while self._queue and self._queue[0][2] not in self._by_id:
            heapq.heappop(self._queue)


def to_deliver(part: Published) -> Published | None:
    """Return those of some decisions that are to be delivered; None if there are none.

    Examples
    --------
    >>> line = b'{"decision_id":"1","name":"no_action","held_out":false,"channel":null,'
    >>> line += b'"not_before":null,"expires_at":null,"supersedes":null}'
    >>> to_deliver(Published("decisions", [Record("u:ann", "1", 0, line)])) is None
    True
    """
    heads = map(_head.decode, (record.value for record in part.records))
    chosen = [
        record
        for record, head in zip(part.records, heads, strict=True)
        if head.name != NO_ACTION and not head.held_out
    ]
    return part._replace(records=chosen) if chosen else None


def _out(one: _Waiting) -> Published:
    return Published(one.output, [one.record])


def _un(record: Record, reason: str, now: int, by: str | None = None) -> Published:
    value = _encode(Undelivered(record.id, reason, by, format_time(now)))
    return Published(UNDELIVERED, [record._replace(value=value)])


def _ms(moment: datetime | None) -> int:
    """Return milliseconds since 1970; of a decision to be delivered both times are there."""
    return 0 if moment is None else round(moment.timestamp() * 1000)
