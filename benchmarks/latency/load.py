"""An open-loop load: events at a steady rate, whatever the system under test does.

In: lines of events, a rate and a span. Out: records in a topic, each sent at the time that the rate
gives it and not before; one that cannot be sent in time is sent late, and the next ones on top of
it. So a slow answer never lowers the load (no coordinated omission). The id of an event is its
number, its time the one at which it was due.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from confluent_kafka import KafkaError, Message, Producer

_STEP = 0.001


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent where, how fast and for how long."""

    bootstrap: str
    topic: str
    partitions: int
    rate: int
    seconds: float
    lines: str
    """File of events, one JSON object a line; they are sent again and again."""
    id: str
    time: str
    """Fields of the event that hold its id, and its time in milliseconds."""
    person: str
    linger_ms: int = 5
    """How long a record may wait for others before it is sent; 5 as with most clients."""


class Event(NamedTuple):
    """An event ready to be sent but for its number and time."""

    key: bytes
    before: bytes
    """The object without its closing brace."""


def events_of(load: Load) -> list[Event]:
    """Return the events of the file, without their ids and times."""
    found = []
    for line in Path(load.lines).read_bytes().splitlines():
        tree: dict[str, Any] = msgspec.json.decode(line)
        tree.pop(load.id, None)
        tree.pop(load.time, None)
        key = str(tree.get(load.person) or "").encode()
        if key:
            found.append(Event(key, msgspec.json.encode(tree)[:-1]))
    return found


def line_of(event: Event, load: Load, number: int, due_ms: int) -> bytes:
    """Return an event as it is sent.

    Examples
    --------
    >>> load = Load(bootstrap="", topic="", partitions=1, rate=1, seconds=1.0, lines="", id="id",
    ...     time="at", person="user")
    >>> line_of(Event(b"ann", b'{"user":"ann"'), load, 7, 1000)
    b'{"user":"ann","id":"7","at":1000}'
    """
    told = f',"{load.id}":"{number}","{load.time}":{due_ms}}}'.encode()
    return event.before + told


def send(load: Load) -> int:
    """Send all events; return how many the broker refused."""
    failed = 0

    def heard(error: KafkaError | None, _: Message) -> None:
        nonlocal failed
        failed += error is not None

    producer = Producer(
        {
            "bootstrap.servers": load.bootstrap,
            "linger.ms": load.linger_ms,
            "acks": "all",
            "enable.idempotence": True,
            "queue.buffering.max.messages": 2_000_000,
        }
    )
    began = time.time() + 0.2
    for number, event in _numbered(events_of(load), round(load.rate * load.seconds)):
        due = began + number / load.rate
        while (ahead := due - time.time()) > 0:
            producer.poll(0)
            time.sleep(min(ahead, _STEP))
        value = line_of(event, load, number, round(due * 1000))
        producer.produce(load.topic, value, event.key, on_delivery=heard)
        if number % 64 == 0:
            producer.poll(0)
    return failed + producer.flush(30.0)


def _numbered(events: list[Event], count: int) -> Iterator[tuple[int, Event]]:
    return zip(range(count), itertools.cycle(events), strict=False)


if __name__ == "__main__":
    sys.exit(min(send(msgspec.json.decode(sys.argv[1], type=Load)), 1))
