"""The broker of a job: the keys under `[kafka]` as typed records.

In: values that are of the right types. Out: records of them. Whether they fit each other is for
`kafka_checks` to say. A secret stands here as where it is found, never as itself.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from rtm_flows.config.input_rule import Format, Section
from rtm_flows.events.mapping import Mapping


class Secret(Section, frozen=True, kw_only=True):
    """Where a value is found that must not stand in a file; exactly one of the keys.

    Attributes
    ----------
    env
        Name of a variable of the environment.
    file
        A file whose text it is, without the line break at its end.
    """

    env: str | None = None
    file: str | None = None


class Topic(Section, frozen=True, kw_only=True):
    """A topic that is read.

    Attributes
    ----------
    name
        The topic.
    control
        Whether its records are orders to the job and not the life of people: they never hold time
        back.
    format
        What its records are; left out, as `input.format`.
    mapping
        Which foreign field is which; left out, as `[input.mapping]`.
    encoding
        How values are written: JSON as it is, or Avro or JSON behind the id of a schema that
        `[kafka.registry]` knows.
    """

    name: str
    control: bool = False
    format: Format | None = None
    mapping: Mapping | None = None
    encoding: Literal["json", "avro", "json_schema"] = "json"


class Registry(Section, frozen=True, kw_only=True):
    """The schema registry, which tells what records of Avro and JSON Schema are written by.

    Attributes
    ----------
    url
        Where it is: http or https, several between commas; a log-in stands under `client`.
    client
        Further properties of confluent-kafka's client of registries; secrets from the environment
        or a file.
    """

    url: str
    client: dict[str, str | int | float | bool | Secret] = msgspec.field(default_factory=dict)


class BreakerRule(Section, frozen=True, kw_only=True):
    """How many deliveries may go out in a minute before something must be wrong.

    Attributes
    ----------
    most
        Deliveries of a minute at most, by channel.
    others
        The same for each channel that `most` does not name; left out, they have no bound.
    on_surge
        What happens to more: `hold` lets them wait until there is room again, `stop` ends the job.
    """

    most: dict[str, int] = msgspec.field(default_factory=dict)
    others: int | None = None
    on_surge: Literal["hold", "stop"] = "hold"

    @property
    def active(self) -> bool:
        """Whether anything is bounded."""
        return bool(self.most) or self.others is not None


class Written(Section, frozen=True, kw_only=True):
    """The topics that are written: one an output, made by `rtm topics --create`.

    Attributes
    ----------
    prefix
        What their names begin with; left out, the job's name and a point.
    partitions
        Partitions of each of them.
    replicas
        Copies of each; left out, as the broker thinks best.
    retention
        ISO 8601 duration that records are kept; left out, as the broker thinks best.
    payload
        Whether dead letters of topics hold the record itself, up to 64 KiB; it may be personal.
    channels
        Whether deliveries go to a topic a channel.
    deliveries
        Whether decisions go out at all, as deliveries; `false` for a job that runs beside another.
    breaker
        How many deliveries may go out in a minute.
    """

    prefix: str | None = None
    partitions: int = 4
    replicas: int | None = None
    retention: str | None = None
    payload: bool = False
    channels: bool = False
    deliveries: bool = True
    breaker: BreakerRule = BreakerRule()


class Kafka(Section, frozen=True, kw_only=True):
    """The broker, and how its topics are read and written.

    Attributes
    ----------
    bootstrap
        Host and port of a broker, or several between commas; the environment's
        RTM_KAFKA_BOOTSTRAP, where it is set, counts instead.
    topics
        What is read.
    client
        Further properties of librdkafka, for all clients; secrets from the environment or a file.
    group
        Where progress is committed, for whoever watches the lag; left out, the job's name.
    start
        Where reading begins, when nothing was read before: `earliest`, `latest`, or a time with its
        zone: in each partition at the first record to which the broker gave that time or a later
        one. `rtm run --from` sets it.
    round
        ISO 8601 duration between two looks for new records, at most.
    most
        Records that one look takes, at most.
    align
        ISO 8601 duration that the events of a partition may be ahead of those of the slowest
        before that partition has to wait.
    idle
        ISO 8601 duration, by the clock on the wall, after which a silent partition no longer holds
        time back.
    history
        A folder that `rtm export` has written, or files of events, folders of them or patterns, as
        `[input]` reads them: that comes before the first look at the topics. `rtm run --bootstrap`
        sets it.
    written
        The topics that are written.
    registry
        The schema registry, where a topic wants one.
    lease
        ISO 8601 duration, at least a second, for which a run that writes topics holds the right to
        do so with each word it says; another run is refused meanwhile. Left out, nothing is held.
    """

    bootstrap: str = "localhost:9092"
    topics: tuple[Topic, ...] = ()
    client: dict[str, str | int | float | bool | Secret] = msgspec.field(default_factory=dict)
    group: str | None = None
    start: str = "earliest"
    round: str = "PT0.005S"
    most: int = 4096
    align: str = "PT10M"
    idle: str = "PT30S"
    history: str | tuple[str, ...] | None = None
    written: Written = Written()
    registry: Registry | None = None
    lease: str | None = None
