"""Three nodes of the real Apache Kafka: one is killed, then the job; what is left is the same."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

import pytest

from tests.chaos.running import end
from tests.chaos.stage import SLOWLY, Stage, history
from tests.kafka.fetch import BrokerUnavailableError
from tests.kafka.nodes import three_nodes

SEED = 20261124


@pytest.mark.kafka
def test_a_leader_and_the_job_die_and_nothing_changes(tmp_path: Path) -> None:
    """With two nodes left the job goes on writing; killed and resumed, it loses nothing."""
    rng, lines = random.Random(SEED), history(SEED, people=60)
    (tmp_path / "kafka").mkdir()
    try:
        with three_nodes(tmp_path / "kafka") as nodes:
            stage = Stage(nodes, tmp_path, SLOWLY, every=0.2)
            stage.produce(lines[: len(lines) // 2])
            with stage.job.running(2) as process:
                stage.at(len(lines) * rng.uniform(0.0, 0.2), process)
                leader = nodes.leader(stage.topic("decisions"), 0)
                nodes.kill(leader)
                nodes.led_by_others(stage.topic("decisions"), 0, leader)
                stage.produce(lines[len(lines) // 2 :])
                stage.at(len(lines) * 0.6, process)
                end(process, signal.SIGKILL)
            stage.job.to_end()
            found = stage.differences()
    except BrokerUnavailableError as error:
        if os.environ.get("RTM_REQUIRE_KAFKA") == "1":
            raise
        pytest.skip(str(error))
    assert {output: str(one) for output, one in found.items() if not one.none} == {}
    assert found["decisions"].records > 500
