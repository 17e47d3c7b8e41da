"""`rtm replay`: the same bytes as a run, without an engine."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import polars as pl
import pytest

from rtm_flows import replay
from rtm_flows.config import load
from tests.cli.commands import FILES, complaint, rtm
from tests.runs.running import digests

Capture = pytest.CaptureFixture[str]


def test_a_replay_writes_what_a_run_writes(
    capsys: Capture, job: Path, events: Path, tmp_path: Path
) -> None:
    """File by file and byte by byte; and shows the same table."""
    ran = rtm(capsys, "run", job, "--input", events, "--output", tmp_path / "out")
    before = digests(tmp_path / "out")
    replayed = rtm(
        capsys, "replay", job, "--input", events, "--output", tmp_path / "out", "--overwrite"
    )

    assert (replayed.status, replayed.out) == (0, ran.out)
    assert digests(tmp_path / "out") == before
    assert set(before) == set(FILES)


def test_a_replay_can_be_quiet(capsys: Capture, job: Path, events: Path, tmp_path: Path) -> None:
    """And leaves nothing behind but its outputs."""
    done = rtm(capsys, "replay", job, "--input", events, "--output", tmp_path / "out", "--quiet")

    assert done == (0, "", "")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(FILES)


def test_a_full_folder_is_refused(capsys: Capture, job: Path, events: Path, tmp_path: Path) -> None:
    """As by a run."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "summary.json").write_text("{}")
    done = rtm(capsys, "replay", job, "--input", events, "--output", tmp_path / "out")

    assert "give --overwrite" in complaint(done, 1)


OTHER = """
name = "another"
floor = 0.4
[input]
format = "segment"
paths = ["not-looked-at.jsonl"]
[triggers]
types = ["view_item"]
"""


def test_another_configuration_is_played_over_the_same_input(
    capsys: Capture, job: Path, events: Path, tmp_path: Path
) -> None:
    """As the job itself would be with all else as there: the same bytes, and ids to compare by."""
    (tmp_path / "another.toml").write_text(OTHER)
    own = tomllib.loads(job.read_text())
    whole = {"name": own["name"], "floor": 0.4, "input": own["input"] | {"paths": [str(events)]}}
    wanted = replay(load({**whole, "triggers": {"types": ["view_item"]}}))

    done = rtm(
        capsys, "replay", job, "--config", tmp_path / "another.toml", "--input", events,
        "--output", tmp_path / "out", "--quiet",
    )  # fmt: skip

    assert done == (0, "", "")
    written = pl.read_ndjson(tmp_path / "out" / "decisions.jsonl", infer_schema_length=None)
    assert written["decision_id"].to_list() == wanted.decisions["decision_id"].to_list()
    assert written["priority"].to_list() == wanted.decisions["priority"].to_list()
    assert set(written["trigger"].struct["type"]) == {"event:view_item"}


def test_the_other_run_goes_beside_the_first(
    capsys: Capture,
    job: Path,
    events: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where no folder is named, it is called after the other file; and the two can be compared."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bold.toml").write_text("floor = 0.4\n")
    rtm(capsys, "replay", job, "--input", events, "--quiet")
    rtm(capsys, "replay", job, "--input", events, "--config", "bold.toml", "--quiet")
    runs = sorted(path.name for path in (tmp_path / "out").iterdir())

    done = rtm(capsys, "diff", *(Path("out") / run for run in runs), "--json")

    assert runs == ["bold", "shop"]
    told = json.loads(done.out)
    assert (told["only"], told["warnings"]) == ([0, 0], [])


def test_a_configuration_that_is_not_there_is_refused(
    capsys: Capture, job: Path, events: Path, tmp_path: Path
) -> None:
    """Before anything is written."""
    done = rtm(capsys, "replay", job, "--input", events, "--config", tmp_path / "no.toml")

    assert "no such file" in complaint(done, 2)
    assert not (tmp_path / "out").exists()
