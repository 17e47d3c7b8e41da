"""Which epoch a resume begins with, as the engine works it out."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import bytewax.operators as op
import pytest
from bytewax import _bytewax as engine
from bytewax.dataflow import Dataflow
from bytewax.errors import BytewaxRuntimeError
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.operators import StatefulBatchLogic
from bytewax.testing import TestingSink

from rtm_flows.connectors.epochs import drop_uncommitted, needed_rows, resume_epoch
from rtm_flows.connectors.recovery_rows import check_rows
from rtm_flows.errors import RecoveryError
from rtm_flows.flows.execute import make_rows
from rtm_flows.lanes.state_rows import unsealed
from rtm_flows.lanes.store import StateStore
from tests.connectors.recovery_folders import LANES, PARTS, Snap, insert, kept, rows_in

STORE = StateStore()


class Numbers(StatefulSourcePartition[tuple[str, str], bytes]):
    """Some keys, one a batch; then an end that is not kept as one."""

    def __init__(self, keys: list[str], state: bytes | None) -> None:
        self.keys, self.at = keys, 0 if state is None else int(STORE.get_whole("in", 0, state))

    def next_batch(self) -> Iterable[tuple[str, str]]:
        """Return the next key."""
        if self.at == len(self.keys):
            raise StopIteration
        self.at += 1
        if self.keys[self.at - 1] == "killed":
            raise KeyError
        return [(self.keys[self.at - 1], self.keys[self.at - 1])]

    def snapshot(self) -> bytes:
        """Return the place."""
        return STORE.put_whole("in", 0, b"%d" % self.at)


class Source(FixedPartitionedSource[tuple[str, str], bytes]):
    """The one partition."""

    def __init__(self, keys: list[str]) -> None:
        self.keys = keys

    def list_parts(self) -> list[str]:
        """Return its name."""
        return ["all"]

    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> Numbers:
        """Open it."""
        return Numbers(self.keys, resume_state)


class Heard(StatefulBatchLogic[str, None, bytes]):
    """A key that keeps how often it was heard of."""

    resumed: list[bytes]

    def __init__(self, state: bytes | None) -> None:
        self.count = 0
        if state is not None:
            whole = STORE.get_whole("heard", 0, state)
            self.resumed.append(whole)
            self.count = int(whole)

    def on_batch(self, values: list[str]) -> tuple[list[None], bool]:
        """Count."""
        self.count += len(values)
        return [], StatefulBatchLogic.RETAIN

    def on_eof(self) -> tuple[list[None], bool]:
        """Keep the count."""
        return [], StatefulBatchLogic.RETAIN

    def snapshot(self) -> bytes:
        """Return the count."""
        return STORE.put_whole("heard", 0, b"%d" % self.count)


def run(folder: Path, keys: list[str]) -> list[bytes]:
    """Run over keys, each in an epoch of its own; return what states were resumed."""
    Heard.resumed = []
    flow = Dataflow("rtm")
    heard = op.stateful_batch("heard", op.input("in", flow, Source(keys)), Heard)
    op.output("out", heard, TestingSink([]))
    config = engine.RecoveryConfig(folder)  # type: ignore[no-untyped-call]
    with suppress(BytewaxRuntimeError):
        engine.run_main(  # type: ignore[no-untyped-call]
            flow, epoch_interval=timedelta(0), recovery_config=config
        )
    return Heard.resumed


def test_the_epoch_is_the_one_that_the_engine_resumes_from(tmp_path: Path) -> None:
    """None before any run; after each, one more than the last that was completed."""
    rows = tmp_path / "bytewax"
    make_rows(rows)
    found = [resume_epoch(rows)]
    for keys in (["a"], ["a", "b"], ["a", "b", "b", "b"]):
        run(rows, keys)
        found.append(resume_epoch(rows))
        later = [stored.epoch for _, stored in needed_rows(rows)]
        assert max(later) == (found[-1] or 0) - 1

    assert found[0] is None
    assert found[1:] == sorted({epoch for epoch in found if epoch})


@pytest.mark.parametrize("dropped", [True, False])
def test_the_engine_takes_up_what_was_never_committed_unless_it_is_dropped(
    tmp_path: Path, dropped: bool
) -> None:
    """The reason for dropping it: a crash leaves a row that a later resume would read.

    The key is not heard of in that epoch of the run between, so nothing replaces the row.
    """
    rows = tmp_path / "bytewax"
    make_rows(rows, PARTS)
    run(rows, ["a", "b"])
    epoch = resume_epoch(rows)
    assert epoch is not None
    # A run that goes on for two epochs and is killed before they are committed.
    (part,) = [int(path.stem[-1]) for path, stored in needed_rows(rows) if stored.key == "b"]
    stale = Snap(part, epoch + 1, STORE.put_whole("heard", 0, b"77"), "rtm.heard", "b")
    insert(tmp_path, [stale], execution=1, began=epoch, front=epoch)
    if dropped:
        assert drop_uncommitted(rows) == 1
    run(rows, ["a", "b", "a", "a", "a", "a", "killed"])

    resumed = run(rows, ["a", "b", "a", "a", "a", "a"])
    assert sorted(resumed) == ([b"1", b"5"] if dropped else [b"5", b"77"])


def test_dropping_leaves_what_a_resume_reads(tmp_path: Path) -> None:
    """Rows of the epoch that was not completed go, all others stay."""
    rows = kept(tmp_path / "r")
    folder = tmp_path / "r" / "bytewax"

    assert drop_uncommitted(folder) == LANES
    assert drop_uncommitted(folder) == 0
    assert {epoch for _, epoch, _ in rows_in(tmp_path / "r")} == {2, 3}
    needed = {unsealed(stored.row).lane: stored.row for _, stored in needed_rows(folder)}
    assert needed == rows


def test_a_folder_without_any_file_of_the_engine_is_refused(tmp_path: Path) -> None:
    """It would be taken for one that was never run."""
    kept(tmp_path / "r")
    for path in (tmp_path / "r" / "bytewax").iterdir():
        path.unlink()

    with pytest.raises(RecoveryError, match=r"bytewax: part-0\.sqlite3 is missing; restore a back"):
        resume_epoch(tmp_path / "r" / "bytewax")


def test_a_missing_file_of_the_engine_is_named(tmp_path: Path) -> None:
    """Without it nobody can tell what was committed."""
    kept(tmp_path / "r")
    (tmp_path / "r" / "bytewax" / "part-2.sqlite3").unlink()

    with pytest.raises(RecoveryError, match=r"bytewax: part-2\.sqlite3 is missing; restore a back"):
        resume_epoch(tmp_path / "r" / "bytewax")


@pytest.mark.parametrize(
    ("snap", "said"),
    [
        (Snap(0, 3, STORE.put_whole("knew", 0, b""), key="lane-000-268"), "of knew lane 0"),
        (Snap(1, 3, STORE.put_whole("know", 1, b""), "rtm.knew"), "rtm.knew lane-001-1785 is"),
    ],
)
def test_a_renamed_step_is_refused(tmp_path: Path, snap: Snap, said: str) -> None:
    """Its state would be taken for another's, or for none, without a word."""
    insert(tmp_path, [snap], execution=0, began=1, front=4)

    with pytest.raises(RecoveryError, match=f"{said}.*; restore a backup"):
        check_rows(tmp_path / "bytewax", STORE)


def test_rows_swapped_between_lanes_are_refused(tmp_path: Path) -> None:
    """Though the seal of each is good."""
    rows = [unsealed(row) for row in kept(tmp_path / "r").values()]
    assert [row.lane for row in rows] == [0, 1, 2, 3]
    swapped = Snap(0, 9, kept(tmp_path / "s")[1])
    insert(tmp_path / "r", [swapped], execution=1, began=4, front=10)

    with pytest.raises(
        RecoveryError, match=r"place of rtm.know lane-000-268 is the .* know lane 1"
    ):
        check_rows(tmp_path / "r" / "bytewax", STORE)
