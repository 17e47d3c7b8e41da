"""A job over exported topics leaves the same bytes, however it is run."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from zlib import crc32

import polars as pl
import pytest

from rtm_flows import load, replay
from rtm_flows.connectors.rounds import Round
from rtm_flows.connectors.topic_records import Record
from tests.connectors.exports import write_export
from tests.connectors.sequenced import Log
from tests.runs.running import (
    WATCHED,
    digests,
    kill,
    lines,
    rtm,
    start,
    wait_for_snapshot,
    write_config,
)

TOPICS = """
[[kafka.topics]]
name = "web"
"""
PARTITIONS = 3


def write_job(folder: Path) -> Path:
    """Write the shop's configuration, reading a topic."""
    return write_config(folder, order="log", more=WATCHED + TOPICS)


@pytest.fixture(scope="module")
def folder(events: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop's day as it lies in a topic, and a random way to have read all but its end."""
    log: Log = {f"web/{number}": [] for number in range(PARTITIONS)}
    for line in events.read_bytes().splitlines():
        own = log[f"web/{crc32(line[:60]) % PARTITIONS}"]
        own.append(Record(len(own), line))
    rng = random.Random(5)
    ends = dict.fromkeys(log, 0)
    rounds = [Round(number=0, joined=ends)]
    while any(ends[name] < len(log[name]) - 1 for name in log):
        moved = {
            name: min(ends[name] + rng.randint(1, 40), len(own) - 1)
            for name, own in log.items()
            if rng.random() < 0.6 and ends[name] < len(own) - 1
        }
        if moved:
            rounds.append(Round(number=len(rounds), ends=moved))
            ends = ends | moved
    # As a run that was killed and has gone on records them.
    half = len(rounds) // 2
    return write_export(
        tmp_path_factory.mktemp("export"), log, [*rounds[:half], *rounds[half - 9 :]]
    )


@pytest.fixture(scope="module")
def once(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of one replay."""
    home = tmp_path_factory.mktemp("once")
    said = rtm("replay", write_job(home), "--input", folder, "--output", home / "out")
    assert f"{folder}: {PARTITIONS} records lie behind the last round; they are not read" in said
    return home / "out"


def test_a_replay_accounts_for_what_the_rounds_have_read(
    folder: Path, once: Path, events: Path
) -> None:
    """To the record; and late ones and dead letters tell topic, partition and offset."""
    summary = json.loads((once / "summary.json").read_text())
    read = sum(1 for line in events.read_bytes().splitlines() if line.strip())
    dead, late = lines(once / "dead_letters.jsonl"), lines(once / "late.jsonl")

    assert summary["input"] == read - PARTITIONS
    assert dead
    assert late
    for one in (*dead, *late):
        place = one["place"]
        table = pl.read_parquet(folder / place["topic"] / f"{place['partition']}.parquet")
        assert place["offset"] in table["offset"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_run_leaves_what_a_replay_does(
    folder: Path, once: Path, tmp_path: Path, workers: str
) -> None:
    """In one process or several."""
    out = tmp_path / "out"
    said = rtm(
        *("run", write_job(tmp_path), "--input", folder, "--output", out, "--workers", workers)
    )

    assert digests(out) == digests(once)
    assert "they are not read" in said


def test_a_killed_run_goes_on_at_its_round(folder: Path, once: Path, tmp_path: Path) -> None:
    """The same bytes again."""
    out, recovery = tmp_path / "out", tmp_path / "recovery"
    run = ("run", write_job(tmp_path), "--input", folder, "--output", out, "--recovery", recovery)
    process = start(*run, "--snapshot-every", "0.1")
    if wait_for_snapshot(recovery, process):
        kill(process)
    rtm(*run)

    assert digests(out) == digests(once)


def test_another_export_is_turned_away_from_a_recovery_folder(folder: Path, tmp_path: Path) -> None:
    """What was read up to the crash would be another history."""
    other = shutil.copytree(folder, tmp_path / "other")
    job, recovery = write_job(tmp_path), tmp_path / "recovery"
    run = ("run", job, "--output", tmp_path / "out", "--recovery", recovery)
    process = start(*run, "--input", folder, "--snapshot-every", "0.1")
    wait_for_snapshot(recovery, process)
    kill(process)

    assert "input" in rtm(*run, "--input", other, status=1)


def test_the_same_in_python(folder: Path, once: Path, tmp_path: Path) -> None:
    """`rtm.replay` reads the folder too."""
    result = replay(load(write_job(tmp_path)), folder)

    assert result.summary["input"] == json.loads((once / "summary.json").read_text())["input"]
    ids = [one["decision_id"] for one in lines(once / "decisions.jsonl")]
    assert result.decisions["decision_id"].to_list() == ids


def test_another_configuration_is_played_over_the_same_rounds(
    folder: Path, once: Path, tmp_path: Path
) -> None:
    """Also one that says nothing of topics; what it does otherwise is all that differs."""
    job, other = write_job(tmp_path), tmp_path / "other.toml"
    text = job.read_text().replace(TOPICS, "")
    assert "kafka" not in text
    other.write_text(text)
    replayed = ("replay", job, "--config", other, "--input", folder, "--output", tmp_path / "out")
    rtm(*replayed)

    assert digests(tmp_path / "out", ["summary.json"]) == digests(once, ["summary.json"])
