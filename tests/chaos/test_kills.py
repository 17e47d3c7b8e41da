"""Jobs between topics, killed at any moment: what they leave is what a run over files writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.compared import differences
from tests.chaos.scenario import play
from tests.kafka.broker import RealKafka
from tests.kafka.mock_cluster import mock_kafka

SEED = 20261122


def test_what_differs_is_found() -> None:
    """A record that is missing, there twice, another, or out of its order is told as such."""
    wanted = [(b"ann", b"1"), (b"ann", b"2"), (b"bob", b"3")]
    assert differences(wanted, wanted).none
    assert differences(wanted[:2], wanted).lost == [b"3"]
    assert differences([*wanted, wanted[0]], wanted).twice == [b"1"]
    assert differences([*wanted, (b"bob", b"4")], wanted).strange == [b"4"]
    assert differences([wanted[1], wanted[0], wanted[2]], wanted).disordered == [b"ann"]
    assert differences([wanted[0], wanted[2], wanted[1]], wanted).none


@pytest.mark.slow
def test_twenty_kills_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    """Topics to topics on the mock cluster, with one process and two in turn."""
    with mock_kafka() as broker:
        found = play(SEED, 20, broker, tmp_path)
    assert {output: str(one) for output, one in found.items() if not one.none} == {}
    assert found["decisions"].records > 3000


@pytest.mark.kafka
def test_kills_change_nothing_on_the_real_broker(tmp_path: Path, real_broker: RealKafka) -> None:
    """The same, with a few kills, on the real Apache Kafka."""
    found = play(SEED + 1, 4, real_broker, tmp_path)
    assert {output: str(one) for output, one in found.items() if not one.none} == {}
    assert found["decisions"].records > 3000
