"""`rtm produce`: the events of files into a topic, as fast as possible or as they happened.

Wall-clock time is read here: it is what a history is played by.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from rtm_flows.cli.progress import Bar
from rtm_flows.config import Job, load
from rtm_flows.config.kafka import Topic
from rtm_flows.connectors.files import InputFiles, ListedFile, list_files
from rtm_flows.connectors.formats import format_of
from rtm_flows.connectors.kafka.client import Heard, properties
from rtm_flows.connectors.kafka.names import broker_of
from rtm_flows.connectors.kafka.sending import Sending
from rtm_flows.connectors.keyed_records import Block, Keyed, keyed_blocks
from rtm_flows.connectors.parsers import parser_of
from rtm_flows.connectors.paths import expanded
from rtm_flows.connectors.shifting import Shift
from rtm_flows.errors import ConfigError
from rtm_flows.events.formats import columns_of, mapping_of
from rtm_flows.events.mapping import Mapping

_LONGEST = 1_000_000
"""Bytes of a record that a client sends, unless its properties say otherwise."""
_LOOK_SECONDS = 0.2


def produce(parsed: argparse.Namespace) -> int:
    """Write the records, and say how many went where."""
    job = load(parsed.job)
    topic = _topic(job, parsed.topic)
    told = properties(broker_of(job))
    files = _files(job, topic, parsed.files, int(told.get("message.max.bytes", _LONGEST)))
    listed = list_files(files)
    blocks = _blocks(job, topic, files, listed, from_now=parsed.from_now)
    sending = Sending(told, topic.name, Heard(broker_of(job)))
    pace = _Pace(parsed.speed, sending.wait)
    left_out = without_key = 0
    total = sum(file.size for file in listed)
    stopped = False
    with Bar(f"to {topic.name}", total, quiet=parsed.quiet) as bar:
        try:
            for block in blocks:
                left_out += block.left_out
                without_key += _send(block.records, sending, pace, parsed.key)
                bar.seen(block.bytes_read)
        except KeyboardInterrupt:
            stopped = True
        sending.end()
    if not parsed.quiet:
        sys.stdout.write(_told(sending, without_key, left_out + sending.too_large, stopped=stopped))
    return 0


def _send(records: list[Keyed], sending: Sending, pace: _Pace, field: str | None) -> int:
    """Send records at their pace; return how many have no key."""
    without_key = 0
    for record in records:
        pace.wait_for(record.time)
        key = record.key if field is None else _field(record.value, field)
        without_key += key is None
        sending.send(key, record.value)
    return without_key


class _Pace:
    """Waits until it is time for a record; without a speed it is always time."""

    def __init__(self, speed: float | None, wait: Callable[[float], None]) -> None:
        self._speed = speed
        self._wait = wait
        self._first: tuple[int, float] | None = None

    def wait_for(self, at: int | None) -> None:
        if self._speed is None or at is None:
            return
        if self._first is None:
            self._first = at, time.monotonic()
        first, began = self._first
        due = began + (at - first) / 1000.0 / self._speed
        while (left := due - time.monotonic()) > 0:
            self._wait(min(left, _LOOK_SECONDS))


def _topic(job: Job, name: str | None) -> Topic:
    """Return the topic of this name, or the first that holds people's life."""
    topics = broker_of(job).topics
    if name is not None:
        return _plain(next((one for one in topics if one.name == name), Topic(name=name)))
    if not topics:
        msg = "kafka.topics: names no topic to write into; name one with --topic"
        raise ConfigError(msg)
    return _plain(next((one for one in topics if not one.control), topics[0]))


def _plain(topic: Topic) -> Topic:
    """Refuse a topic whose records stand behind schemas: lines of JSON would all be undecodable."""
    if topic.encoding != "json":
        msg = f"topic {topic.name}: is read as {topic.encoding}; only plain JSON can be produced"
        raise ConfigError(msg)
    return topic


def _files(job: Job, topic: Topic, paths: list[str], longest: int) -> InputFiles:
    rule = job.input
    found = expanded(paths)
    file_format = rule.file_format or format_of(found)
    if file_format == "parquet":
        msg = f"{found[0]}: Parquet is not sent; write it as JSON Lines first"
        raise ConfigError(msg)
    given = columns_of(topic.format or rule.format, rule.csv.delimiter)
    return InputFiles(
        paths=found,
        file_format=file_format,
        delimiter=rule.csv.delimiter,
        quote="" if given else rule.csv.quote,
        columns=rule.csv.columns or given,
        encoding=rule.csv.encoding,
        block_bytes=1 << 18,  # so that who stops a slow play is heard soon
        max_record_bytes=longest,
    )


def _mapping(job: Job, topic: Topic) -> Mapping:
    return job.mapping if topic.format is None else mapping_of(topic.format, topic.mapping)


def _blocks(
    job: Job, topic: Topic, files: InputFiles, listed: tuple[ListedFile, ...], *, from_now: bool
) -> Iterator[Block]:
    mapping = _mapping(job, topic)
    parser = parser_of(job, text=(), mapping=mapping)
    shift = Shift(mapping, lambda: time.time_ns() // 1_000_000) if from_now else None
    return (block for file in listed for block in keyed_blocks(file, files, parser, shift))


def _field(value: bytes, field: str) -> bytes | None:
    """Return a field of a record as a key; None where it has none."""
    try:
        found: Any = msgspec.json.decode(value)
    except msgspec.DecodeError:
        return None
    for name in field.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    if isinstance(found, bool) or not isinstance(found, str | int | float) or found == "":
        return None
    return str(found).encode()


def _told(sending: Sending, without_key: int, left_out: int, *, stopped: bool) -> str:
    """Return how many records went where."""
    written = sending.written
    parts = ", ".join(f"{number}: {written[number]:,}" for number in sorted(written))
    text = f"{sending.topic}: {written.total():,} records"
    text += f" (by partition {parts})" if parts else ""
    text += f"; {without_key:,} of them without a key" if without_key else ""
    text += f"; {left_out:,} too long to be sent, or no CSV" if left_out else ""
    return text + ("; stopped before the end\n" if stopped else "\n")
