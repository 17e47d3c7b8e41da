"""The latest rounds on disk: there before anybody sees what they brought, and for long enough."""

from __future__ import annotations

import resource
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.connectors.rounds import Round
from rtm_flows.connectors.rounds_file import RoundsFile
from rtm_flows.errors import RecoveryError


def round_(number: int) -> Round:
    """Return some round."""
    return Round(number=number, ends={"a/0": 10 * number})


def read(path: Path, since: int = 0) -> list[Round]:
    """Return the rounds that a process finds which comes later."""
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    with closing(RoundsFile(copy)) as rounds:
        return rounds.since(since)


def test_a_round_is_on_disk_when_it_is_noted(tmp_path: Path) -> None:
    """A process that is killed at once has left it for the next, of the same run."""
    path = tmp_path / "rounds"
    with closing(RoundsFile(path)) as rounds:
        for number in range(3):
            rounds.add(round_(number))
            assert read(path) == [round_(one) for one in range(number + 1)]
            assert read(path, number) == [round_(number)]
    with closing(RoundsFile(path)) as again:
        assert again.run == rounds.run


@pytest.mark.parametrize("kept", [0, 1, 7])
def test_a_line_cut_off_at_its_end_is_none(tmp_path: Path, kept: int) -> None:
    """What it tells of was not handed out; the file goes on where the last whole line ends."""
    path = tmp_path / "rounds"
    with closing(RoundsFile(path)) as rounds:
        rounds.add(round_(0))
    path.write_bytes(path.read_bytes() + b'{"number":1,"ends":{"a/0":10}}'[:kept])
    with closing(RoundsFile(path)) as again:
        assert again.since(0) == [round_(0)]
        again.add(round_(1))
    assert read(path) == [round_(0), round_(1)]


def test_damage_is_refused(tmp_path: Path) -> None:
    """A whole line that is no round, or a file without its head, is told with its place."""
    path = tmp_path / "rounds"
    for content, text in [
        (b"", "damaged"),
        (b'{"number":0}\n', "damaged"),
        (b'{"run":"x"}\n{"number"}\n', "rounds, line 2: holds no rounds"),
    ]:
        path.write_bytes(content)
        with pytest.raises(RecoveryError, match=text):
            RoundsFile(path)


def test_a_gap_is_refused(tmp_path: Path) -> None:
    """Rounds that a resume wants and that are gone are an error, and not skipped."""
    path = tmp_path / "rounds"
    path.write_bytes(b'{"run":"x"}\n{"number":4}\n{"number":5}\n')
    assert read(path, 5) == [Round(number=5)]
    assert read(path, 6) == []
    with pytest.raises(RecoveryError, match=r"round 3 must follow.*restore the recovery folder"):
        read(path, 3)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12))
def test_the_rounds_of_the_last_snapshots_are_kept(
    tmp_path_factory: pytest.TempPathFactory, epochs: list[int]
) -> None:
    """A resume from any of the last three snapshots finds its rounds; the file stays short."""
    path, number, snapshots = tmp_path_factory.mktemp("rounds") / "rounds", 0, [0]
    with closing(RoundsFile(path)) as rounds:
        for count in epochs:
            for _ in range(count):
                rounds.add(round_(number))
                number += 1
            rounds.snapshot(number)
            snapshots.append(number)
            for snapshot in snapshots[-3:]:
                assert read(path, snapshot) == [round_(one) for one in range(snapshot, number)]
            assert len(rounds.since_the_oldest()) <= number - snapshots[max(0, len(snapshots) - 4)]


def test_without_a_folder_nothing_is_kept() -> None:
    """Where nothing is recovered every run is another."""
    assert RoundsFile(None).run != RoundsFile(None).run


def test_a_full_disk_is_told_and_nothing_is_handed_out(tmp_path: Path) -> None:
    """A round that cannot be written whole stops the job; those before it are kept."""
    path = tmp_path / "rounds"
    with closing(RoundsFile(path)) as rounds:
        rounds.add(round_(0))
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, hard))
        try:
            with pytest.raises(RecoveryError, match=r"could not be written \(File too large\)"):
                rounds.add(round_(1))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with closing(RoundsFile(path)) as again:
        assert again.since(0) == [round_(0)]
