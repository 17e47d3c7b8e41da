"""Line blocks: what a list of lines would do, in one piece of bytes."""

from __future__ import annotations

import pickle

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.lanes.line_block import LineBlock, block_of, joined

LINES = st.lists(st.binary(max_size=6).map(lambda line: line.replace(b"\n", b"")), max_size=12)


@given(st.lists(LINES, max_size=4), st.data())
def test_taken_lines_are_those_of_a_list(parts: list[list[bytes]], data: st.DataObject) -> None:
    """Any choice, in any order, over any pieces, gives the lines at these places."""
    lines = [line for part in parts for line in part]
    at = st.integers(0, len(lines) - 1) if lines else st.nothing()
    run = st.tuples(st.integers(0, len(lines)), st.integers(0, len(lines)))
    places = data.draw(st.one_of(st.lists(at), run.map(lambda ends: list(range(*ends)))))

    taken = joined(map(block_of, parts)).take(np.array(places, dtype=np.int64))

    assert taken.data == b"".join(lines[place] + b"\n" for place in places)
    assert len(taken) == len(places)


@given(st.lists(LINES, min_size=1, max_size=4))
def test_joined_blocks_hold_all_lines_in_turn(parts: list[list[bytes]]) -> None:
    """Joining is putting one below the other."""
    whole = joined([block_of(lines) for lines in parts])

    assert whole.data == block_of([line for lines in parts for line in lines]).data
    assert len(whole) == sum(map(len, parts))


@given(LINES)
def test_blocks_travel_between_processes(lines: list[bytes]) -> None:
    """A block that was sent is the block that arrives."""
    block = block_of(lines)

    assert list(block) == lines
    sent: LineBlock = pickle.loads(pickle.dumps(block))

    assert (sent.data, len(sent)) == (block.data, len(lines))
