"""Fixtures: one broker of each kind for the whole run; a missing one skips the test.

`RTM_REQUIRE_KAFKA=1` turns every such skip into a failure.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.kafka.broker import Broker, RealKafka, real_kafka
from tests.kafka.fetch import BrokerUnavailableError
from tests.kafka.mock_cluster import MockKafka, mock_kafka


@pytest.fixture(scope="session")
def real_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealKafka]:
    """Run the real Kafka; its log stays in pytest's temporary folder."""
    with ExitStack() as running:
        try:
            broker = running.enter_context(real_kafka(tmp_path_factory.mktemp("kafka")))
        except BrokerUnavailableError as error:
            if os.environ.get("RTM_REQUIRE_KAFKA") == "1":
                raise
            pytest.skip(str(error))
        yield broker


@pytest.fixture(scope="session")
def mock_broker() -> Iterator[MockKafka]:
    """Run the mock cluster."""
    with mock_kafka() as broker:
        yield broker


@pytest.fixture(params=["mock", pytest.param("real", marks=pytest.mark.kafka)])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Give each kind of broker in turn."""
    found: Broker = request.getfixturevalue(f"{request.param}_broker")
    return found
