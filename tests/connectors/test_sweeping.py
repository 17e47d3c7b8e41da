"""A process beside the run deletes what nobody needs, and only then."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from rtm_flows.connectors import sweeping
from rtm_flows.connectors.sweeping import Sweeping, state_store, sweep, sweep_all
from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.kept import Kept
from rtm_flows.lanes.state_rows import Chain, unpacked, unsealed
from rtm_flows.lanes.sweep import Request
from tests.connectors.recovery_folders import LANES, Snap, insert, kept

IDLE = "0123456789abcdef-000001.state"


def files(recovery: Path) -> list[str]:
    """Return the names of the state files."""
    return sorted(path.name for path in (recovery / "state").iterdir())


def chain_of(rows: dict[int, bytes]) -> Chain:
    """Return the chain of the last lane."""
    return unpacked(unsealed(rows[LANES - 1]))


def request(recovery: Path, serial: int) -> Request:
    """Ask for all files, where a row of the last lane was given out."""
    rows = kept(recovery)
    return Request(chain_of(rows).writer, [("know", LANES - 1, serial)], files(recovery))


def test_what_no_row_names_goes(tmp_path: Path) -> None:
    """Once the rows that were given out are there."""
    before = request(tmp_path / "r", 16)
    (tmp_path / "r" / "state" / IDLE).touch()
    asked = Request(before.writer, before.given, [IDLE, *before.files])

    assert sweep(tmp_path / "r", asked, os.getppid()) == [IDLE]
    assert files(tmp_path / "r") == before.files


def test_it_waits_for_the_rows_that_were_given_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In vain: then nothing goes. They may name what no row names yet."""
    monkeypatch.setattr(sweeping, "PATIENCE", 0.6)
    asked = request(tmp_path / "r", 17)

    assert sweep(tmp_path / "r", asked, os.getppid()) is None
    assert files(tmp_path / "r") == asked.files


def test_it_ends_when_the_run_is_gone(tmp_path: Path) -> None:
    """At once; the next start does what is left."""
    asked = request(tmp_path / "r", 1)

    assert sweep(tmp_path / "r", asked, 0) is None
    assert files(tmp_path / "r") == asked.files


def test_a_start_deletes_what_a_killed_run_has_left(tmp_path: Path) -> None:
    """All that no row names, and nothing that is no state file."""
    kept(tmp_path / "r")
    before = files(tmp_path / "r")
    (tmp_path / "r" / "state" / IDLE).touch()
    (tmp_path / "r" / "state" / "z-note").touch()

    assert sweep_all(tmp_path / "r") == [IDLE]
    assert files(tmp_path / "r") == [*before, "z-note"]


def test_with_a_part_of_the_tables_nothing_goes(tmp_path: Path) -> None:
    """Rows in it may name any file."""
    kept(tmp_path / "r")
    before = files(tmp_path / "r")
    (tmp_path / "r" / "bytewax" / "part-3.sqlite3").unlink()

    with pytest.raises(RecoveryError, match=r"part-3\.sqlite3 is missing"):
        sweep_all(tmp_path / "r")
    assert files(tmp_path / "r") == before


def test_a_process_does_it_while_the_store_goes_on(tmp_path: Path) -> None:
    """The files of parts that are written anew go; those of the newest stay."""
    recovery = tmp_path / "r"
    kept(recovery)
    with state_store(recovery, file_bytes=100) as store:
        sweeper = store._kept._sweeper  # type: ignore[union-attr]
        assert isinstance(sweeper, Sweeping)
        rows: dict[int, bytes] = {}
        for epoch in range(5, 9):
            for lane in range(LANES):
                rows[lane] = store.put("know", lane, Kept(b"", b"x" * 90, 1))
            snaps = [Snap(lane, epoch, row) for lane, row in rows.items()]
            insert(recovery, snaps, execution=epoch, began=epoch, front=epoch + 1)
            if sweeper._process is not None:
                sweeper._process.wait()

        named = {place.file for row in rows.values() for place in unpacked(unsealed(row)).places}
        assert named <= set(files(recovery))
        for lane, row in rows.items():
            assert store.get("know", lane, row).parts == (b"x" * 90,)


def test_a_sweeper_that_cannot_read_says_so_and_ends(tmp_path: Path) -> None:
    """And leaves the run alone."""
    kept(tmp_path / "r")
    (tmp_path / "r" / "bytewax" / "part-1.sqlite3").write_text("no database " * 100)
    before = files(tmp_path / "r")
    sweeper = Sweeping(tmp_path / "r")
    sweeper.ask(Request("", [], before))
    assert isinstance(sweeper._process, subprocess.Popen)

    assert sweeper._process.wait() == 0
    assert files(tmp_path / "r") == before
    sweeper.end()
