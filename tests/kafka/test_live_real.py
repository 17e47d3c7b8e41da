"""A live job on the real Apache Kafka, killed once: what it writes is what its rounds give."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.kafka.broker import RealKafka
from tests.kafka.live import life, produce, recorded, replayed, write_job
from tests.kafka.test_live import assert_same
from tests.runs.running import kill, rtm, start, wait_for

pytestmark = pytest.mark.kafka


def test_a_killed_run_repeats_its_rounds(real_broker: RealKafka, tmp_path: Path) -> None:
    """Three topics of two partitions, kill -9 and a resume, to the byte."""
    config = write_job(tmp_path, real_broker, "real", "most = 40\nround = 'PT0.02S'")
    produce(real_broker, "real", life(1, 6000))
    out, recovery = tmp_path / "out", tmp_path / "recovery"
    run = ("run", config, "--output", out, "--recovery", recovery, "--to-end")
    process = start(*run, "--snapshot-every", "0.1")
    assert wait_for(out / "scores.jsonl.partial", 20_000, process)
    time.sleep(0.2)
    assert process.poll() is None, "the run was too quick to kill"
    kill(process)
    rtm(*run)

    rounds = recorded(real_broker, "real")
    assert_same(out, replayed(real_broker, config, rounds))


def test_a_missing_topic_is_told(real_broker: RealKafka, tmp_path: Path) -> None:
    """A topic that is not there, read or for the rounds, stops the job before it begins."""
    config = tmp_path / "none.toml"
    config.write_text(
        f'name = "none"\n[input]\nkind = "kafka"\n[outputs]\nkind = "files"\n[kafka]\n'
        f'bootstrap = "{real_broker.bootstrap}"\n[[kafka.topics]]\nname = "none.events"\n'
    )
    told = rtm("run", config, "--output", tmp_path / "a", status=1)
    assert "the topic 'none.rounds', in which the job records" in told
    real_broker.create_topic("none.rounds", 1)
    told = rtm("run", config, "--output", tmp_path / "b", status=1)
    assert "the topic 'none.events' cannot be read" in told
