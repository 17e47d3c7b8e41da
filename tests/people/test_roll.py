"""The roll: whoever changed is written, and everybody is, again and again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.people.roll import Roll

LANE = 3


def roll_of(people: int, saves: int) -> Roll:
    """Return a roll of people who were all written by one save."""
    roll = Roll(saves)
    roll.touch(np.arange(people))
    roll.take(LANE, np.arange(people))
    return roll


@st.composite
def lives(draw: st.DrawFn) -> tuple[int, list[tuple[set[int], int]]]:
    """Return after how many saves everybody is written, and of each who changed, who is new."""
    saves = draw(st.integers(1, 6))
    changes = st.tuples(st.sets(st.integers(0, 40), max_size=6), st.integers(0, 12))
    return saves, draw(st.lists(changes, max_size=25))


@given(lives(), st.sets(st.integers(0, 25)))
def test_the_latest_saves_hold_everybody(
    told: tuple[int, list[tuple[set[int], int]]], restarts: set[int]
) -> None:
    """So many as are said to be needed, and never more than were asked for; also after restarts."""
    saves, history = told
    roll, people, parts = Roll(saves), 0, list[set[int]]()
    for number, (changed, come) in enumerate(history):
        people += come
        roll.touch(np.array(sorted(one for one in changed if one < people), dtype=np.int64))
        due = roll.take(LANE, np.arange(people))
        parts = [set(due.slots.tolist()), *parts][: due.depth]
        assert {one for one in changed if one < people} <= set(due.slots.tolist())
        assert len(due.slots) == len(set(due.slots.tolist()))
        assert set().union(*parts) == set(range(people))
        assert len(parts) == due.depth <= saves
        if number in restarts:
            roll = Roll(saves)
            ages = [next(at for at, part in enumerate(parts) if one in part)
                    for one in range(people)]  # fmt: skip
            roll.restore(LANE, np.arange(people), np.array(ages, dtype=np.int64))


@pytest.mark.parametrize("changing", [0, 1, 10, 40, 300])
def test_what_is_needed_is_little_more_than_there_is(changing: int) -> None:
    """However many change each time, the parts hold everybody about twice at most."""
    people, rng = np.arange(1000), np.random.default_rng(7)
    roll, sizes, total = roll_of(1000, 64), list[int](), list[int]()
    for _ in range(300):
        roll.touch(rng.choice(1000, changing, replace=False))
        due = roll.take(LANE, people)
        sizes = [len(due.slots), *sizes][: due.depth]
        total.append(sum(sizes))
        assert len(due.slots) <= changing + max(changing, 16)

    assert max(total) <= 2_500


def test_lanes_are_numbered_each_by_itself() -> None:
    """A lane that is saved often makes nobody of another one old."""
    roll = Roll(2)
    roll.touch(np.arange(20))
    for _ in range(9):
        roll.take(0, np.arange(10))

    assert roll.take(1, np.arange(10, 20)).depth == 1
    assert len(roll.take(1, np.arange(10, 20)).slots) == 5


def test_a_lane_without_people_needs_no_part() -> None:
    """Not even an empty one."""
    assert Roll().take(LANE, np.arange(0)).depth == 0
