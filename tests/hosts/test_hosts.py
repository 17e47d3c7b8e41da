"""A job over hosts that vanish, die and come back: it leaves what a run over files writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.chaos.stage import Stage, history
from tests.hosts.network import Host, NoHostsError, hosts, reaching
from tests.hosts.running import OverHosts, over
from tests.kafka.mock_cluster import MockKafka, mock_kafka

SEED = 20261123
FAILED = 1
LONGEST = 1_000_000


@pytest.fixture
def three() -> Iterator[tuple[MockKafka, list[Host]]]:
    """Give three hosts, and a broker that all of them reach."""
    try:
        with mock_kafka() as broker, hosts(3) as found, reaching(broker.bootstrap, found):
            yield broker, found
    except NoHostsError as error:
        pytest.skip(str(error))


@pytest.mark.slow
def test_hosts_that_die_or_vanish_change_nothing(
    three: tuple[MockKafka, list[Host]], tmp_path: Path
) -> None:
    """The cable of one is pulled, one is killed, one stops all; another number goes on."""
    broker, found = three
    stage = Stage(broker, tmp_path)
    # One record of the broken ones is longer than a client sends.
    lines = [line for line in history(SEED) if len(line) < LONGEST]
    parts = [lines[at::3] for at in range(3)]

    _vanish(stage, found, parts[0])
    _die(stage, found[:2], parts[1])
    _stop(stage, found[1:], parts[2])
    stage.job.to_end()

    for output, told in stage.differences().items():
        assert told.none, f"{output}: {told}"
        assert told.records > 300 or output in {"late", "dead_letters"}


def _reading(job: OverHosts, lines: list[bytes], stage: Stage) -> None:
    """Let a job that runs read some more."""
    rounds = job.recovery / "rounds"

    def size() -> int:
        return rounds.stat().st_size if rounds.exists() else 0

    job.until(lambda: "part-0.sqlite3-wal" in _rows(job), "the run begins")
    before = size()
    stage.produce(lines)
    job.until(lambda: size() != before, "rounds are read")


def _over(stage: Stage, found: list[Host]) -> AbstractContextManager[OverHosts]:
    return over(stage.job.config, stage.job.recovery.parent, found)


def _rows(job: OverHosts) -> set[str]:
    return {path.name for path in (job.recovery / "bytewax").glob("*")}


def _vanish(stage: Stage, found: list[Host], lines: list[bytes]) -> None:
    """Nobody is told that a host is gone: all end within the bound on silence."""
    with _over(stage, found) as job:
        _reading(job, lines, stage)
        found[1].plug(into=False)
        assert job.ended() == [FAILED] * 3
        assert "start all again" in job.said(0)
    found[1].plug(into=True)


def _die(stage: Stage, found: list[Host], lines: list[bytes]) -> None:
    """Where one process dies all others end, with a sentence and without a trace."""
    with _over(stage, found) as job:
        _reading(job, lines, stage)
        job.kill(1)
        assert job.ended() == [FAILED, -9]
        assert "rtm: process 0 of 2: " in job.said(0)
        assert "Traceback" not in job.said(0)


def _stop(stage: Stage, found: list[Host], lines: list[bytes]) -> None:
    """Who stops one process, and not even the first, stops all of them in order."""
    with _over(stage, found) as job:
        _reading(job, lines, stage)
        job.stop(1)
        assert job.ended() == [0, 0]
