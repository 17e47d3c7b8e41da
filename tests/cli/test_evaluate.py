"""`rtm evaluate`: a table in, a report out, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.commands import complaint, rtm

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def frame(tmp_path: Path) -> Path:
    """A table of customers, some of whom left."""
    random = np.random.default_rng(1)
    months = random.integers(1, 72, 400)
    left = random.random(400) < 1 / (1 + np.exp(months / 12 - 2))
    path = tmp_path / "customers.csv"
    rows = [
        f"{i};{m};{'left' if y else 'stayed'}"
        for i, (m, y) in enumerate(zip(months, left, strict=True))
    ]
    path.write_text("\n".join(["id;months;status", *rows]))
    return path


def arguments(frame: Path) -> tuple[str | Path, ...]:
    """Return the arguments that fit the table."""
    return (
        *("evaluate", "--frame", frame, "--label", "status", "--model", "churn"),
        *("--positive", "left", "--exclude", "id", "--delimiter", ";"),
    )


def test_a_report_for_people(capsys: Capture, frame: Path) -> None:
    """It tells what was learned from, and the figures beside the baselines."""
    done = rtm(capsys, *arguments(frame))

    assert done.status == 0
    assert "churn: 400 examples" in done.out
    assert "status = left; learned from 1 columns" in done.out
    for word in ("ROC AUC", "log loss", "Brier", "ECE", "prior", "last_label", "last 80 percent"):
        assert word in done.out


def test_a_report_for_programs(capsys: Capture, frame: Path) -> None:
    """The same as JSON, and nothing else; the same bytes each time."""
    done = rtm(capsys, *arguments(frame), "--json")
    report = json.loads(done.out)

    assert done.err == ""
    assert report["numbers"] == ["months"]
    assert report["quality"]["all"]["n"] == 400
    assert report["quality"]["all"]["roc_auc"] > 0.6
    assert set(report["baselines"]["prior"]["last_80"]) == set(report["quality"]["all"])
    assert rtm(capsys, *arguments(frame), "--json").out == done.out


def test_mistakes_are_told_in_a_sentence(capsys: Capture, frame: Path, tmp_path: Path) -> None:
    """Arguments that cannot be used end with 2, a file that cannot be read with 1."""
    evaluate = ("evaluate", "--model", "intent", "--label", "status", "--frame")

    assert "no column 'status'" in complaint(rtm(capsys, *evaluate, frame), 2)
    assert "cannot be read" in complaint(rtm(capsys, *evaluate, tmp_path / "none.csv"), 1)
    assert "`positive`" in complaint(rtm(capsys, *evaluate, frame, "--delimiter", ";"), 2)
