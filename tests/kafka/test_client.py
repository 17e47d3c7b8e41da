"""What clients are told."""

from __future__ import annotations

import pytest
from confluent_kafka import Producer

from rtm_flows.config.kafka import Kafka
from rtm_flows.connectors.kafka.client import made, properties
from rtm_flows.errors import ConfigError


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
