"""Whole runs that learn from responses: what is learned is what was served, once, whoever runs."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from rtm_flows.config import load
from rtm_flows.simulate import Shop, simulate
from tests.runs.running import digests, kill, lines, rtm, start, wait_for_snapshot, write_config
from tests.shown import shown

RESPONSES = """
[responses]
horizon = "PT30M"
within = "PT1H"
[triggers]
types = ["view_item", "add_to_cart", "search"]
[exploration]
kind = "thompson"
[[actions]]
name = "call"
propensity = "learned"
prior = 0.2
value = 2.0
applicable = 'type == "view_item"'
[[actions]]
name = "write"
treatment = "letter"
propensity = "learned"
prior = 0.2
value = 2.0
"""
WELCOME = {"call": 0.1, "write": 0.3}


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a day of a shop whose decisions are shown, with duplicates, in the order of time."""
    folder = tmp_path_factory.mktemp("answered")
    events = folder / "events.jsonl"
    with events.open("wb") as file:
        simulate(Shop(people=500, days=0.5, seed=7, duplicates=0.02, broken=0.0), file.write)
    job = load(write_config(folder, more=RESPONSES))
    told = shown(job, events, WELCOME, days=1).splitlines(keepends=True)
    path = folder / "answered.jsonl"
    ordered: list[bytes] = sorted(told, key=_time)
    path.write_bytes(b"".join(ordered))
    return path


def _time(line: bytes) -> datetime:
    return datetime.fromisoformat(json.loads(line)["time"].replace("Z", "+00:00"))


@pytest.fixture(scope="module")
def run(answered: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of one undisturbed run in one process, in the order of arrival."""
    folder = tmp_path_factory.mktemp("run")
    config = write_config(folder, sort=False, stripes=1, more=RESPONSES)
    rtm("run", config, "--input", answered, "--output", folder / "out")
    return folder / "out"


def test_what_is_learned_is_what_was_served(run: Path) -> None:
    """Each response is of one decision, at most one, with the features that it was made from."""
    responses = lines(run / "responses.jsonl")
    decisions = {one["decision_id"]: one for one in lines(run / "decisions.jsonl")}

    assert len({one["decision_id"] for one in responses}) == len(responses) > 300
    for one in responses:
        decision = decisions[one["decision_id"]]
        for name in ("features_hash", "subject_id", "subject_type", "decision_time"):
            assert one[name] == decision[name]
        assert one["decision_time"] <= one["shown_time"] < one["label_time"]
    served = {one["propensity"] for one in decisions.values()}
    assert len(served) > 20


def test_every_outcome_is_a_response_s_or_an_orphan(run: Path, answered: Path) -> None:
    """The accounts of outcomes add up to the input, and the labels are those of the file."""
    told = json.loads((run / "summary.json").read_text())["responses"]
    responses, orphans = lines(run / "responses.jsonl"), lines(run / "orphans.jsonl")
    outcomes = [one for one in lines(answered) if "decision_id" in one]
    clicked = {one["decision_id"]: one for one in outcomes if one["type"] == "clicked"}

    assert sum(told["outcomes"].values()) == len(outcomes)
    assert sum(told["orphans"].values()) == len(orphans)
    orphaned = {one["event_id"] for one in orphans}
    heard = {one["decision_id"] for one in outcomes if one["id"] not in orphaned}
    assert told["settled"] + told["censored"] == len(heard)
    assert told["settled"] == len(responses)
    for one in responses:
        late = clicked.get(one["decision_id"])
        assert one["label"] == (late is not None and _within(one["shown_time"], late["time"]))
    assert 0 < told["positives"] == sum(one["label"] for one in responses) < told["settled"]


def _within(shown_time: str, clicked: str) -> bool:
    times = [datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (shown_time, clicked)]
    return (times[1] - times[0]).total_seconds() <= 1800


@pytest.mark.parametrize(("workers", "block"), [(1, 1 << 12), (3, 1 << 14)])
def test_any_cutting_gives_the_same_bytes(
    workers: int, block: int, answered: Path, run: Path, tmp_path: Path
) -> None:
    """Small blocks, and three processes."""
    config = write_config(tmp_path, sort=False, stripes=1, block=block, more=RESPONSES)
    rtm(
        *("run", config, "--input", answered, "--output", tmp_path / "out"),
        *("--workers", str(workers)),
    )

    assert digests(tmp_path / "out") == digests(run)


def test_the_replay_gives_the_same_bytes(answered: Path, run: Path, tmp_path: Path) -> None:
    """Without an engine too."""
    config = write_config(tmp_path, sort=False, stripes=1, more=RESPONSES)
    rtm("replay", config, "--input", answered, "--output", tmp_path / "out")

    assert digests(tmp_path / "out") == digests(run)


def test_kill_and_resume(answered: Path, run: Path, tmp_path: Path) -> None:
    """Who waits, what was told and what was learned survive a kill."""
    config = write_config(tmp_path, sort=False, stripes=1, block=1 << 12, more=RESPONSES)
    out, recovery = tmp_path / "out", tmp_path / "recovery"
    command = ("run", config, "--input", answered, "--output", out, "--recovery", recovery)
    every = ("--snapshot-every", "0.1")
    process = start(*command, *every)
    assert wait_for_snapshot(recovery, process), "the run was too quick to kill"
    kill(process)
    rtm(*command, *every)

    assert digests(out) == digests(run)
