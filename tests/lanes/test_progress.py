"""Progress: what each lane has heard of its feeds, and what it may rely on."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.lanes.progress import END, START, Feeds, Progress, heard_of

LANES, FEEDS = 3, 4
NOTHING = np.full((3, FEEDS), START).tobytes()
NUMBERS = st.sampled_from([START, 0, 1, 5, 1_767_225_600_000, END])


@st.composite
def messages(draw: st.DrawFn) -> list[tuple[int, Progress]]:
    """Return what lanes hear, in order; some, or all, hear the very same progress."""
    feeds = st.lists(st.integers(0, FEEDS - 1), min_size=1, max_size=FEEDS, unique=True)
    told: list[tuple[int, Progress]] = []
    for _ in range(draw(st.integers(0, 5))):
        everybody = draw(st.booleans())
        some = np.arange(FEEDS) if everybody else np.array(draw(feeds))
        numbers = [np.array([draw(NUMBERS) for _ in some], dtype=np.int64) for _ in range(3)]
        progress = Progress(some, *numbers)
        if everybody:
            told += [(lane, progress) for lane in range(LANES)]
            continue
        told += [
            (draw(st.integers(0, LANES - 1)), progress) for _ in range(draw(st.integers(1, 3)))
        ]
    return told


@given(messages())
def test_a_lane_relies_on_the_least_of_its_feeds(told: list[tuple[int, Progress]]) -> None:
    """Rounds and marks are the least, tops the largest, of what each feed told this lane last."""
    heard = {(lane, feed): (START,) * 3 for lane in range(LANES) for feed in range(FEEDS)}
    for lane, progress in told:
        for feed, *numbers in zip(*(column.tolist() for column in progress), strict=True):
            heard[lane, feed] = tuple(numbers)
    lanes = list(range(LANES))
    columns = {
        lane: list(zip(*(heard[lane, feed] for feed in range(FEEDS)), strict=True))
        for lane in lanes
    }

    feeds = Feeds(LANES, FEEDS)
    feeds.hear_each(told)

    assert feeds.rounds(lanes).tolist() == [min(columns[lane][0]) for lane in lanes]
    assert feeds.marks(lanes).tolist() == [min(columns[lane][1]) for lane in lanes]
    assert feeds.tops(lanes).tolist() == [max(columns[lane][2]) for lane in lanes]


@given(messages())
def test_one_lane_can_be_moved(told: list[tuple[int, Progress]]) -> None:
    """What a lane has heard is restored elsewhere, and no other lane hears of it."""
    one, other = Feeds(LANES, FEEDS), Feeds(LANES, FEEDS)
    one.hear_each(told)

    other.restore(1, one.export(1))

    assert other.export(1) == one.export(1)
    assert {heard_of(other.export(lane), FEEDS).tobytes() for lane in (0, 2)} == {NOTHING}


@given(messages(), st.booleans())
def test_what_a_lane_has_heard_is_told_feed_by_feed(
    told: list[tuple[int, Progress]], alike: bool
) -> None:
    """Whether all feeds of all lanes told the same last, or each something else."""
    feeds, plain = Feeds(LANES, FEEDS), np.full((3, LANES, FEEDS), START)
    if alike:
        same = Progress(np.arange(FEEDS), *(np.full(FEEDS, n) for n in (7, 8, 9)))
        told = [*told, *((lane, same) for lane in range(LANES))]
    feeds.hear_each(told)
    for lane, progress in told:
        plain[:, lane, progress.feeds] = np.stack(progress[1:])

    for lane in range(LANES):
        exported = feeds.export(lane)
        assert heard_of(exported, FEEDS).tolist() == plain[:, lane].tolist()
        assert len(exported) == 24 if alike else len(exported) in (24, 24 * FEEDS)
