"""What all clients of the broker are told: where it is, and how to be let in.

In: the `[kafka]` of a job, and where the environment says that the broker is. Out: properties of
librdkafka, secrets filled in. A secret is read here and goes to the client only: no error, log or
page shows it.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException

from rtm_flows.config.kafka import Kafka, Secret
from rtm_flows.errors import BrokerError, ConfigError, refuse

BOOTSTRAP = "RTM_KAFKA_BOOTSTRAP"
"""The variable of the environment that says where the broker is, whatever the job says."""

_Client = TypeVar("_Client")
_Answer = TypeVar("_Answer")

Properties = dict[str, str | int | float | bool]

_LOCKED = {
    KafkaError._SSL: "TLS fails (ssl.ca.location, its certificate)",
    KafkaError._AUTHENTICATION: "does not let this client in (sasl.mechanism and the log-in)",
}
"""Errors that waiting does not mend, and the properties to look at."""
_TURN = 1.0
_BEFORE = re.compile(r"^\S+://\S+: ")
_AFTER = re.compile(r" \(after \d+ms in state \w+\)$")


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


class Heard:
    """What a client says of its connections, of which only what it cannot mend counts.

    A client goes on trying for as long as it is asked to wait, and then says that nobody has
    answered: that its log-in or the broker's certificate is refused it tells by the way.

    Parameters
    ----------
    rule
        The broker; of its secrets nothing is told.
    """

    def __init__(self, rule: Kafka) -> None:
        self._where = bootstrap_of(rule)
        given = filled("kafka.client", rule.client)
        self._secrets = [str(given[n]) for n, one in rule.client.items() if isinstance(one, Secret)]
        self._why: str | None = None

    def __call__(self, error: KafkaError) -> None:
        """Hear an error: the client's `error_cb`."""
        if error.code() in _LOCKED and self._why is None:
            why = _AFTER.sub("", _BEFORE.sub("", error.str()))
            for secret in filter(None, self._secrets):
                why = why.replace(secret, "***")
            self._why = f"{_LOCKED[error.code()]}: {why}"

    def asked(
        self, ask: Callable[[float], _Answer], poll: Callable[[float], object], seconds: float
    ) -> _Answer:
        """Return what a broker answers within some seconds.

        Parameters
        ----------
        ask
            Of the client: asks, and waits for so long.
        poll
            Of the client: lets it say what it has to.

        Raises
        ------
        BrokerError
            If the broker is there and no connection to it can be had: why, and what to look at.
        KafkaException
            If it does not answer for another reason.
        """
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            try:
                return ask(max(0.1, min(left, _TURN)))
            except KafkaException:
                poll(0.0)
                if self._why is not None:
                    msg = f"kafka.client: the broker {self._where} is there, but {self._why}"
                    raise BrokerError(msg) from None
                if left <= _TURN:
                    raise


def made(
    kind: Callable[[dict[str, Any]], _Client], told: Properties, heard: Heard | None = None
) -> _Client:
    """Return a client of librdkafka with these properties.

    Raises
    ------
    ConfigError
        If it does not take one of them; the text names it.
    """
    try:
        return kind({**told, **({} if heard is None else {"error_cb": heard})})
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
