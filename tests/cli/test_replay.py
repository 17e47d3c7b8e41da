"""`rtm replay`: the same bytes as a run, without an engine."""

from __future__ import annotations

from pathlib import Path

import pytest

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
