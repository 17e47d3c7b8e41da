"""`rtm state` tells what is in a recovery folder, and what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rtm_flows.cli import main
from rtm_flows.cli.arguments import parser
from tests.connectors.recovery_folders import LANES, kept


def test_inspect_shows_whose_it_is_and_how_much(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As lines for a person."""
    kept(tmp_path / "r")

    assert main(["state", "inspect", str(tmp_path / "r")]) == 0
    said = capsys.readouterr().out
    assert "job             shop, configuration d1" in said
    assert "epoch           4" in said
    assert " s ago" in said
    assert [line.split()[:2] for line in said.splitlines()][-1] == ["know", str(LANES)]


def test_inspect_tells_a_program_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As JSON."""
    kept(tmp_path / "r")

    assert main(["state", "inspect", str(tmp_path / "r"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["owner"]["name"], found["epoch"]) == ("shop", 4)
    assert found["steps"]["know"]["states"] == LANES


def test_verify_ends_with_0_for_a_sound_folder_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else every damaged place is a line."""
    kept(tmp_path / "r", file_bytes=1 << 20)
    assert main(["state", "verify", str(tmp_path / "r")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'r'}: sound\n"

    (path,) = (tmp_path / "r" / "state").iterdir()
    path.write_bytes(path.read_bytes()[:-100])
    assert main(["state", "verify", str(tmp_path / "r")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(line.startswith(f"{path}: the part of know lane ") for line in lines[:-1])
    assert lines[-1] == f"{tmp_path / 'r'}: 2 damaged"


def test_compact_tells_what_it_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And the folder is sound."""
    kept(tmp_path / "r")

    assert main(["state", "compact", str(tmp_path / "r")]) == 0
    assert capsys.readouterr().out.endswith("288 bytes of state files before, 144 bytes now\n")
    assert main(["state", "verify", str(tmp_path / "r")]) == 0


@pytest.mark.parametrize("action", ["inspect", "verify", "compact"])
def test_what_is_no_recovery_folder_is_refused_in_one_line(
    action: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the remedy."""
    assert main(["state", action, str(tmp_path / "none")]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"rtm: {tmp_path / 'none'}: is no recovery folder; give the one")
    assert len(said.splitlines()) == 1


def test_the_help_says_what_each_action_wants(capsys: pytest.CaptureFixture[str]) -> None:
    """And how it is used."""
    with pytest.raises(SystemExit):
        parser().parse_args(["state", "--help"])
    said = capsys.readouterr().out
    for word in ("inspect", "verify", "compact", "The run must be stopped", "RTM_STATE_KEY"):
        assert word in said
