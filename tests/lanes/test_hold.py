"""The hold: rows wait in the order in which they came, and leave once."""

from __future__ import annotations

from functools import partial

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rtm_flows.columns import Table, as_text
from rtm_flows.lanes.hold import Hold
from rtm_flows.lanes.progress import Ints
from rtm_flows.lanes.span import Span

LANES = 3
NOBODY = np.iinfo(np.int64).max


def table(times: list[int]) -> Table:
    """Return rows of these times."""
    return Table({"time": np.array(times, dtype=np.int64), "t": as_text([str(t) for t in times])})


PARTS = st.lists(
    st.tuples(st.integers(0, LANES - 1), st.lists(st.integers(0, 9), max_size=3)), max_size=3
)


@given(st.lists(st.tuples(PARTS, st.integers(0, 10), st.booleans()), max_size=6))
def test_rows_wait_until_they_are_free(
    moves: list[tuple[list[tuple[int, list[int]]], int, bool]],
) -> None:
    """As a plain list of rows would: what is free goes, what is not keeps its order."""
    hold, waiting = Hold(), list[tuple[int, int]]()
    for parts, limit, look in moves:
        hold.add([(lane, Span(table(times), 0, len(times))) for lane, times in parts])
        waiting += [(lane, time) for lane, times in parts for time in times]
        if look:
            assert len(hold) == len(waiting)
            check_lanes(hold, waiting)
        released = hold.release(partial(is_free, limit=limit))
        free = [one for one in waiting if sum(one) < limit]
        waiting = [one for one in waiting if sum(one) >= limit]
        if not free:
            assert released is None
            continue
        assert released is not None
        found = zip(released.lanes.tolist(), released.rows["time"].tolist(), strict=True)
        assert list(found) == free
        assert released.rows["t"].tolist() == [str(time) for _, time in free]
    check_lanes(hold, waiting)


def is_free(rows: Table, lanes: Ints, limit: int) -> NDArray[np.bool_]:
    """Tell which rows may go: small times of small lanes."""
    return np.asarray(rows["time"] + lanes < limit)


def check_lanes(hold: Hold, waiting: list[tuple[int, int]]) -> None:
    """Compare what is told of each lane with a plain list."""
    by_lane = [[time for own, time in waiting if own == lane] for lane in range(LANES)]
    least = [min(times, default=NOBODY) for times in by_lane]
    assert hold.least("time", LANES).tolist() == least
    for lane, times in enumerate(by_lane):
        rows = hold.of_lane(lane)
        assert ([] if rows is None else rows["time"].tolist()) == times


def test_nothing_waits_at_first() -> None:
    """An empty hold releases nothing, and says so."""
    hold = Hold()

    assert len(hold) == 0
    assert hold.release(lambda rows, _: rows["time"] < 5) is None
    assert hold.of_lane(0) is None


def test_a_saved_lane_waits_again() -> None:
    """Rows of a restored state are held like any other."""
    hold = Hold()
    hold.add_table(2, table([4, 3]))

    rows = hold.of_lane(2)
    assert rows is not None
    assert rows["time"].tolist() == [4, 3]
