"""Compaction keeps what a resume reads, and nothing else, wherever it is cut off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rtm_flows.connectors.recovery_folder import RecoveryFolder
from rtm_flows.connectors.state_compaction import compact
from rtm_flows.connectors.state_survey import damages, survey
from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.kept import Loaded
from rtm_flows.lanes.store import StateStore
from tests.connectors.recovery_folders import LANES, OURS, kept, rows_in

STEPS = (
    "state_compaction.drop_uncommitted",
    "state_compaction.StateFiles.append",
    "state_compaction.StateFiles.sync",
    "state_compaction.pickled",
    "state_compaction.sweep_all",
)


def loaded(recovery: Path) -> dict[int, Loaded]:
    """Return every lane as a resume gets it."""
    folder = RecoveryFolder(recovery)
    folder.claim(OURS, StateStore())
    folder.release()
    store = StateStore(recovery)
    rows = {row.lane: (epoch, row) for _, epoch, row in rows_in(recovery)}
    assert {epoch for epoch, _ in rows.values()} == {3}
    return {lane: store._kept.get(("know", lane), row) for lane, (_, row) in rows.items()}


def test_the_state_stays_and_all_else_goes(tmp_path: Path) -> None:
    """What lies in files afterwards is what is needed, in one file."""
    kept(tmp_path / "r")
    kept(tmp_path / "same")
    needed = survey(tmp_path / "r").steps["know"].part_bytes
    before, after = compact(tmp_path / "r")

    assert before > after >= needed
    found = survey(tmp_path / "r")
    assert (found.files, found.idle_files) == (1, 0)
    assert list(damages(tmp_path / "r")) == []
    assert loaded(tmp_path / "r") == loaded(tmp_path / "same")
    assert compact(tmp_path / "r") == (after, after)


@pytest.mark.parametrize("calls", [1, 2, 5])
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_moment_leaves_a_whole_state(
    tmp_path: Path, step: str, calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old rows with their old files, or new rows with new files; and again it succeeds."""
    kept(tmp_path / "r")
    kept(tmp_path / "same")
    with monkeypatch.context() as patched:
        _killed_at(step, calls, patched)
        try:
            compact(tmp_path / "r")
        except KeyboardInterrupt:
            assert list(damages(tmp_path / "r")) == []

    compact(tmp_path / "r")
    assert survey(tmp_path / "r").idle_files == 0
    assert loaded(tmp_path / "r") == loaded(tmp_path / "same")


@pytest.mark.parametrize("changed", range(1, 5))
def test_a_kill_between_two_of_the_engines_files_leaves_a_whole_state(
    tmp_path: Path, changed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some rows name the old files then, some the new."""
    kept(tmp_path / "r")
    kept(tmp_path / "same")
    with monkeypatch.context() as patched:
        _killed_at("state_compaction.opened", changed, patched)
        with pytest.raises(KeyboardInterrupt):
            compact(tmp_path / "r")

    assert list(damages(tmp_path / "r")) == []
    assert loaded(tmp_path / "r") == loaded(tmp_path / "same")
    assert survey(tmp_path / "r").idle_files == 0


def _killed_at(step: str, calls: int, patched: pytest.MonkeyPatch) -> None:
    """Let a call of a function be the last thing that happens."""
    import rtm_flows.connectors.state_compaction as module

    *owners, name = step.split(".")[1:]
    owner: Any = getattr(module, owners[0]) if owners else module
    real: Callable[..., Any] = getattr(owner, name)
    made = 0

    def killed(*arguments: Any, **named: Any) -> Any:
        nonlocal made
        made += 1
        if made >= calls:
            raise KeyboardInterrupt
        return real(*arguments, **named)

    patched.setattr(owner, name, killed)


def test_a_damaged_folder_is_left_as_it_is(tmp_path: Path) -> None:
    """What cannot be read is not given up by accident."""
    kept(tmp_path / "r", file_bytes=1 << 20)
    (path,) = (tmp_path / "r" / "state").iterdir()
    data = path.read_bytes()
    path.write_bytes(data[:-100])

    with pytest.raises(RecoveryError, match="ends before its end"):
        compact(tmp_path / "r")
    assert path.read_bytes() == data[:-100]
    path.write_bytes(data)
    compact(tmp_path / "r")
    assert len(loaded(tmp_path / "r")) == LANES


def test_a_folder_in_use_is_not_compacted(tmp_path: Path) -> None:
    """The run that holds it would go on with files that are gone."""
    kept(tmp_path / "r")
    folder = RecoveryFolder(tmp_path / "r")
    with pytest.raises(RecoveryError, match="another run is using this folder"):
        compact(tmp_path / "r")
    folder.release()
