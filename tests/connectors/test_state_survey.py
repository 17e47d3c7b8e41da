"""What a recovery folder holds is told, and every place where it is damaged."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from rtm_flows.connectors.recovery_folder import RecoveryFolder, write_identity
from rtm_flows.connectors.state_survey import damages, survey
from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.state_rows import unpacked, unsealed
from tests.connectors.recovery_folders import LANES, OURS, kept


def test_figures_are_those_of_what_a_resume_reads(tmp_path: Path) -> None:
    """Epochs, states, parts and bytes; and what some earlier epoch alone needs."""
    rows = kept(tmp_path / "r")
    found = survey(tmp_path / "r")

    assert (found.owner, found.epoch, list(found.steps)) == (OURS, 4, ["know"])
    know = found.steps["know"]
    assert (know.states, know.parts) == (LANES, 2 * LANES)
    assert know.row_bytes == sum(map(len, rows.values()))
    assert know.part_bytes == 2 * LANES * len(b" lane 1 in epoch 1")
    assert found.written is not None
    assert 0 <= (datetime.now(UTC) - found.written).total_seconds() < 600
    here = list((tmp_path / "r" / "state").iterdir())
    assert found.files + found.idle_files == len(here)
    assert found.file_bytes + found.idle_bytes == sum(path.stat().st_size for path in here)


def test_a_folder_before_any_run_has_nothing(tmp_path: Path) -> None:
    """No epoch, no state; and it is sound."""
    folder = RecoveryFolder(tmp_path / "r")
    write_identity(folder.path, OURS)
    folder.release()
    found = survey(tmp_path / "r")

    assert (found.epoch, found.written, found.steps, found.files) == (None, None, {}, 0)
    assert list(damages(tmp_path / "r")) == []


def test_another_folder_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    """Nothing is made in it, not even a lock."""
    for look in (survey, lambda path: list(damages(path))):
        with pytest.raises(
            RecoveryError, match=r"is no recovery folder; give the one that `rtm run"
        ):
            look(tmp_path)

    assert not list(tmp_path.iterdir())


def test_a_sound_folder_has_no_damages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the key that it was sealed with; with another one it is refused as a whole."""
    monkeypatch.setenv("RTM_STATE_KEY", "one")
    kept(tmp_path / "r", b"one")
    assert list(damages(tmp_path / "r")) == []

    monkeypatch.setenv("RTM_STATE_KEY", "two")
    with pytest.raises(RecoveryError, match="RTM_STATE_KEY"):
        list(damages(tmp_path / "r"))


def test_a_folder_in_use_is_not_verified(tmp_path: Path) -> None:
    """Files may go while they are looked for."""
    kept(tmp_path / "r")
    folder = RecoveryFolder(tmp_path / "r")
    with pytest.raises(RecoveryError, match="another run is using this folder"):
        list(damages(tmp_path / "r"))
    folder.release()


@pytest.mark.parametrize("damage", ["missing", "cut", "flipped"])
def test_every_damaged_part_is_told(tmp_path: Path, damage: str) -> None:
    """Where it lies and whose it is; a part that no resume reads is none."""
    rows = kept(tmp_path / "r", file_bytes=1 << 20)
    (path,) = (tmp_path / "r" / "state").iterdir()
    data = bytearray(path.read_bytes())
    newest = unpacked(unsealed(rows[3])).places[0]
    wanted = [f"know lane 3 at byte {newest.offset}"]
    if damage == "missing":
        path.unlink()
        wanted = [f"{path.name}: is missing"] * 2 * LANES
    elif damage == "cut":
        path.write_bytes(data[: newest.offset + 1])
    else:
        data[0] ^= 1
        data[newest.offset + 3] ^= 1
        path.write_bytes(data)

    found = list(damages(tmp_path / "r"))
    assert len(found) == len(wanted)
    assert all(part in line for part, line in zip(wanted, found, strict=True))
