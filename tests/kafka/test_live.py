"""Live jobs on the mock cluster: what they write is what their recorded rounds give."""

from __future__ import annotations

import json
import random
import signal
import time
from pathlib import Path

import pytest

from tests.kafka.live import life, produce, read_all, recorded, replayed, write_job
from tests.kafka.mock_cluster import MockKafka
from tests.kills import ROUNDS
from tests.runs.running import kill, lines, rtm, start, wait_for

COUNT = 6000
EVERY = ("--snapshot-every", "0.1")


def assert_same(out: Path, wanted: tuple[dict[str, bytes], dict[str, object]]) -> None:
    """The outputs of a finished run are these."""
    files, summary = wanted
    for name, content in files.items():
        assert (out / f"{name}.jsonl").read_bytes() == content, name
    assert json.loads((out / "summary.json").read_bytes()) == summary


def test_a_run_to_the_end_is_what_its_rounds_give(mock_broker: MockKafka, tmp_path: Path) -> None:
    """Three topics of two partitions, in one process and in two: the rounds tell it all."""
    config = write_job(tmp_path, mock_broker, "whole", "most = 500")
    count = produce(mock_broker, "whole", life(1, COUNT))
    for workers in ("1", "2"):
        out = tmp_path / f"out-{workers}"
        rtm("run", config, "--output", out, "--to-end", "--workers", workers)
        rounds = recorded(mock_broker, "whole")

        assert [one.number for one in rounds] == list(range(len(rounds)))
        assert len(rounds) > COUNT / 500
        assert rounds[-1].last
        assert_same(out, replayed(mock_broker, config, rounds))
        summary = json.loads((out / "summary.json").read_bytes())
        assert summary["input"] == count
        assert summary["late"] > 0
        assert len(lines(out / "dead_letters.jsonl")) == summary["dead_letter"] > 10


def test_places_tell_topic_partition_and_offset(mock_broker: MockKafka, tmp_path: Path) -> None:
    """Dead letters and late lines name a record as the broker does."""
    config = write_job(tmp_path, mock_broker, "places")
    fine = [b'{"id": "%d", "time": %d, "type": "search", "user_id": "a"}' % p for p in
            ((1, 1_700_000_000_000), (2, 1_600_000_000_000))]  # fmt: skip
    produce(mock_broker, "places", [("web", 1, None), *(("web", 1, one) for one in fine)])
    rtm("run", config, "--output", tmp_path / "out", "--to-end")

    (dead,) = lines(tmp_path / "out" / "dead_letters.jsonl")
    (late,) = lines(tmp_path / "out" / "late.jsonl")
    assert dead["reason"] == "tombstone"
    assert dead["place"] == {"topic": "places.web", "partition": 1, "offset": 0}
    assert late["place"] == {"topic": "places.web", "partition": 1, "offset": 2}


def killed_and_resumed(
    broker: MockKafka, folder: Path, name: str, kills: int, workers: str = "1"
) -> int:
    """Kill a run at random instants, let it come to its end, compare; return how often it died."""
    rng = random.Random(name)
    config = write_job(folder, broker, name, "most = 40\nround = 'PT0.02S'")
    produce(broker, name, life(kills, COUNT))
    out, recovery = folder / "out", folder / "recovery"
    run = ("run", config, "--output", out, "--recovery", recovery, "--to-end", *EVERY)
    done = 0
    for _ in range(kills):
        process = start(*run, "--workers", workers)
        wait_for(recovery / "rounds", 1, process)
        time.sleep(rng.uniform(0.0, 1.2))
        done += process.poll() is None
        kill(process)
    rtm(*run)

    rounds = recorded(broker, name)
    assert_same(out, replayed(broker, config, rounds))
    assert "complete" in rtm(*run)
    return done


def test_a_killed_run_repeats_its_rounds(mock_broker: MockKafka, tmp_path: Path) -> None:
    """After kill -9 at random instants and a resume the outputs are those of the rounds."""
    died = killed_and_resumed(mock_broker, tmp_path, "killed", 4)

    assert died >= 2, "the run was too quick to kill"


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2 * ROUNDS))
def test_runs_killed_often_repeat_their_rounds(
    mock_broker: MockKafka, tmp_path: Path, part: int
) -> None:
    """The same with many kills, in one process and in two."""
    died = killed_and_resumed(mock_broker, tmp_path, f"often-{part}", 10, "12"[part % 2])

    assert died >= 2, "the run was too quick to kill"


def test_a_stopped_run_keeps_what_is_open(mock_broker: MockKafka, tmp_path: Path) -> None:
    """SIGTERM ends with status 0 and flushes nothing; the next run goes on, to the end."""
    config = write_job(tmp_path, mock_broker, "stopped")
    produce(mock_broker, "stopped", life(3, 500))
    out, recovery = tmp_path / "out", tmp_path / "recovery"
    run = ("run", config, "--output", out, "--recovery", recovery)
    process = start(*run)
    assert wait_for(out / "scores.jsonl.partial", 10_000, process)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert time.monotonic() - began < 3
    assert not (out / "summary.json").exists()
    assert not any(one.last for one in recorded(mock_broker, "stopped"))

    produce(mock_broker, "stopped", life(4, 500))
    rtm(*run, "--to-end")
    rounds = recorded(mock_broker, "stopped")
    assert_same(out, replayed(mock_broker, config, rounds))


def wait_for_idle(broker: MockKafka, name: str, wanted: set[str], seconds: float = 60) -> None:
    """Wait until rounds tell that some partitions are idle."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if read_all(broker, f"{name}.rounds", 0) and wanted <= {
            idle for one in recorded(broker, name) for idle in one.idle
        }:
            return
        time.sleep(0.2)
    msg = f"{name}: {sorted(wanted)} did not become idle in {seconds} s"
    raise TimeoutError(msg)


def test_a_silent_partition_stops_holding_time_back(mock_broker: MockKafka, tmp_path: Path) -> None:
    """Without records for long it becomes idle, which is recorded; then sessions close."""
    config = write_job(tmp_path, mock_broker, "silent", "idle = 'PT1S'")
    produce(mock_broker, "silent", (one for one in life(5, 400) if one[:2] == ("web", 0)))
    out, recovery = tmp_path / "out", tmp_path / "recovery"
    run = ("run", config, "--output", out, "--recovery", recovery)
    process = start(*run)
    wait_for_idle(mock_broker, "silent", {"silent.web/1", "silent.crm/0", "silent.crm/1"})
    assert wait_for(out / "scores.jsonl.partial", 1, process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    rtm(*run, "--to-end")
    assert_same(out, replayed(mock_broker, config, recorded(mock_broker, "silent")))
