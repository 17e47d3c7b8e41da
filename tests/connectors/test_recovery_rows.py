"""The engine's recovery files, looked at before the engine opens them."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.connectors.recovery_rows import check_rows, plain_bytes
from rtm_flows.errors import RecoveryError
from rtm_flows.flows.execute import make_rows
from rtm_flows.lanes.store import StateStore

STORE = StateStore(key=b"key")
INSERT = "INSERT INTO snaps (step_id, state_key, snap_epoch, ser_change) VALUES (?, ?, 1, ?)"


class Evil:
    """What runs code when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, ...]:
        """Make a file."""
        return Path.touch, (self.target,)


def fill(folder: Path, rows: Sequence[bytes | None]) -> list[Path]:
    """Make the engine's files with these rows of snapshots in them; None is a key that is gone."""
    make_rows(folder)
    paths = sorted(folder.glob("*.sqlite3"))
    named = [("rtm.know", f"lane-{number}", row) for number, row in enumerate(rows)]
    for number, path in enumerate(paths):
        with closing(sqlite3.connect(path)) as database, database:
            database.executemany(INSERT, named[number :: len(paths)])
    return paths


def sealed(lane: int) -> bytes:
    """Return a row as the engine writes one."""
    return pickle.dumps(STORE.put_whole("know", lane, b"state" * 100))


def test_sound_files_are_counted(tmp_path: Path) -> None:
    """Every row of every file is looked at; keys that are gone have none."""
    fill(tmp_path / "rows", [sealed(0), None, sealed(2), sealed(3), sealed(4), sealed(5)])

    assert check_rows(tmp_path / "rows", STORE) == 5


@pytest.mark.parametrize("made", [True, False])
def test_a_folder_without_rows_is_sound(tmp_path: Path, made: bool) -> None:
    """New files, and no files at all."""
    if made:
        fill(tmp_path / "rows", [])

    assert check_rows(tmp_path / "rows", STORE) == 0


@pytest.mark.parametrize("at", [0, 3, 4])
def test_a_row_that_runs_code_is_refused_and_not_run(tmp_path: Path, at: int) -> None:
    """Wherever it stands among sound rows, it is found before the engine unpickles any."""
    rows = [sealed(lane) for lane in range(5)]
    rows[at] = pickle.dumps(Evil(tmp_path / "executed"))
    fill(tmp_path / "rows", rows)

    with pytest.raises(RecoveryError, match=r"part-\d\.sqlite3: holds a row that this package did"):
        check_rows(tmp_path / "rows", STORE)
    assert not (tmp_path / "executed").exists()


def test_a_row_that_is_damaged_or_of_another_key_is_refused(tmp_path: Path) -> None:
    """A pickle of bytes is not enough: they must be sealed."""
    fill(tmp_path / "rows", [sealed(0), pickle.dumps(StateStore().put_whole("know", 1, b"state"))])
    with pytest.raises(RecoveryError, match=r"know lane 1 .* RTM_STATE_KEY"):
        check_rows(tmp_path / "rows", STORE)

    fill(tmp_path / "other", [pickle.dumps(b"anything")])
    with pytest.raises(RecoveryError, match="damaged"):
        check_rows(tmp_path / "other", STORE)


@pytest.mark.parametrize("damage", ["emptied", "cut", "overwritten", "text", "no table"])
def test_a_damaged_file_is_named_with_the_remedy(tmp_path: Path, damage: str) -> None:
    """One sentence: which file, what is wrong, what to do."""
    path = fill(tmp_path / "rows", [sealed(lane) for lane in range(200)])[0]
    data = path.read_bytes()
    if damage == "emptied":
        path.write_bytes(b"")
    elif damage == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "overwritten":
        path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
    elif damage == "text":
        path.write_text("these are not the rows you are looking for " * 100)
    else:
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("DROP TABLE snaps")

    with pytest.raises(
        RecoveryError, match=r"part-0\.sqlite3: damaged \(.*\); restore a b"
    ) as told:
        check_rows(tmp_path / "rows", STORE)
    assert len(str(told.value).splitlines()) == 1


@given(st.binary(max_size=300), st.sampled_from([1, 1000]), st.sampled_from([4, 5]))
def test_bytes_are_read_from_their_pickle(data: bytes, times: int, protocol: int) -> None:
    """In the protocols that the engine's Python writes, few bytes and many."""
    assert plain_bytes(pickle.dumps(data * times, protocol), Path("p")) == data * times


@pytest.mark.parametrize(
    "other",
    [
        b"",
        b"no pickle",
        pickle.dumps("text"),
        pickle.dumps(None),
        pickle.dumps([b"state"]),
        pickle.dumps((b"one", b"two")),
        pickle.dumps(b"state", 0),
        pickle.dumps(b"state")[:-1],
        pickle.dumps(Path("p")),
        pickle.dumps(b"a" * 300)[:20],
        b"cos\nsystem\n(S'true'\ntR.",
    ],
)
def test_any_other_pickle_is_refused(other: bytes) -> None:
    """Only the bytes themselves are read: no text, no list, nothing that calls."""
    with pytest.raises(RecoveryError, match=r"^rows\.sqlite3: .* will not be opened"):
        plain_bytes(other, Path("rows.sqlite3"))
