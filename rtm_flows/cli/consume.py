"""`rtm consume`: what a job writes into topics, as it comes."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import msgspec

from rtm_flows.cli.console import console
from rtm_flows.cli.pages import visible
from rtm_flows.config import Job, load
from rtm_flows.connectors.kafka.names import LEASE, ROUNDS, broker_of, topic_of
from rtm_flows.connectors.kafka.reading import Found, Onlooker, onlooker
from rtm_flows.connectors.kafka.registry import registry_of
from rtm_flows.connectors.kafka.topics import written
from rtm_flows.connectors.schemas.decoding import Decoder, Undecoded
from rtm_flows.errors import ConfigError, nearest


class _Trigger(msgspec.Struct, frozen=True):
    type: str = ""


class _Decision(msgspec.Struct, frozen=True):
    """What a line shows of a decision."""

    decision_time: str
    subject_id: str
    name: str
    trigger: _Trigger = _Trigger()
    treatment: str | None = None
    reason: str | None = None
    score: float | None = None
    held_out: bool = False


def consume(parsed: argparse.Namespace) -> int:
    """Show records until all that were asked for are shown, or somebody stops it."""
    job = load(parsed.job)
    topic = _topic(job, parsed.topic)
    as_json = parsed.json or not sys.stdout.isatty()
    left = parsed.count
    decoder = _decoder(job, topic)
    with onlooker(broker_of(job)) as reader, _until_stopped() as stopping:
        for found in _records(reader, topic, parsed):
            for one in found[:left]:
                _show(_text(one.value, decoder), as_json=as_json)
            left = None if left is None else left - len(found[:left])
            if left == 0 or stopping.is_set():
                break
    return 0


def _topic(job: Job, name: str) -> str:
    """Return the topic of an output, or of any name that the job reads or writes."""
    outputs = {**written(job), **{one: topic_of(job, one) for one in (ROUNDS, LEASE)}}
    if name in outputs:
        return outputs[name]
    read = [one.name for one in broker_of(job).topics]
    if name in (*read, *outputs.values()):
        return name
    msg = f"--topic {name}: this job neither writes nor reads it{nearest(name, [*outputs, *read])}"
    raise ConfigError(msg)


def _records(reader: Onlooker, topic: str, parsed: argparse.Namespace) -> Iterator[list[Found]]:
    """Yield records from where it was asked on, for ever or to the present end."""
    extents = reader.extents(topic)
    if parsed.to_end:
        return reader.read(topic, extents)
    from_start = parsed.from_start
    starts = {number: one.low if from_start else one.high for number, one in extents.items()}
    return reader.follow(topic, starts)


@contextmanager
def _until_stopped() -> Iterator[threading.Event]:
    """Yield what is set when SIGINT or SIGTERM comes."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _decoder(job: Job, topic: str) -> Decoder | None:
    """Return what decodes the records of a topic that are not plain JSON."""
    registry = registry_of(job)
    for one in broker_of(job).topics:
        if one.name == topic and one.encoding != "json" and registry is not None:
            return Decoder(one.encoding, registry)
    return None


def _text(value: bytes | None, decoder: Decoder | None) -> bytes:
    """Return a record as JSON; of one that cannot be decoded, why."""
    if value is None or decoder is None:
        return value or b"null"
    found = decoder.decode(value)
    return msgspec.json.encode(found._asdict()) if isinstance(found, Undecoded) else found


def _show(value: bytes, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(value + b"\n")
        sys.stdout.buffer.flush()  # who reads along waits for it
        return
    console().print(_line(value), no_wrap=True, overflow="ellipsis", crop=True)


def _line(value: bytes) -> str:
    """Return a line for people: of a decision what matters most, of anything else all."""
    try:
        one = msgspec.json.decode(value, type=_Decision)
    except msgspec.DecodeError:
        return visible(value.decode("utf-8", "replace"))
    when = one.decision_time[:19].replace("T", " ")
    what = one.name if one.treatment is None else f"{one.name} / {one.treatment}"
    why = "held out" if one.held_out else one.reason or ""
    score = "" if one.score is None else f"{one.score:.4f}"
    told = f"{one.subject_id:<14} {one.trigger.type:<24} {what:<40} {score:>6}  {why}"
    return visible(f"{when}  {told}".rstrip())
