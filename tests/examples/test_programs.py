"""The examples that are programs: each runs as README says, and does what its first line says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from bytewax.testing import run_main

from examples.in_pipeline.in_pipeline import FEATURES, JOB, shop_events, with_scores
from examples.in_process import in_process
from examples.own_flow.own_flow import own_flow
from examples.quick_start.quick_start import actions, decide
from rtm_flows import load, profiles, replay
from rtm_flows.cli import main
from rtm_flows.simulate import Shop, simulate
from tests.runs.running import ROOT, environment, lines

EXAMPLES = ROOT / "examples"
README = (EXAMPLES / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"`python (examples/[\w/.]+)`", README)


def test_every_example_is_listed() -> None:
    """Each folder and each configuration, by a link."""
    linked = {link.split("/")[0] for link in re.findall(r"\]\(([\w/.]+)\)", README)}
    folders = {path.parent.name for path in EXAMPLES.glob("*/*") if path.suffix in (".py", ".toml")}

    assert linked == folders | {path.name for path in EXAMPLES.glob("*.toml")}
    assert {Path(command).parent.name for command in COMMANDS} == {
        path.parent.name for path in EXAMPLES.glob("*/*.py") if path.stem == path.parent.name
    }


@pytest.mark.parametrize("program", COMMANDS)
def test_a_program_runs_as_it_stands(program: str) -> None:
    """In a process of its own, with something to show and nothing to complain of."""
    done = subprocess.run(
        [sys.executable, program],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) >= 4


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some hours of a small shop."""
    path = tmp_path_factory.mktemp("examples") / "events.jsonl"
    with path.open("wb") as file:
        simulate(Shop(people=100, days=0.5, seed=1), file.write)
    return path


def test_the_quick_start_returns_what_was_done(events: Path) -> None:
    """As often as the accounting says."""
    result = decide(events)
    done = Counter(actions(result)["name"].to_list())
    accounted = result.summary["decisions"]

    assert isinstance(accounted, dict)
    assert done
    assert done == {name: n for name, n in accounted.items() if name != "no_action" and n}


def test_the_pipeline_joins_the_latest_scores() -> None:
    """Those of the last event of each customer; null for who was never seen."""
    some = shop_events(people=60, days=1.0)
    known = replay(JOB, some).scores.filter(pl.col("subject_type") == "user")
    wanted = {
        (one["subject_id"], one["model"]): one["score"] for one in known.iter_rows(named=True)
    }
    people = sorted({person for person, _ in wanted})
    found = with_scores(pl.DataFrame({"user_id": [*people, "never-seen"]}), some)

    assert found.columns == ["user_id", "intent", "churn", *FEATURES]
    assert found["user_id"].to_list() == [*people, "never-seen"]
    for one in found.iter_rows(named=True):
        for model in ("intent", "churn"):
            assert one[model] == wanted.get((one["user_id"], model))
    assert found.row(-1)[1:] == (None,) * (2 + len(FEATURES))
    assert found["lifetime_purchases"].drop_nulls().len() == len(people)


def test_the_own_flow_delivers_what_a_run_decides(events: Path, tmp_path: Path) -> None:
    """The bytes of decisions.jsonl, in their order."""
    job, told = EXAMPLES / "shop.toml", list[bytes]()
    records = events.read_bytes().splitlines()
    one = tmp_path / "shop.toml"
    one.write_text(job.read_text().replace("sort = false", "sort = false\nstripes = 1"))
    given = ["--input", str(events), "--output", str(tmp_path / "out"), "--quiet"]
    assert main(["run", str(one), *given]) == 0

    run_main(own_flow(load(one), {"web": records}, told.append))  # type: ignore[no-untyped-call]

    assert b"".join(told) == (tmp_path / "out" / "decisions.jsonl").read_bytes()


def test_requests_are_answered_as_the_shop_would_decide(events: Path) -> None:
    """The first about each person as a replay with the request at its end, and then on from it."""
    history = events.read_bytes().splitlines()
    store = in_process.stored(people := profiles(in_process.JOB, history))
    person, now = max(store), (people.time or 0) + 1000
    first = in_process.answer(store, person, now)
    request = {"time": now, "type": "decision_requested", "user_id": person[2:]}
    path = events.with_name("asked.jsonl")
    path.write_bytes(events.read_bytes() + json.dumps(request).encode() + b"\n")
    last = replay(in_process.JOB, path).decisions.filter(subject_id=person[2:]).tail(1)
    again = in_process.answer(store, person, now + 1)

    assert first.decision is not None
    assert again.decision is not None
    assert last["decision_id"].to_list() == [first.decision.decision_id]
    assert last["score"].to_list() == [first.decision.score]
    assert again.decision.features_hash != first.decision.features_hash


def test_own_columns_are_read_by_their_mapping(tmp_path: Path) -> None:
    """Local times, decimal commas, two columns for one field; what is not known is told."""
    job = EXAMPLES / "own_columns" / "own_columns.toml"
    assert main(["run", str(job), "--output", str(tmp_path / "out"), "--quiet"]) == 0
    sessions = lines(tmp_path / "out" / "sessions.jsonl")
    dead = lines(tmp_path / "out" / "dead_letters.jsonl")

    assert [(one["subject_id"], one["start"][11:16], one["value"]) for one in sessions] == [
        ("K-17", "08:14", 79.9), ("K-03", "08:15", 0.0), ("K-03", "22:40", 25.0),
    ]  # fmt: skip
    assert [(one["reason"], one["field"], one["place"]["line"]) for one in dead] == [
        ("unknown_type", "vorgang", 8)
    ]
