"""Leases on brokers of both kinds: a second run is refused, a killed one's lease is had again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from rtm_flows.config import Job, load
from rtm_flows.connectors.kafka.leasing import leased
from rtm_flows.connectors.kafka.topics import wanted
from rtm_flows.errors import BrokerError
from tests.kafka.broker import Broker
from tests.kafka.jobs import LEASED
from tests.kafka.logs import count_records, write_stray
from tests.kafka.mock_cluster import MockKafka
from tests.runs.running import command, environment, rtm

LONG, SHORT = "PT1H", "PT1S"
WAITS = 60.0


def write_job(folder: Path, broker: Broker, term: str) -> Path:
    """Write a job that wants a lease, and make its topics."""
    path = folder / "job.toml"
    name = f"lease{uuid4().hex[:8]}"
    path.write_text(LEASED.format(name=name, bootstrap=broker.bootstrap, term=term))
    for one in wanted(load(path)):
        broker.create_topic(one.topic, 1)
    return path


def job_of(folder: Path, broker: Broker, term: str) -> Job:
    """Return such a job."""
    return load(write_job(folder, broker, term))


def never(why: str) -> None:
    """Nobody may take the lease over."""
    raise AssertionError(why)


CRASH = """
import os, sys
from pathlib import Path
from rtm_flows.config import load
from rtm_flows.connectors.kafka.leasing import leased
with leased(load(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2:] else None, print):
    os._exit(0)
"""


def crashed(config: Path, *folder: Path) -> None:
    """Hold the lease in another process, and be gone without a word."""
    arguments = [sys.executable, "-c", CRASH, str(config), *map(str, folder)]
    subprocess.run(arguments, env=environment(), check=True)


def folder_at(path: Path) -> Path:
    """Return a new recovery folder."""
    path.mkdir()
    return path


def test_a_second_run_is_refused_until_the_first_has_ended(broker: Broker, tmp_path: Path) -> None:
    """It is told who holds the lease; a release lets it begin without waiting."""
    job = job_of(tmp_path, broker, "PT3S")
    with leased(job, folder_at(tmp_path / "a"), never):
        refused = pytest.raises(
            BrokerError, match=rf"process {os.getpid()} on .*, since 20.*Stop it"
        )
        with refused, leased(job, folder_at(tmp_path / "b"), never):
            pass
    quick = job_of(folder_at(tmp_path / "c"), broker, LONG)
    for one in ("d", "e"):
        with leased(quick, folder_at(tmp_path / one), never):
            pass


def test_the_same_folder_need_not_wait_for_the_lease_of_its_killed_run(
    mock_broker: MockKafka, tmp_path: Path
) -> None:
    """However long the lease would last; another folder waits for its term."""
    folder = folder_at(tmp_path / "a")
    config = write_job(tmp_path, mock_broker, LONG)
    crashed(config, folder)
    with leased(load(config), folder, never):
        pass
    short = write_job(folder_at(tmp_path / "b"), mock_broker, SHORT)
    crashed(short)
    with leased(load(short), folder, never):
        pass


def test_of_several_that_begin_at_once_one_does(broker: Broker, tmp_path: Path) -> None:
    """The others are refused."""
    job = job_of(tmp_path, broker, "PT3S")
    done, told = threading.Event(), list[str]()

    def run() -> None:
        try:
            with leased(job, None, never):
                told.append("held")
                done.wait(WAITS)
        except BrokerError as error:
            told.append(str(error))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for one in threads:
        one.start()
    deadline = time.monotonic() + WAITS
    while len(told) < len(threads) and time.monotonic() < deadline:
        time.sleep(0.05)
    done.set()
    for one in threads:
        one.join()
    assert sorted(one == "held" for one in told) == [False, False, False, True]


def test_who_has_lost_the_lease_is_told(mock_broker: MockKafka, tmp_path: Path) -> None:
    """Here by a copy of its folder, whose lock proves nothing; strangers' records do not matter."""
    job, folder = job_of(tmp_path, mock_broker, SHORT), folder_at(tmp_path / "a")
    lost, told = threading.Event(), list[str]()

    def ended(why: str) -> None:
        told.append(why)
        lost.set()

    with ExitStack() as first:
        first.enter_context(leased(job, folder, ended))
        write_stray(mock_broker.bootstrap, f"{job.name}.lease", 0)
        time.sleep(1.0)
        with leased(job, folder, never):
            assert lost.wait(WAITS)
    assert "has taken over the lease of this job" in told[0]


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    """Start a run, whose words are kept."""
    return subprocess.Popen(
        command(*arguments), env=environment(), stderr=subprocess.PIPE, text=True
    )


@pytest.mark.slow
def test_two_runs_of_one_job(mock_broker: MockKafka, tmp_path: Path) -> None:
    """The second writes nothing; when the first is frozen it takes over, and that one ends."""
    config = write_job(tmp_path, mock_broker, "PT2S")
    topics = [one.topic for one in wanted(load(config)) if one.role not in ("read", "lease")]
    first = start("run", config, "--recovery", tmp_path / "a")
    lease = f"{load(config).name}.lease"
    deadline = time.monotonic() + WAITS
    while count_records(mock_broker.bootstrap, [lease], 1) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    before = count_records(mock_broker.bootstrap, topics, 1)
    told = rtm("run", config, "--recovery", tmp_path / "b", "--append", status=1)
    assert f"process {first.pid} on " in told
    assert count_records(mock_broker.bootstrap, topics, 1) == before

    first.send_signal(signal.SIGSTOP)
    second = start("run", config, "--recovery", tmp_path / "b", "--append")
    notes = count_records(mock_broker.bootstrap, [lease], 1)
    while count_records(mock_broker.bootstrap, [lease], 1) < notes + 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    first.send_signal(signal.SIGCONT)
    said = first.communicate(timeout=WAITS)[1]
    assert first.returncode == 1
    assert f"process {second.pid} on " in said
    assert "has taken over the lease of this job" in said
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=WAITS)
    assert second.returncode == 0
