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
from rtm_flows.errors import SurgeError
from rtm_flows.lanes.breaker import Breaker, Delivered
from rtm_flows.lanes.held_back import HeldBack
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
SURGE, HISTORY = "surge", "history"
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
        decision made it void while it waited; `too_many_waiting`: there was no room to wait;
        `history`: it is about a time of which another run has told the deliveries;
        `surge`: its time came, and the breaker did not let it out before it expired.
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
    channel: str = ""


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
    told_until
        Decisions up to this time, by their own clock, are not delivered; None if all are. In
        milliseconds since 1970.
    """

    def __init__(
        self, *, by_channel: bool, most: int = MOST_BYTES, told_until: int | None = None
    ) -> None:
        self._told_until = told_until
        self._by_channel = by_channel
        self._most = most
        self._queue: list[tuple[int, int, str]] = []
        self._by_id: dict[str, _Waiting] = {}
        self._bytes = 0
        self._arrivals = 0
        self._breaker = Breaker({})
        self._stops = False
        self._sent: set[str] = set()
        self._held = HeldBack(self._by_id)

    def guard(self, breaker: Breaker, sent: Iterable[Delivered], *, stops: bool) -> None:
        """Let no more out than a breaker does.

        Parameters
        ----------
        sent
            What went out before, in its order; what of it is told again is not counted again.
        stops
            Whether more than that is an error, and does not wait.
        """
        self._breaker, self._stops = breaker, stops
        for one in sent:
            breaker.count(one.channel, one.at)
            if one.id is not None:
                self._sent.add(one.id)

    @property
    def next_at(self) -> int | None:
        """When to look again, in milliseconds since 1970; None if none waits."""
        times = (self._queued_at, self._held.next_at(self._breaker))
        return min((at for at in times if at is not None), default=None)

    @property
    def held(self) -> dict[str, int]:
        """How many decisions the breaker holds back, by channel."""
        return self._held.counts()

    @property
    def _queued_at(self) -> int | None:
        """When the time of the next decision comes."""
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
        """Return what is told of those whose time has come.

        Raises
        ------
        SurgeError
            If more go out than may, and that is not to wait; then nothing is told.
        """
        late = [_un(self._take_out(id_).record, SURGE, now) for id_ in self._held.expired(now)]
        freed = self._held.freed(self._breaker, now)
        told = late + [_out(self._take_out(id_)) for id_ in freed]
        while (at := self._queued_at) is not None and at <= now:
            told += self._let_out(self._pop(), now)
        return told

    def hand_over(self, now: int) -> list[Published]:
        """Return all that waits as deliveries, since nobody will be here when their time comes.

        What the breaker does not let out now is told as `surge`.
        """
        told = self.due(now)
        while self._queued_at is not None:
            told += self._let_out(self._pop(), now)
        return told + [_un(self._take_out(id_).record, SURGE, now) for id_ in self._held.rest()]

    def save(self) -> bytes:
        """Return the state; what went out is not part of it, since the topics tell that."""
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
        if self._told_until is not None and (record.time or 0) <= self._told_until:
            return [_un(record, HISTORY, now)]
        output = f"{DELIVERIES}.{head.channel}" if self._by_channel else DELIVERIES
        not_before, expires_at = _ms(head.not_before), _ms(head.expires_at)
        if expires_at <= now:
            return [_un(record, EXPIRED, now)]
        one = _Waiting(not_before, self._arrivals, expires_at, output, record, head.channel or "")
        if not_before <= now and self._goes(one, now):
            return [_out(one)]
        if self._bytes + len(record.value) > self._most:
            return [_un(record, CROWDED, now)]
        self._arrivals += 1
        if not_before <= now:
            self._hold_back(one)
        else:
            self._hold(one)
        return []

    def _let_out(self, one: _Waiting, now: int) -> list[Published]:
        """Return what is told of one whose time has come; nothing if it is held back."""
        if one.expires_at <= now:
            return [_un(one.record, EXPIRED, now)]
        if self._goes(one, now):
            return [_out(one)]
        self._hold_back(one)
        return []

    def _goes(self, one: _Waiting, now: int) -> bool:
        """Return whether the breaker lets one out; what went out before a crash is let through."""
        if one.record.id in self._sent:
            return True
        channel = one.channel
        if not self._held.holds(channel) and self._breaker.free_at(channel) <= now:
            self._breaker.count(channel, now)
            return True
        if self._stops:
            msg = (
                f"more deliveries of {channel} are to go out than kafka.written.breaker allows: "
                f"{self._breaker.most_of(channel)} a minute is the share of this partition. The "
                "job stops before any more go out. Look at why there are so many (`rtm consume`); "
                'then raise what is allowed, or let them wait with on_surge = "hold", and start '
                "the job again"
            )
            raise SurgeError(msg)
        return False

    def _hold(self, one: _Waiting) -> None:
        heapq.heappush(self._queue, (one.not_before, one.arrival, one.record.id))
        self._keep(one)

    def _hold_back(self, one: _Waiting) -> None:
        self._held.add(one.channel, one.record.id, one.expires_at)
        self._keep(one)

    def _keep(self, one: _Waiting) -> None:
        self._by_id[one.record.id] = one
        self._bytes += len(one.record.value)

    def _pop(self) -> _Waiting:
        """Take out the one whose time comes next."""
        return self._take_out(heapq.heappop(self._queue)[2])

    def _take_out(self, id_: str) -> _Waiting:
        one = self._by_id[id_]
        self._forget(one)
        return one

    def _forget(self, one: _Waiting) -> None:
        del self._by_id[one.record.id]
        self._bytes -= len(one.record.value)

    def _drop_void(self) -> None:
        """Drop from the head of the queue what was made void while it stood there."""
        while self._queue and self._queue[0][2] not in self._by_id:
            heapq.heappop(self._queue)


def is_delivery(output: str) -> bool:
    """Return whether an output holds decisions that may go out.

    Examples
    --------
    >>> is_delivery("deliveries"), is_delivery("deliveries.email"), is_delivery("undelivered")
    (True, True, False)
    """
    return f"{output}.".startswith(f"{DELIVERIES}.")


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
