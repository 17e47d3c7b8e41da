"""`rtm replay --responses`: the table that models of responses are trained on, as a file."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from rtm_flows import replay
from rtm_flows.config import load
from tests.cli.commands import complaint, rtm
from tests.lanes.test_responses import asks, says

Capture = pytest.CaptureFixture[str]

BARE = """
name = "tiny"
[triggers]
types = ["search"]
[[features]]
name = "n"
kind = "session_count"
types = ["*"]
[[actions]]
name = "call"
"""
JOB = f"""{BARE}
[responses]
horizon = "PT1M"
[outputs]
format = "FORMAT"
"""


@pytest.fixture
def answered(tmp_path: Path) -> Path:
    """Three decisions, of which two are shown and one is welcome, and the end of their horizons."""
    told = [
        asks(0), asks(1, 1000), asks(2, 2000),
        says("impression", 3000, 0), says("clicked", 4000, 1, 1000), asks(9, 200_000),
    ]  # fmt: skip
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in told))
    return path


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_the_file_holds_what_python_returns(
    capsys: Capture, answered: Path, tmp_path: Path, form: str
) -> None:
    """Whatever the outputs are written as; and nothing is left beside it."""
    job, table = tmp_path / "tiny.toml", tmp_path / "answered.parquet"
    job.write_text(JOB.replace("FORMAT", form))
    done = rtm(
        capsys, "replay", job, "--input", answered, "--output", tmp_path / "out",
        "--responses", table, "--quiet",
    )  # fmt: skip

    assert done == (0, "", "")
    found = pl.read_parquet(table)
    assert found.equals(replay(load(job), answered).response_features)
    assert found.select("label", "n", "action_prob").rows() == [(False, 1.0, 1.0), (True, 2.0, 1.0)]
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize(
    ("text", "complained"),
    [
        (BARE, "wants a job with the table [responses]"),
        (
            f'{BARE}[responses]\n[outputs.decisions]\nfields = ["decision_id"]',
            "decisions have no candidates, features, features_hash",
        ),
        (
            BARE.replace('"n"', '"label"') + "[responses]",
            "a feature is called 'label'",
        ),
    ],
)
def test_what_cannot_be_told_is_refused_before_anything_is_done(
    capsys: Capture, answered: Path, tmp_path: Path, text: str, complained: str
) -> None:
    """With what to do about it."""
    (tmp_path / "tiny.toml").write_text(text)
    done = rtm(
        capsys, "replay", tmp_path / "tiny.toml", "--input", answered,
        "--output", tmp_path / "out", "--responses", tmp_path / "answered.parquet",
    )  # fmt: skip

    assert complained in complaint(done, 2)
    assert not (tmp_path / "out").exists()
