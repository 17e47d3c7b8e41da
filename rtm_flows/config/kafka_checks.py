"""The first mistake in what a job says of its broker, with its key.

In: a job. Out: nothing, or an error that names the key and what was wanted. It connects to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from rtm_flows.config.job import Job
from rtm_flows.config.kafka import Kafka, Registry, Secret, Written
from rtm_flows.decisions.offers import offers_of
from rtm_flows.errors import nearest, refuse
from rtm_flows.times import parse_duration

_TOPIC = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}")
_OURS = frozenset(
    {
        "bootstrap.servers",
        "group.id",
        "enable.auto.commit",
        "enable.auto.offset.store",
        "auto.offset.reset",
        "enable.idempotence",
        "acks",
    }
)
"""Properties that what the job promises depends on."""


def check_kafka(job: Job) -> None:
    """Refuse a broker that cannot be read or written as the job says.

    Raises
    ------
    ConfigError
        At the first mistake; the text starts with its key.
    """
    rule = job.kafka
    if rule is None:
        for key, kind in (("input.kind", job.input.kind), ("outputs.kind", job.outputs.kind)):
            if kind == "kafka":
                refuse(key, '"kafka" wants the table [kafka], which says where the broker is')
        return
    if job.input.kind == "kafka" and not rule.topics:
        refuse("kafka.topics", "names no topic to read; add a table [[kafka.topics]] with a name")
    if job.input.kind == "kafka" and all(topic.control for topic in rule.topics):
        refuse("kafka.topics", "holds control topics only, so that time would never pass")
    if job.writes == "kafka" and job.outputs.format == "parquet":
        refuse("outputs.format", '"parquet" is for files; topics hold lines of JSON')
    _check_topics(rule)
    _check_start(rule.start)
    _check_client(rule)
    _check_registry(rule)
    _check_spans(rule)
    _check_written(rule.written, job.name)
    _check_breaker(rule.written, job)


def _check_topics(rule: Kafka) -> None:
    seen: set[str] = set()
    for at, topic in enumerate(rule.topics):
        _check_name(f"kafka.topics[{at}].name", topic.name)
        if topic.name in seen:
            refuse(f"kafka.topics[{at}].name", f"{topic.name!r} is read already")
        seen.add(topic.name)
        if (topic.format == "mapping") and topic.mapping is None:
            refuse(f"kafka.topics[{at}].mapping", 'is missing: format = "mapping" wants it')
        if topic.mapping is not None and topic.format in (None, "canonical"):
            text = 'wants `format` beside it: "mapping", or the format whose keys it changes'
            refuse(f"kafka.topics[{at}].mapping", text)


def start_of(text: str) -> int:
    """Return the time that `kafka.start` tells, in ms.

    Raises
    ------
    ValueError
        If it is none, or has no zone.

    Examples
    --------
    >>> start_of("2026-11-22T12:00:00Z")
    1795348800000
    """
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        msg = "has no zone"
        raise ValueError(msg)
    return round(found.timestamp() * 1000)


def _check_start(start: str) -> None:
    if start in ("earliest", "latest"):
        return
    try:
        start_of(start)
    except ValueError:
        text = "must be earliest, latest, or a time with its zone, such as 2026-11-22T12:00:00Z"
        refuse("kafka.start", f"{text}; got {start!r}")


def _check_client(rule: Kafka) -> None:
    if not rule.bootstrap.strip():
        refuse("kafka.bootstrap", "wants the host and port of a broker; got empty text")
    for name in rule.client:
        if name in _OURS:
            text = "is set by the job itself: its promises depend on it; leave it out"
            refuse(f'kafka.client."{name}"', text)
    _check_secrets("kafka.client", rule.client)


def _check_secrets(table: str, properties: Mapping[str, object]) -> None:
    for name, value in properties.items():
        if isinstance(value, Secret) and (value.env is None) == (value.file is None):
            text = "wants one of `env`, the name of a variable, and `file`, a path"
            refuse(f'{table}."{name}"', text)


def _check_registry(rule: Kafka) -> None:
    encoded = [topic for topic in rule.topics if topic.encoding != "json"]
    if rule.registry is None:
        if encoded:
            topic = encoded[0]
            refuse("kafka.registry", f"is missing: {topic.name!r} is read as {topic.encoding}")
        return
    _check_urls(rule.registry)
    if "url" in rule.registry.client:
        refuse('kafka.registry.client."url"', "stands beside it: kafka.registry.url")
    _check_secrets("kafka.registry.client", rule.registry.client)


def _check_urls(rule: Registry) -> None:
    for url in rule.url.split(","):
        try:
            parts = urlsplit(url.strip())
        except ValueError:
            refuse("kafka.registry.url", "is no URL")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            refuse("kafka.registry.url", "wants http:// or https:// and a host")
        if "@" in parts.netloc:  # whose text is not shown: it holds a password
            text = 'holds a log-in; put it under kafka.registry.client, as "basic.auth.user.info"'
            refuse("kafka.registry.url", text)


def _check_spans(rule: Kafka) -> None:
    spans = {"round": 1, "align": 1, "idle": 1}
    for key, least in spans.items():
        _check_span(f"kafka.{key}", getattr(rule, key), least)
    if rule.lease is not None:
        _check_span("kafka.lease", rule.lease, 1000)
    if rule.most < 1:
        refuse("kafka.most", f"wants at least 1; got {rule.most}")


def _check_span(key: str, text: str, least: int) -> None:
    try:
        span = parse_duration(text)
    except ValueError as error:
        refuse(key, str(error))
    if span < least:
        shortest = "longer than zero" if least == 1 else f"{least / 1000:g} s at least"
        refuse(key, f"must be {shortest}; got {text}")


def _check_written(rule: Written, name: str) -> None:
    prefix = f"{name}." if rule.prefix is None else rule.prefix
    _check_name("kafka.written.prefix", f"{prefix}dead_letters")
    if not 1 <= rule.partitions <= 1024:
        refuse("kafka.written.partitions", f"wants 1 to 1024; got {rule.partitions}")
    if rule.replicas is not None and rule.replicas < 1:
        refuse("kafka.written.replicas", f"wants at least 1; got {rule.replicas}")
    if rule.retention is not None:
        _check_span("kafka.written.retention", rule.retention, 1)


def _check_breaker(rule: Written, job: Job) -> None:
    """Refuse bounds of channels that there are not, and those that leave a partition nothing."""
    breaker, key = rule.breaker, "kafka.written.breaker"
    channels = list(dict.fromkeys(offer.channel for offer in offers_of(job.actions)))
    for channel in breaker.most:
        if channel not in channels:
            refuse(f"{key}.most", f"no action goes by {channel!r}{nearest(channel, channels)}")
    bounds = {f"most.{channel}": most for channel, most in breaker.most.items()}
    bounds |= {} if breaker.others is None else {"others": breaker.others}
    for name, most in bounds.items():
        if most < rule.partitions:
            text = (
                f"each of the {rule.partitions} partitions may send its share of it, so it must be "
                f"{rule.partitions} or more; got {most}"
            )
            refuse(f"{key}.{name}", text)


def _check_name(key: str, name: str) -> None:
    if not _TOPIC.fullmatch(name):
        text = f"a topic is named with letters of ASCII, digits, `.`, `_` and `-`; got {name!r}"
        refuse(key, text)
