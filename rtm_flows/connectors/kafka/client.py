"""What all clients of the broker are told: where it is, and how to be let in.

In: the `[kafka]` of a job, and where the environment says that the broker is. Out: properties of
librdkafka, secrets filled in. A secret is read here and goes to the client only: no error, log or
page shows it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from confluent_kafka import KafkaException

from rtm_flows.config.kafka import Kafka, Secret
from rtm_flows.errors import ConfigError, refuse

BOOTSTRAP = "RTM_KAFKA_BOOTSTRAP"
"""The variable of the environment that says where the broker is, whatever the job says."""

_Client = TypeVar("_Client")

Properties = dict[str, str | int | float | bool]


def properties(rule: Kafka, **more: str | int | float | bool) -> Properties:
    """Return the properties of a client.

    Parameters
    ----------
    rule
        The broker.
    **more
        Further properties, with `_` for each point of their names; these count.

    Raises
    ------
    ConfigError
        If a secret is not where it should be; the text names the place, not the secret.

    Examples
    --------
    >>> properties(Kafka(client={"security.protocol": "SSL"}), group_id="shop")
    {'bootstrap.servers': 'localhost:9092', 'security.protocol': 'SSL', 'group.id': 'shop'}
    """
    given = filled("kafka.client", rule.client)
    told = {name.replace("_", "."): value for name, value in more.items()}
    return {"bootstrap.servers": bootstrap_of(rule), **given, **told}


def bootstrap_of(rule: Kafka) -> str:
    """Return where the broker is: as the environment says, else as the job does.

    So one configuration serves for trying out and for life; where a broker is changes no answer.
    """
    return os.environ.get(BOOTSTRAP) or rule.bootstrap


def made(kind: Callable[[Properties], _Client], told: Properties) -> _Client:
    """Return a client of librdkafka with these properties.

    Raises
    ------
    ConfigError
        If it does not take one of them; the text names it.
    """
    try:
        return kind(told)
    except KafkaException as error:
        msg = f"kafka.client: {error.args[0].str()}; librdkafka's CONFIGURATION.md lists them"
        raise ConfigError(msg) from None


def filled(table: str, told: Mapping[str, str | int | float | bool | Secret]) -> Properties:
    """Return the properties of a table of the configuration, secrets filled in.

    Raises
    ------
    ConfigError
        If a secret is not where it should be; the text names the place, not the secret.
    """
    return {name: _value(f'{table}."{name}"', value) for name, value in told.items()}


def _value(place: str, value: str | int | float | bool | Secret) -> str | int | float | bool:
    if not isinstance(value, Secret):
        return value
    if value.env is not None:
        found = os.environ.get(value.env)
        if found is None:
            refuse(place, f"the environment has no {value.env}; set it")
        return found
    path = Path(value.file or "")
    try:
        return path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no UTF-8"
        refuse(place, f"{path} cannot be read: {reason}")
