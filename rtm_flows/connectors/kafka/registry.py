"""The schema registry of a job, by confluent-kafka's own client.

In: where it is, and how to be let in. Out: schemas by their ids. That it has none of an id is an
answer; that it does not answer, after a few more tries, ends the job. What it says is shown as far
as it cannot hold a secret.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from rtm_flows.config import Job
from rtm_flows.config.kafka import Registry
from rtm_flows.connectors.kafka.client import Properties, filled
from rtm_flows.connectors.kafka.names import broker_of
from rtm_flows.connectors.schemas.misfit import extra
from rtm_flows.connectors.schemas.schema import Reference, Schema
from rtm_flows.errors import BrokerError, refuse
from rtm_flows.operating.logs import log

if TYPE_CHECKING:
    from confluent_kafka.schema_registry import SchemaRegistryClient

_T = TypeVar("_T")

_PATIENT: Properties = {
    # The client's own default is to wait for ever.
    "timeout": 10.0,
    "max.retries": 4,
    "retries.wait.ms": 500,
    "retries.max.wait.ms": 4000,
}
_NOT_THERE = (40401, 40402, 40403)
"""What a registry says of what it does not have; another 404 is of no registry."""
_FORGOTTEN = 60.0
"""Seconds after which an id that the registry did not have is asked for again."""
_MANY = 10_000


class RegistrySchemas:
    """Knows the schemas that a registry has.

    Parameters
    ----------
    rule
        The registry.
    clock
        Seconds that only ever grow.

    Raises
    ------
    ConfigError
        If the client of registries is not installed, or refuses its properties.
    """

    def __init__(self, rule: Registry, clock: Callable[[], float] = time.monotonic) -> None:
        self._url, self._clock = rule.url, clock
        self._client = _client(rule)
        self._unknown: dict[int, float] = {}

    def check(self) -> None:
        """Make sure that the registry answers.

        Raises
        ------
        BrokerError
            If it does not.
        """
        self._asked(self._client.get_schema_types, "what it knows")

    def find(self, number: int) -> Schema | None:
        """Return the schema of an id, None where there is none.

        Raises
        ------
        BrokerError
            If the registry does not answer.
        """
        now = self._clock()
        if now - self._unknown.get(number, -_FORGOTTEN) < _FORGOTTEN:
            return None
        found = self._asked(lambda: self._client.get_schema(number), f"schema {number}")
        if found is None:
            if len(self._unknown) >= _MANY:  # ids of nothing but broken records
                self._unknown.clear()
            self._unknown[number] = now
            log().warning("schema_unknown", registry=self._url, schema=number)
            return None
        references = {one.name: one for one in self._references(found, number)}
        kind, text = found.schema_type or "AVRO", found.schema_str or ""
        return Schema(number, kind, text, tuple(references.values()))

    def _references(self, schema: Any, number: int) -> Iterator[Reference]:
        """Yield what a schema refers to, and before it what that refers to; no circles exist."""
        for one in schema.references or ():
            what = f"{one.name}, to which schema {number} refers"
            ask = partial(self._client.get_version, one.subject, one.version, deleted=True)
            found = self._asked(ask, what)
            if found is None:
                msg = f"kafka.registry: {self._url} has no {what}; put it back there"
                raise BrokerError(msg)
            yield from self._references(found.schema, number)
            yield Reference(one.name or "", found.schema.schema_str or "")

    def _asked(self, ask: Callable[[], _T], what: str) -> _T | None:
        """Return an answer, None where it is that there is none."""
        from confluent_kafka.schema_registry.error import SchemaRegistryError

        try:
            return ask()
        except SchemaRegistryError as error:
            if error.error_code in _NOT_THERE:
                return None
            status = error.http_status_code
            remedy = (
                "put the log-in under kafka.registry.client right"
                if status in (401, 403)
                else "is kafka.registry.url right?"
                if status == 404
                else "look at the registry, and start the job again to resume"
            )
            msg = f"kafka.registry: {self._url}, asked for {what}, answers {status}; {remedy}"
        except Exception as error:
            # Whatever a network may do; what it says of a log-in is not shown.
            said = (
                str(error) if type(error).__module__.startswith("httpx") else type(error).__name__
            )
            msg = (
                f"kafka.registry: {self._url} does not answer: {said}. Start it, or set "
                "kafka.registry.url; then start the job again to resume"
            )
        raise BrokerError(msg) from None


def registry_of(job: Job) -> RegistrySchemas | None:
    """Return the registry of a job, None where no topic of it wants one.

    Raises
    ------
    ConfigError
        As `RegistrySchemas`.
    """
    rule = broker_of(job)
    if rule.registry is None or all(topic.encoding == "json" for topic in rule.topics):
        return None
    return RegistrySchemas(rule.registry)


def _client(rule: Registry) -> SchemaRegistryClient:
    told = {**_PATIENT, **filled("kafka.registry.client", rule.client), "url": rule.url}
    with extra():
        from confluent_kafka.schema_registry import SchemaRegistryClient
    try:
        return SchemaRegistryClient(told)
    except OSError as error:
        refuse("kafka.registry.client", f"a file of it cannot be read: {error.strerror}")
    except (TypeError, ValueError) as error:
        said = str(error) if "nrecognized" in str(error) else type(error).__name__
        refuse("kafka.registry.client", f"the client refuses its properties: {said}")
