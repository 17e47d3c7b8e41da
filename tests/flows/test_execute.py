"""Executing: what is raised when something goes wrong in the middle."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from bytewax.errors import BytewaxRuntimeError

from rtm_flows.config import load
from rtm_flows.connectors.batches import Batch
from rtm_flows.connectors.recovery_rows import check_rows
from rtm_flows.errors import InputError, RtmError
from rtm_flows.flows import Built, build
from rtm_flows.flows.execute import PARTS, execute, make_rows
from rtm_flows.lanes.store import StateStore


class Broken:
    """An input whose one partition cannot be read."""

    partitions = 1
    total_bytes = 0
    sorted = False

    def __init__(self, error: Exception, cause: Exception | None = None) -> None:
        self.error, self.cause = error, cause

    def open(self, partition: int, position: bytes | None = None) -> Broken:
        """Read the partition."""
        assert (partition, position) == (0, None)
        return self

    def next(self) -> Batch | None:
        """Fail."""
        raise self.error from self.cause

    def position(self) -> bytes:
        """Return no place."""
        return b""

    def close(self) -> None:
        """Hold nothing."""


def built(tmp_path: Path, source: Broken) -> Built:
    """Return the flow of a small job over an input."""
    return build(load({"name": "tiny", "lanes": 2}), source, tmp_path)


def test_an_error_of_ours_is_raised_as_it_was(tmp_path: Path) -> None:
    """Not the engine's, and without the engine's trace behind it."""
    error = InputError("the disk is gone")

    with pytest.raises(InputError) as told:
        execute(built(tmp_path, Broken(error)))
    assert told.value is error
    assert told.value.__cause__ is None


def test_an_error_of_ours_behind_another_is_found(tmp_path: Path) -> None:
    """Whoever wrapped it: the sentence that helps is the one that is raised."""
    error = InputError("the disk is gone")

    with pytest.raises(RtmError) as told:
        execute(built(tmp_path, Broken(ValueError("wrapped"), error)))
    assert told.value is error


def test_any_other_error_is_not_hidden(tmp_path: Path) -> None:
    """A mistake in the program is shown with all its trace."""
    error = ZeroDivisionError("a bug")
    with pytest.raises(BytewaxRuntimeError) as told:
        execute(built(tmp_path, Broken(error)))

    cause: BaseException | None = told.value
    while cause is not None and cause is not error:
        cause = cause.__cause__
    assert cause is error


def test_signals_are_given_back(tmp_path: Path) -> None:
    """After a run, also one that failed, signals do what they did before."""
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with pytest.raises(InputError):
        execute(built(tmp_path, Broken(InputError("gone"))))

    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


@pytest.mark.parametrize("made", range(4))
def test_recovery_files_are_there_whole_or_not_at_all(
    made: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between two of the engine's files leaves a folder that the next run makes anew."""
    folder = tmp_path / "bytewax"

    def crashes(into: Path, _parts: int) -> None:
        for part in range(made):
            (into / f"part-{part}.sqlite3").touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("rtm_flows.flows.execute.engine.init_db_dir", crashes)
        with pytest.raises(KeyboardInterrupt):
            make_rows(folder)
    assert not folder.exists()
    make_rows(folder)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["bytewax"]
    assert len(list(folder.glob("*.sqlite3"))) == PARTS
    assert check_rows(folder, StateStore()) == 0
