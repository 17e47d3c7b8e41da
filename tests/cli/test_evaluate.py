"""`rtm evaluate`: a table in, a report out, for people and for programs."""

from __future__ import annotations

import html
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


def test_a_model_card(capsys: Capture, frame: Path, tmp_path: Path) -> None:
    """One page, in a folder made for it; the command that made it is on it, its path is not."""
    card = tmp_path / "cards" / "churn.html"
    asked = (*arguments(frame), "--report", card, "--slice", "months")

    done = rtm(capsys, *asked)
    text = card.read_text(encoding="utf-8")

    assert done.status == 0
    assert f"model card: {card}" in done.out
    assert "river" in done.out
    assert (
        html.escape(
            "rtm evaluate --frame customers.csv --label status --model churn --positive left "
            "--delimiter ';' --exclude id --slice months --report churn.html"
        )
        in text
    )
    assert str(tmp_path) not in text
    assert [path.name for path in card.parent.iterdir()] == ["churn.html"]
    report = json.loads(rtm(capsys, *asked, "--overwrite", "--json").out)
    assert card.read_text(encoding="utf-8") == text
    assert [of.get("column") for of in report["card"]["slices"]] == [None, "months"]
    assert f"{report['quality']['all']['roc_auc']:.3f}" in text


def test_a_model_card_is_not_replaced_by_mistake(
    capsys: Capture, frame: Path, tmp_path: Path
) -> None:
    """Nothing is learned, and nothing written, before it is known that the place is free."""
    card = tmp_path / "card.html"
    card.write_text("mine")
    (tmp_path / "folder.html").mkdir()
    asked = (*arguments(frame), "--report")

    assert "give --overwrite to replace it" in complaint(rtm(capsys, *asked, card), 1)
    assert "is a folder" in complaint(rtm(capsys, *asked, tmp_path / "folder.html"), 1)
    assert "cannot be made" in complaint(rtm(capsys, *asked, card / "sub" / "card.html"), 1)
    assert card.read_text() == "mine"
    assert "ends in .html; got 'card.pdf'" in rtm(capsys, *asked, "card.pdf").err
    slices = complaint(rtm(capsys, *arguments(frame), "--slice", "months"), 2)
    assert "add --report FILE.html" in slices
    named = complaint(rtm(capsys, *asked, tmp_path / "new.html", "--slice", "month"), 2)
    assert "did you mean 'months'?" in named
    assert not (tmp_path / "new.html").exists()


def test_mistakes_are_told_in_a_sentence(capsys: Capture, frame: Path, tmp_path: Path) -> None:
    """Arguments that cannot be used end with 2, a file that cannot be read with 1."""
    evaluate = ("evaluate", "--model", "intent", "--label", "status", "--frame")

    assert "no column 'status'" in complaint(rtm(capsys, *evaluate, frame), 2)
    assert "cannot be read" in complaint(rtm(capsys, *evaluate, tmp_path / "none.csv"), 1)
    assert "`positive`" in complaint(rtm(capsys, *evaluate, frame, "--delimiter", ";"), 2)
