"""Runs that wrote Parquet are read as those that wrote lines: the same pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import complaint, rtm
from tests.cli.shop_runs import JOB, replayed

Capture = pytest.CaptureFixture[str]
Runs = tuple[Path, Path]


@pytest.fixture(scope="module")
def runs(events: Path, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """A run as lines, and the same as Parquet."""
    folder = tmp_path_factory.mktemp("written")
    parquet = JOB + '[outputs]\nformat = "parquet"\n'
    return replayed(folder / "lines", events), replayed(folder / "parquet", events, parquet)


def told(capsys: Capture, *arguments: str | Path) -> dict[str, object]:
    """Return what a command says as JSON, without the folder of the run and places in files."""
    done = rtm(capsys, *arguments, "--json")
    assert done.status == 0, done
    found: dict[str, object] = json.loads(done.out)
    return {key: value for key, value in found.items() if key not in ("run", "offset")}


def test_the_two_runs_are_equal(capsys: Capture, runs: Runs) -> None:
    """To `rtm diff`, in either order."""
    for pair in (runs, runs[::-1]):
        found = told(capsys, "diff", *pair)
        assert (found["equal"], found["warnings"]) == (True, [])


def test_decisions_and_people_are_shown_alike(capsys: Capture, runs: Runs) -> None:
    """A decision that was made of a score, and the life of its person."""
    lines = (runs[0] / "decisions.jsonl").read_text().splitlines()
    one = next(found for found in map(json.loads, lines) if found["name"] == "greet")
    for command, wanted in (("explain", one["decision_id"]), ("person", one["subject_id"])):
        first, second = (told(capsys, command, wanted, "--run", run) for run in runs)
        assert first == second
    first, second = (told(capsys, "explain", "--run", run) for run in runs)
    assert first == second
    assert json.loads(rtm(capsys, "explain", "--run", runs[1], "--json").out)["offset"] is None


def test_what_is_not_there_is_told_alike(capsys: Capture, runs: Runs) -> None:
    """With the nearest ids of people."""
    for command, wanted in (("explain", "0123456789abcdef" * 2), ("person", "u1x")):
        said = [complaint(rtm(capsys, command, wanted, "--run", run), 1) for run in runs]
        bare = [
            one.replace(str(run), "").replace(".jsonl", "").replace(".parquet", "")
            for one, run in zip(said, runs, strict=True)
        ]
        assert bare[0] == bare[1]


def test_the_newest_run_may_be_one_of_parquet(
    capsys: Capture, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found without its name."""
    monkeypatch.chdir(runs[1].parent)

    assert "reading out, the newest of" in rtm(capsys, "person", "nobody").err


def test_a_damaged_output_is_refused(capsys: Capture, tmp_path: Path) -> None:
    """In one sentence, with its name."""
    (tmp_path / "decisions.parquet").write_bytes(b"PAR1")
    (tmp_path / "summary.json").write_text("{}")

    done = rtm(capsys, "explain", "db274af8", "--run", tmp_path)
    assert "decisions.parquet: cannot be read as Parquet" in complaint(done, 1)
