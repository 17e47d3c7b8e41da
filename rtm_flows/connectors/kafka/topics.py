"""The topics of a job: what is read and written, what of it is there, and what is amiss.

In: a job, and its broker. Out: topics as they should be and as they are, the faults between the two
with their remedies; missing ones made. It reads and writes no record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType  # type: ignore[attr-defined]
from confluent_kafka.cimpl import NewTopic

from rtm_flows.config import Job
from rtm_flows.config.kafka import Kafka
from rtm_flows.connectors.kafka.client import Heard, bootstrap_of, properties
from rtm_flows.connectors.kafka.names import LEASE, ROUNDS, broker_of, topic_of
from rtm_flows.connectors.kafka.producer import BATCH
from rtm_flows.decisions.offers import offers_of
from rtm_flows.errors import BrokerError
from rtm_flows.lanes.deliveries import DELIVERIES, UNDELIVERED, WANTED
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.wiring import outputs
from rtm_flows.times import parse_duration

SECONDS = 5.0
"""How long the broker is waited for."""

_RETENTION, _CLEANUP, _LARGEST = "retention.ms", "cleanup.policy", "max.message.bytes"
_ASKED = 2.0


class Wanted(NamedTuple):
    """A topic as the job wants it.

    Attributes
    ----------
    topic
        Its name.
    role
        "read", "control", or the output that is written to it.
    partitions
        How many it must have; None where any number will do.
    retention_ms
        How long records are to be kept; None where that is the broker's business.
    """

    topic: str
    role: str
    partitions: int | None = None
    retention_ms: int | None = None


class There(NamedTuple):
    """A topic as it is; what the broker does not tell is None."""

    partitions: int
    retention_ms: int | None = None
    cleanup: str | None = None
    largest: int | None = None


def delivers(job: Job) -> bool:
    """Return whether decisions go out, and tell enough for their delivery to be followed."""
    fields = job.outputs.decisions.fields
    told = fields is None or set(WANTED) <= set(fields)
    return told and broker_of(job).written.deliveries


def written(job: Job) -> dict[str, str]:
    """Return the topic of every output.

    Examples
    --------
    >>> from rtm_flows.config import load
    >>> list(written(load({"name": "shop", "kafka": {}})).values())[:3]
    ['shop.sessions', 'shop.decisions', 'shop.scores']
    """
    names = list(outputs(Plan.of(job, 1)))
    if delivers(job):
        names += [*_delivered(job), UNDELIVERED]
    return {name: topic_of(job, name) for name in names}


def wanted(job: Job) -> list[Wanted]:
    """Return all topics that a job reads or writes."""
    rule = broker_of(job)
    found = []
    keep = None if rule.written.retention is None else parse_duration(rule.written.retention)
    if job.input.kind == "kafka":
        found += [Wanted(one.name, "control" if one.control else "read") for one in rule.topics]
        found.append(Wanted(topic_of(job, ROUNDS), ROUNDS, 1, keep))
    if job.writes == "kafka":
        count = rule.written.partitions
        found += [Wanted(topic, name, count, keep) for name, topic in written(job).items()]
        if rule.lease is not None:
            found.append(Wanted(topic_of(job, LEASE), LEASE, 1, keep))
    return found


class Topics:
    """The topics of a broker.

    Parameters
    ----------
    rule
        The broker.
    """

    def __init__(self, rule: Kafka) -> None:
        self._bootstrap = bootstrap_of(rule)
        self._heard = Heard(rule)
        try:
            told: dict[str, Any] = {"log_level": 0, **properties(rule), "error_cb": self._heard}
            self._admin = AdminClient(told)
        except (KafkaException, ValueError, TypeError) as error:
            msg = f"kafka.client: the client refuses its properties: {error}"
            raise BrokerError(msg) from None

    def there(self, topics: Iterable[str]) -> dict[str, There]:
        """Return those of some topics that are there, with their partitions only.

        Raises
        ------
        BrokerError
            If the broker does not answer within seconds.
        """
        try:
            ask = partial(self._admin.list_topics, None)
            known = self._heard.asked(ask, self._admin.poll, SECONDS).topics
        except KafkaException as error:
            msg = (
                f"kafka.bootstrap: {self._bootstrap} does not answer within {SECONDS:.0f} s "
                f"({error.args[0].str()}). Is the broker up, may this machine reach it, and do the "
                "properties under kafka.client fit (security.protocol)?"
            )
            raise BrokerError(msg) from None
        return {
            name: There(len(known[name].partitions))
            for name in topics
            if name in known and known[name].error is None
        }

    def settings(self, there: Mapping[str, There]) -> dict[str, There]:
        """Return topics with their settings too, as far as the broker tells them."""
        asked = [ConfigResource(ResourceType.TOPIC, name) for name in there]
        found = dict(there)
        if not asked:
            return found
        for resource, answer in self._admin.describe_configs(asked, request_timeout=_ASKED).items():
            try:
                values = {name: entry.value for name, entry in answer.result(SECONDS).items()}
            except KafkaException:
                continue  # The right to see settings is not everybody's.
            found[resource.name] = found[resource.name]._replace(
                retention_ms=int(values[_RETENTION]),
                cleanup=values[_CLEANUP],
                largest=int(values[_LARGEST]),
            )
        return found

    def create(self, missing: Iterable[Wanted], replicas: int | None) -> None:
        """Make topics.

        Raises
        ------
        BrokerError
            If the broker refuses one.
        """
        made = [_new(one, replicas) for one in missing]
        if not made:
            return
        answers = self._admin.create_topics(made, request_timeout=SECONDS)
        for name, answer in answers.items():
            try:
                answer.result(2 * SECONDS)
            except KafkaException as error:
                msg = f"{name}: the broker does not make this topic: {error.args[0].str()}"
                raise BrokerError(msg) from None


def faults(job: Job, there: Mapping[str, There]) -> list[str]:
    """Return what is amiss with the topics of a job, each with its remedy."""
    return [text for one in wanted(job) for text in _faults(one, there.get(one.topic))]


def check(job: Job, topics: Topics) -> None:
    """Refuse topics that the job cannot work with.

    Raises
    ------
    BrokerError
        With all that is amiss.
    """
    found = faults(job, topics.there(one.topic for one in wanted(job)))
    if found:
        raise BrokerError("; ".join(found))


def _faults(one: Wanted, there: There | None) -> list[str]:
    """Return what is amiss with one topic."""
    if there is None:
        if one.partitions is None:
            return [f"{one.topic}: is not there; make it, or mend kafka.topics"]
        return [f"{one.topic}: is not there; `rtm topics JOB.toml --create` makes it"]
    found = []
    if one.partitions not in (None, there.partitions):
        key = "it is always 1" if one.role in (ROUNDS, LEASE) else "kafka.written.partitions"
        found.append(
            f"{one.topic}: has {there.partitions} partitions where {one.partitions} are wanted "
            f"({key}); make it anew, or before the first run change the number"
        )
    if one.partitions is not None and "compact" in (there.cleanup or ""):
        found.append(
            f"{one.topic}: is compacted (cleanup.policy), which removes all but the last record "
            "of a person; set it to delete"
        )
    if one.partitions is not None and there.largest is not None and there.largest < BATCH:
        found.append(
            f"{one.topic}: takes batches of {there.largest} bytes at most (max.message.bytes) and "
            f"the job sends up to {BATCH}; raise it"
        )
    return found


def _new(one: Wanted, replicas: int | None) -> NewTopic:
    config = {} if one.retention_ms is None else {_RETENTION: str(one.retention_ms)}
    return NewTopic(one.topic, one.partitions or -1, replicas or -1, config=config)


def _delivered(job: Job) -> list[str]:
    """Return the outputs of deliveries."""
    if not broker_of(job).written.channels:
        return [DELIVERIES]
    channels = dict.fromkeys(offer.channel for offer in offers_of(job.actions))
    return [f"{DELIVERIES}.{channel}" for channel in channels]
