"""Rows that wait: each is written once, and the parts hold all that wait still."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import Table, as_text, unpack
from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.hold import Hold
from rtm_flows.lanes.kept import Kept
from rtm_flows.lanes.waiting import Waiting

LANES = 2


class Lanes:
    """A hold of two lanes, saved part by part as a store would keep them."""

    def __init__(self, saves: int) -> None:
        self.saves = saves
        self.hold, self.wanted = Hold(), [list[int]() for _ in range(LANES)]
        self.waiting = Waiting(self.hold, saves)
        self.parts: dict[int, list[bytes]] = {}
        self.heads: dict[int, bytes] = {}
        self.come = 0

    def add(self, lane: int, rows: int) -> None:
        """Let rows come; each is known by its value."""
        values = list(range(self.come, self.come + rows))
        self.come += rows
        self.wanted[lane] += values
        texts = as_text([str(value) for value in values])
        self.hold.add_table(lane, Table({"value": np.array(values, dtype=np.int64), "text": texts}))

    def release(self, values: set[int]) -> None:
        """Let some rows go."""
        self.hold.release(lambda rows, _: np.isin(rows["value"], list(values)))
        self.wanted = [[one for one in lane if one not in values] for lane in self.wanted]

    def save(self, lane: int) -> Kept:
        """Save a lane."""
        kept = self.waiting.save(lane)
        part = [kept.people] if kept.people else [b""]
        self.parts[lane] = [*part, *self.parts.get(lane, [])][: kept.depth]
        self.heads[lane] = kept.head
        assert len(self.parts[lane]) == kept.depth <= self.saves
        return kept

    def restart(self) -> None:
        """Go on in another process."""
        hold = Hold()
        waiting = Waiting(hold, self.saves)
        for lane in range(LANES):
            self.save(lane)
            waiting.load(lane, self.heads[lane], self.parts[lane])
        self.hold, self.waiting = hold, waiting

    @property
    def found(self) -> list[list[int]]:
        """The rows that wait in each lane, in their order."""
        rows = [self.hold.of_lane(lane) for lane in range(LANES)]
        assert all(one is None or one["text"].tolist() == list(map(str, one["value"].tolist()))
                   for one in rows)  # fmt: skip
        return [[] if one is None else one["value"].tolist() for one in rows]


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, LANES - 1), st.integers(1, 4)),
        st.tuples(st.just("release"), st.sets(st.integers(0, 30), max_size=9), st.just(0)),
        st.tuples(st.just("save"), st.integers(0, LANES - 1), st.just(0)),
        st.tuples(st.just("restart"), st.just(0), st.just(0)),
    ),
    max_size=30,
)


@given(st.integers(1, 5), MOVES)
def test_what_waits_comes_back(saves: int, moves: list[tuple[str, int | set[int], int]]) -> None:
    """In its order, after any history of saves and restarts."""
    lanes = Lanes(saves)
    for move, what, rows in moves:
        if isinstance(what, set):
            lanes.release(what)
        elif move == "add":
            lanes.add(what, rows)
        elif move == "save":
            lanes.save(what)
        else:
            lanes.restart()
            assert lanes.found == lanes.wanted

    lanes.restart()
    assert lanes.found == lanes.wanted


def test_a_row_is_written_once_as_long_as_its_part_is_kept() -> None:
    """Then again; so what is written follows what comes, not what waits."""
    lanes, sizes = Lanes(4), []
    for _ in range(6):
        lanes.add(0, 1)
        part = lanes.save(0).people
        sizes.append(unpack(part)["value"].tolist())

    assert sizes == [[0], [1], [2], [3], [0, 4], [1, 5]]


def test_a_row_that_is_in_no_part_is_missed() -> None:
    """A lane without one of the rows that wait is not taken for whole."""
    lanes = Lanes(64)
    lanes.add(0, 2)
    lanes.save(0)
    lanes.add(0, 1)
    lanes.save(0)

    with pytest.raises(RecoveryError, match="2 rows that wait in lane 0 are in none of its parts"):
        Waiting(Hold()).load(0, lanes.heads[0], lanes.parts[0][:1])
