"""Headers: a record as a CloudEvent in binary mode, and back.

In: a record and the job that tells it. Out: the headers of Kafka's protocol binding of CloudEvents
1.0: attributes with `ce_` before their names, and `content-type`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

import numpy as np
from confluent_kafka import Message

from rtm_flows.connectors.kafka.producer import Headers, Sent
from rtm_flows.lanes.published import Record
from rtm_flows.times import format_times

ID = "ce_id"
SOURCE = "ce_source"
TIME = "ce_time"
SUBJECT = "ce_subject"

Pairs = Sequence[tuple[str, str | bytes | None]]


def source_of(job: str) -> str:
    """Return the source of a job's records, a URI reference.

    Examples
    --------
    >>> source_of("spring shop")
    'rtm/spring%20shop'
    """
    return f"rtm/{quote(job, safe='')}"


def sent(source: str, output: str, records: Sequence[Record]) -> Iterator[Sent]:
    """Yield some records of an output as they are sent."""
    always: Headers = [
        ("ce_specversion", "1.0"),
        (SOURCE, source),
        ("ce_type", f"rtm.{output}"),
        ("content-type", "application/json"),
    ]
    for (key, id_, _, value), time in zip(records, _times(records), strict=True):
        headers = [*always, (ID, id_)]
        if time is not None:
            headers.append((TIME, time))
        if key is None:
            yield None, value, headers
        else:
            headers.append((SUBJECT, key))
            yield key.encode(), value, headers


def key_of(record: Record) -> bytes | None:
    """Return the key of a record: the person key, in UTF-8."""
    return None if record.key is None else record.key.encode()


def header(message: Message, name: str) -> str | None:
    """Return a header of a record that was read; None if it has none of this name, or no text."""
    return text_of(pairs_of(message), name)


def pairs_of(message: Message) -> Pairs:
    """Return all headers of a record that was read."""
    found = message.headers() or ()
    return list(found.items()) if isinstance(found, dict) else found


def text_of(pairs: Pairs, name: str) -> str | None:
    """Return the first header of a name that has a value, as text; None if there is none.

    Examples
    --------
    >>> text_of([("ce_id", b"7")], "ce_id")
    '7'
    """
    for key, value in pairs:
        if key == name and value is not None:
            return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return None


def _times(records: Sequence[Record]) -> Sequence[str | None]:
    """Return the times of records as text: those of an output have all one, or none has."""
    times = [record.time for record in records if record.time is not None]
    return format_times(np.array(times)) if times else [None] * len(records)
