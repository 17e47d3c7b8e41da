"""What clients are told."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer

from rtm_flows.config.kafka import Kafka, Secret
from rtm_flows.connectors.kafka.client import Heard, made, properties
from rtm_flows.errors import BrokerError, ConfigError


def test_the_environment_says_where_the_broker_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it says anything: else the job does."""
    rule = Kafka(bootstrap="far:9092")
    monkeypatch.setenv("RTM_KAFKA_BOOTSTRAP", "near:1")
    assert properties(rule) == {"bootstrap.servers": "near:1"}

    monkeypatch.setenv("RTM_KAFKA_BOOTSTRAP", "")
    assert properties(rule) == {"bootstrap.servers": "far:9092"}

    monkeypatch.delenv("RTM_KAFKA_BOOTSTRAP")
    assert properties(rule) == {"bootstrap.servers": "far:9092"}


def test_a_property_that_there_is_not_is_told() -> None:
    """By its name, as a mistake in the configuration."""
    with pytest.raises(ConfigError, match=r'^kafka.client: .*"lingering.ms"'):
        made(Producer, properties(Kafka(client={"lingering.ms": 5})))


def test_why_a_client_is_not_let_in_is_told_without_its_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where the answer repeats one; what waiting may mend is left to the caller."""
    monkeypatch.setenv("HUSH", "sesame")
    heard = Heard(Kafka(bootstrap="b:1", client={"sasl.password": Secret(env="HUSH")}))

    def ask(_: float) -> None:
        raise KafkaException(KafkaError(KafkaError._TRANSPORT))

    heard(KafkaError(KafkaError._ALL_BROKERS_DOWN))
    with pytest.raises(KafkaException):
        heard.asked(ask, lambda _: None, 0.1)
    text = "sasl_ssl://b:1/bootstrap: SASL: no sesame here (after 3ms in state AUTH_REQ)"
    heard(KafkaError(KafkaError._AUTHENTICATION, text))
    with pytest.raises(
        BrokerError, match=r"the broker b:1 is there, but .*: SASL: no \*\*\* here$"
    ):
        heard.asked(ask, lambda _: None, 60.0)
