"""Ordered lines: whatever the arrival, what is written is sorted, and nothing is written early."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import as_text
from rtm_flows.lanes.line_block import block_of
from rtm_flows.lanes.messages import Lines
from rtm_flows.lanes.ordered import Ordered
from rtm_flows.lanes.progress import END

FEEDS = 3


class Line(NamedTuple):
    """One line as it is written: its order, its tie, and what makes it itself."""

    order: int
    tie: str
    name: str

    @property
    def release(self) -> int:
        """The tick of its order: several orders share one."""
        return self.order // 4


class Move(NamedTuple):
    """What a feed tells, and whether the writer is then saved and restored."""

    feed: int
    mark: int
    lines: list[Line]
    resume: bool


@st.composite
def histories(draw: st.DrawFn, *, ties: bool = True) -> list[Move]:
    """Return what feeds tell, each in the order of its marks, all to their end."""
    told: list[list[Move]] = []
    for feed in range(FEEDS):
        marks = sorted(draw(st.lists(st.integers(1, 8), max_size=4)))
        moves, least = list[Move](), 0
        for mark in [*marks, END]:
            # Lines told with a mark are not before the mark told last.
            most = 40 if mark == END else 4 * mark + 8
            orders = draw(st.lists(st.integers(4 * least, max(most, 4 * least)), max_size=4))
            tie = st.sampled_from(["u:a", "u:b", "a:é"]) if ties else st.just("")
            lines = [
                Line(order, draw(tie), f"{feed}.{len(moves)}.{n}") for n, order in enumerate(orders)
            ]
            moves.append(Move(feed, mark, lines, draw(st.booleans())))
            least = min(mark, 9)
        told.append(moves)
    merged: list[Move] = []
    while any(told):
        some = draw(st.sampled_from([moves for moves in told if moves]))
        merged.append(some.pop(0))
    return merged


def message(move: Move, *, ties: bool) -> Lines:
    """Return a move as the writer hears it."""
    return Lines(
        output="out",
        feeds=np.array([move.feed]),
        marks=np.array([move.mark], dtype=np.int64),
        release=np.array([line.release for line in move.lines], dtype=np.int64),
        order=np.array([line.order for line in move.lines], dtype=np.int64),
        tie=as_text([line.tie for line in move.lines]) if ties else None,
        lines=block_of(line.name.encode() for line in move.lines),
    )


def written(history: list[Move], *, ties: bool, resume: bool) -> list[str]:
    """Return what is written, checking after every move that nothing is early or too late."""
    ordered, out = Ordered(FEEDS), list[str]()
    marks = dict.fromkeys(range(FEEDS), 0)
    waiting: dict[str, Line] = {}
    for move in history:
        assert not ordered.ended
        ordered.add(message(move, ties=ties))
        marks[move.feed] = move.mark
        waiting |= {line.name: line for line in move.lines}
        ready = [line.decode() for line in ordered.ready()]
        free = {name for name, line in waiting.items() if line.release < min(marks.values())}
        assert set(ready) == free
        assert len(ready) == len(free)
        waiting = {name: line for name, line in waiting.items() if name not in free}
        out += ready
        if resume and move.resume:
            saved, ordered = ordered.save(), Ordered(FEEDS)
            ordered.load(saved)
    assert ordered.ended
    return out


@given(histories())
def test_lines_are_written_sorted_by_order_and_tie(history: list[Move]) -> None:
    """The file is that of sorting all lines at once; among equals the order of arrival holds."""
    arrived = [line for move in history for line in move.lines]
    expected = [line.name for line in sorted(arrived, key=lambda line: line[:2])]

    assert written(history, ties=True, resume=False) == expected


@given(histories(ties=False))
def test_lines_without_ties_keep_their_arrival(history: list[Move]) -> None:
    """Outputs of partitions need no person to be in order."""
    arrived = [line for move in history for line in move.lines]
    expected = [line.name for line in sorted(arrived, key=lambda line: line.order)]

    assert written(history, ties=False, resume=False) == expected


@given(histories())
def test_a_resumed_writer_goes_on_as_it_was(history: list[Move]) -> None:
    """Saving and restoring between any two moves changes nothing."""
    expected = written(history, ties=True, resume=False)

    assert written(history, ties=True, resume=True) == expected


def test_an_output_of_nothing_ends() -> None:
    """Without a line there is nothing to write, and the end comes all the same."""
    ordered = Ordered(2)
    ordered.add(message(Move(0, END, [], False), ties=True))
    assert (ordered.ready().data, ordered.ended) == (b"", False)

    ordered.add(message(Move(1, END, [], False), ties=True))
    assert (ordered.ready().data, ordered.ended) == (b"", True)
