"""The real broker of the tests of Kafka, for whole jobs."""

from __future__ import annotations

from tests.kafka.conftest import real_broker

__all__ = ["real_broker"]
