"""Output files: ordered lines under a temporary name, each in the file once, also after a crash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.config import load
from rtm_flows.connectors.output_files import LineWriter, SummaryWriter, file_name, open_writer
from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.line_block import block_of
from rtm_flows.lanes.messages import Counts, Lines
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import END
from rtm_flows.lanes.wiring import Metrics, outputs

FEEDS = 2


def told(feed: int, mark: int, *orders: int) -> Lines:
    """Return lines of a feed; a line is its order."""
    column = np.array(orders, dtype=np.int64)
    lines = [str(order).encode() for order in orders]
    marks = np.array([mark], dtype=np.int64)
    return Lines("out", np.array([feed]), marks, column, column, None, block_of(lines))


def done(step: str, feed: int, **counts: int) -> Counts:
    """Return the last counts of a feed."""
    return Counts(step, np.array([feed]), ended=True, counts=counts)


def test_lines_are_written_in_order_and_named_when_all_is_told(tmp_path: Path) -> None:
    """Until the last feed has ended the file has its temporary name."""
    path, partial = tmp_path / "out.jsonl", tmp_path / "out.jsonl.partial"
    writer = LineWriter(path, FEEDS)
    writer.write([told(0, 9, 5, 3)])
    assert (partial.exists(), path.exists()) == (True, False)
    writer.write([told(1, 4, 2), done("know", 0)])
    writer.write([told(0, END, 11), told(1, END)])
    writer.close()

    assert (partial.exists(), path.read_bytes()) == (False, b"2\n3\n5\n11\n")


def test_an_output_of_no_lines_is_an_empty_file(tmp_path: Path) -> None:
    """A run without dead letters says so by a file without lines."""
    writer = LineWriter(tmp_path / "out.jsonl", 1)
    writer.write([told(0, END)])
    writer.write([])

    assert (tmp_path / "out.jsonl").read_bytes() == b""


def test_a_new_run_does_not_keep_the_file_of_the_old(tmp_path: Path) -> None:
    """What a run has finished is gone when the next begins, not when it ends."""
    path = tmp_path / "out.jsonl"
    path.write_text("old")
    LineWriter(path, 1).close()

    assert not path.exists()


def test_a_file_that_is_not_complete_keeps_its_temporary_name(tmp_path: Path) -> None:
    """Closing is not finishing."""
    writer = LineWriter(tmp_path / "out.jsonl", FEEDS)
    writer.write([told(0, 9, 5), told(1, 9)])
    writer.close()
    writer.close()

    assert (tmp_path / "out.jsonl.partial").read_bytes() == b"5\n"


class Crash(NamedTuple):
    """A history of one output, when it was saved, and when the machine died."""

    moves: list[Lines]
    saved: int
    died: int


@st.composite
def crashes(draw: st.DrawFn) -> Crash:
    """Return a history whose save lies at or before the crash."""
    moves, least = [], [0, 0]
    for _ in range(draw(st.integers(0, 8))):
        feed = draw(st.integers(0, FEEDS - 1))
        orders = draw(st.lists(st.integers(least[feed], least[feed] + 5), max_size=3))
        least[feed] += draw(st.integers(0, 4))
        moves.append(told(feed, least[feed], *orders))
    moves += [told(feed, END) for feed in range(FEEDS)]
    died = draw(st.integers(0, len(moves)))
    return Crash(moves, draw(st.integers(0, died)), died)


@given(crashes())
def test_after_a_crash_each_line_is_in_the_file_once(
    tmp_path_factory: pytest.TempPathFactory, crash: Crash
) -> None:
    """What was written after the last save is cut off, and written again."""
    folder = tmp_path_factory.mktemp("out")
    whole = LineWriter(folder / "whole.jsonl", FEEDS)
    for move in crash.moves:
        whole.write([move])
    path = folder / "out.jsonl"
    writer = LineWriter(path, FEEDS)
    state = writer.save()
    for number, move in enumerate(crash.moves[: crash.died]):
        writer.write([move])
        if number + 1 == crash.saved:
            state = writer.save()
    writer.close()

    again = LineWriter(path, FEEDS, state)
    for move in crash.moves[crash.saved :]:
        again.write([move])
    again.close()
    assert path.read_bytes() == (folder / "whole.jsonl").read_bytes()
    assert not path.with_name("out.jsonl.partial").exists()


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_file_shorter_than_it_was_is_refused(tmp_path: Path, damage: str) -> None:
    """The lines that are missing cannot be written again."""
    path, partial = tmp_path / "out.jsonl", tmp_path / "out.jsonl.partial"
    writer = LineWriter(path, FEEDS)
    writer.write([told(0, 9, 5), told(1, 9)])
    state = writer.save()
    writer.close()
    if damage == "gone":
        partial.unlink()
    else:
        partial.write_bytes(b"5")

    with pytest.raises(
        RecoveryError, match=r"has . bytes where the recovery state wants at least 2"
    ):
        LineWriter(path, FEEDS, state)


def test_the_summary_is_written_when_the_last_is_told(tmp_path: Path) -> None:
    """Not before, and with everything that was told."""
    path = tmp_path / "summary.json"
    path.write_text("old")
    writer = SummaryWriter(path, {"know": 2, "fold": 1}, "shop")
    writer.write([done("know", 0, accepted=2), told(0, END, 3)])
    writer.write([done("know", 1, accepted=3)])
    assert not path.exists()
    resumed = SummaryWriter(path, {"know": 2, "fold": 1}, "shop", writer.save())
    resumed.write([Metrics("intent", {"n": 4}), done("fold", 0)])
    resumed.close()

    found = json.loads(path.read_text())
    assert (found["job"], found["accepted"], found["models"]["intent"]["n"]) == ("shop", 5, 4)
    assert [p.name for p in tmp_path.iterdir()] == ["summary.json"]


def test_a_summary_is_written_once(tmp_path: Path) -> None:
    """Whoever has read it is not surprised by another."""
    writer = SummaryWriter(tmp_path / "summary.json", {"fold": 1}, "shop")
    writer.write([done("fold", 0)])
    (tmp_path / "summary.json").unlink()
    writer.write([])

    assert not (tmp_path / "summary.json").exists()


def test_every_output_has_a_writer(tmp_path: Path) -> None:
    """Each with a file of its own, under the names that the page tells."""
    plan = Plan.of(load({"name": "tiny", "lanes": 2}), partitions=1)
    names = [*outputs(plan), "summary"]
    for name in names:
        open_writer(tmp_path, name, plan).close()

    assert sorted(file_name(name) for name in names) == [
        "dead_letters.jsonl", "decisions.jsonl", "late.jsonl", "learning.jsonl", "scores.jsonl",
        "sessions.jsonl", "summary.json",
    ]  # fmt: skip
    partials = {path.name.removesuffix(".partial") for path in tmp_path.iterdir()}
    assert partials == {file_name(name) for name in names} - {"summary.json"}


def test_an_output_that_was_finished_stays_so(tmp_path: Path) -> None:
    """A resume after the last line touches neither the file nor its name."""
    path = tmp_path / "out.jsonl"
    writer = LineWriter(path, 1)
    writer.write([told(0, END, 5)])
    again = LineWriter(path, 1, writer.save())
    again.write([])

    assert LineWriter(path, 1, again.save()).save() == again.save() == writer.save()
    assert [p.name for p in tmp_path.iterdir()] == ["out.jsonl"]
    assert path.read_bytes() == b"5\n"
