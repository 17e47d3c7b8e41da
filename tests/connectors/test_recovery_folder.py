"""The recovery folder: whose it is, who holds it, and what is refused."""

from __future__ import annotations

import pickle
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rtm_flows.connectors.recovery_folder import FLOW, Identity, RecoveryFolder
from rtm_flows.errors import RecoveryError
from rtm_flows.flows.execute import make_rows
from rtm_flows.lanes.store import StateStore

OURS = Identity(
    name="shop", lanes=128, partitions=4, digest="d1", inputs="i1", output="/somewhere/out"
)


def claim(path: Path, job: Identity = OURS) -> Identity:
    """Claim a folder, and let it go."""
    folder = RecoveryFolder(path)
    try:
        return folder.claim(job, StateStore())
    finally:
        folder.release()


def test_a_new_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    """What is in it decides what is run: nobody else may write there, or read."""
    folder = RecoveryFolder(tmp_path / "a" / "recovery")
    before = folder.owner
    assert folder.claim(OURS, StateStore()) == OURS
    after = folder.owner
    folder.release()

    assert (before, after) == (None, OURS)

    assert folder.path.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_folder_that_others_may_enter_is_refused(tmp_path: Path, mode: int) -> None:
    """The message says how to mend it."""
    (tmp_path / "recovery").mkdir()
    (tmp_path / "recovery").chmod(mode)

    with pytest.raises(RecoveryError, match=r"owner alone \(chmod 700\)"):
        RecoveryFolder(tmp_path / "recovery")


def test_the_same_job_comes_back(tmp_path: Path) -> None:
    """A claim is repeated as often as a run is; a finished run is known as such."""
    assert not claim(tmp_path / "r").complete
    assert not claim(tmp_path / "r").complete

    folder = RecoveryFolder(tmp_path / "r")
    folder.finish(OURS)
    folder.release()
    assert claim(tmp_path / "r").complete


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"flow": FLOW + 1}, f"the version of the flow was {FLOW + 1} and is now {FLOW}"),
        ({"name": "other"}, "the job's name was 'other' and is now 'shop'"),
        ({"lanes": 64}, "the number of lanes was 64 and is now 128"),
        ({"partitions": 1}, r"the number of partitions .input.stripes. was 1 and is now 4"),
        ({"digest": "d0"}, "the configuration was 'd0' and is now 'd1'"),
        ({"inputs": "i0"}, "the input files was 'i0' and is now 'i1'"),
        ({"output": "/out"}, "the output folder was '/out' and is now '/somewhere/out'"),
    ],
)
def test_another_run_is_refused_by_what_differs(
    tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    """The engine alone would start empty without a word."""
    claim(tmp_path / "r", msgspec.structs.replace(OURS, **changed))

    with pytest.raises(RecoveryError, match=f"belongs to another run: {said}. Use another --rec"):
        claim(tmp_path / "r")


def test_a_second_run_is_turned_away(tmp_path: Path) -> None:
    """One run holds the folder at a time; when it ends, the next may have it."""
    first = RecoveryFolder(tmp_path / "r")
    with pytest.raises(RecoveryError, match="another run is using this folder"):
        RecoveryFolder(tmp_path / "r")
    first.release()

    RecoveryFolder(tmp_path / "r").release()


@pytest.mark.parametrize("text", ["", "{", '{"name": "shop"}', "[]", '{"name": "\\ud800"}'])
def test_a_damaged_job_file_is_refused(tmp_path: Path, text: str) -> None:
    """It is not taken for a new folder."""
    claim(tmp_path / "r")
    (tmp_path / "r" / "job.json").write_text(text)

    with pytest.raises(RecoveryError, match=r"job\.json: damaged .* or use an empty folder"):
        claim(tmp_path / "r")


@pytest.mark.parametrize("data", [b"\xff\xfe", b'{"name": "\xff"}'])
def test_a_job_file_that_is_no_text_is_refused(tmp_path: Path, data: bytes) -> None:
    """Also where the damage is no valid UTF-8."""
    claim(tmp_path / "r")
    (tmp_path / "r" / "job.json").write_bytes(data)

    with pytest.raises(RecoveryError, match=r"job\.json: damaged"):
        claim(tmp_path / "r")


def test_state_without_its_job_file_is_refused(tmp_path: Path) -> None:
    """Nobody can tell whose state it is."""
    claim(tmp_path / "r")
    make_rows(tmp_path / "r" / "bytewax")
    (tmp_path / "r" / "job.json").unlink()

    with pytest.raises(RecoveryError, match=r"job\.json: is missing, but the folder holds state"):
        claim(tmp_path / "r")


def test_rows_are_looked_at_before_the_folder_is_handed_over(tmp_path: Path) -> None:
    """A claim of a folder with a foreign row fails."""
    claim(tmp_path / "r")
    make_rows(tmp_path / "r" / "bytewax")
    assert claim(tmp_path / "r") == OURS

    path = tmp_path / "r" / "bytewax" / "part-0.sqlite3"
    with closing(sqlite3.connect(path)) as database, database:
        insert = (
            "INSERT INTO snaps (step_id, state_key, snap_epoch, ser_change) VALUES (?, ?, 1, ?)"
        )
        database.execute(insert, ("rtm.know", "lane", pickle.dumps(["not ours"])))
    with pytest.raises(RecoveryError, match="this package did not write"):
        claim(tmp_path / "r")


def test_features_that_declare_another_thing_are_named(tmp_path: Path) -> None:
    """Those alone that are not as they were, also where there were none."""
    one, two, three = "shop:A version 1: x", "shop:B version 1: y", "shop:B version 2: y"
    before = msgspec.structs.replace(OURS, contracts=(one, two))
    claim(tmp_path / "r", before)

    with pytest.raises(RecoveryError) as told:
        claim(tmp_path / "r", msgspec.structs.replace(OURS, contracts=(one, three)))
    assert f"declare was '{two}' and is now '{three}'. Use another" in str(told.value)
    with pytest.raises(RecoveryError, match=f"declare was '{one}; {two}' and is now 'not there'"):
        claim(tmp_path / "r")
    assert claim(tmp_path / "r", before) == before
