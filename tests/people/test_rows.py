"""Rows: the runs of a pass, and the questions that every kernel asks of them."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.people.rows import Rows, pick


def rows_of(slots: list[int]) -> Rows:
    """Return the rows of some slots; the clock is the row's index."""
    return Rows(np.array(slots, dtype=np.int64), np.arange(len(slots), dtype=np.int64))


@st.composite
def runs(draw: st.DrawFn) -> tuple[list[int], list[bool]]:
    """Return slots, each person's side by side, and a mask over them."""
    lengths = draw(st.lists(st.integers(1, 5), max_size=5))
    slots = draw(st.permutations(range(len(lengths))))
    found = [slot for slot, length in zip(slots, lengths, strict=True) for _ in range(length)]
    return found, draw(st.lists(st.booleans(), min_size=len(found), max_size=len(found)))


def test_a_pass_of_nothing_has_no_runs() -> None:
    """No rows: no starts, no ends, no people, and nothing latest."""
    rows = rows_of([])

    assert rows.n == len(rows.starts) == len(rows.ends) == len(rows.people) == 0
    assert rows.latest(np.zeros(0, dtype=np.bool_)).tolist() == []


def test_one_row_is_a_run_of_its_own() -> None:
    """One row starts and ends the run of one person."""
    rows = rows_of([7])

    assert (rows.starts.tolist(), rows.ends.tolist(), rows.people.tolist()) == ([0], [0], [7])


@given(runs())
def test_runs_are_those_of_equal_neighbours(given_: tuple[list[int], list[bool]]) -> None:
    """Starts, ends, people and ranks are what grouping neighbours gives."""
    slots, _ = given_
    rows = rows_of(slots)
    groups = [
        (slot, [i for i, _ in group])
        for slot, group in itertools.groupby(enumerate(slots), key=lambda one: one[1])
    ]

    assert rows.people.tolist() == [slot for slot, _ in groups]
    assert rows.starts.tolist() == [group[0] for _, group in groups]
    assert rows.ends.tolist() == [group[-1] for _, group in groups]
    assert rows.rank.tolist() == [rank for rank, (_, group) in enumerate(groups) for _ in group]
    assert rows.start.tolist() == [group[0] for _, group in groups for _ in group]
    assert np.flatnonzero(rows.first).tolist() == rows.starts.tolist()


@given(runs())
def test_latest_looks_back_within_the_run(given_: tuple[list[int], list[bool]]) -> None:
    """The latest masked row so far, and strictly before, never comes from another person."""
    slots, mask = given_
    rows = rows_of(slots)
    so_far: dict[int, int] = {}
    latest, before = [], []
    for i, (slot, masked) in enumerate(zip(slots, mask, strict=True)):
        before.append(so_far.get(slot, -1))
        if masked:
            so_far[slot] = i
        latest.append(so_far.get(slot, -1))

    assert rows.latest(np.array(mask, dtype=np.bool_)).tolist() == latest
    assert rows.latest_before(np.array(mask, dtype=np.bool_)).tolist() == before


@given(runs())
def test_previous_is_the_row_before_or_what_is_carried(
    given_: tuple[list[int], list[bool]],
) -> None:
    """At the start of a run the carried value stands in."""
    slots, _ = given_
    values, carried = np.arange(len(slots)) * 10, -np.arange(len(slots)) - 1
    expected = [
        values[i - 1] if i and slots[i - 1] == slots[i] else carried[i] for i in range(len(slots))
    ]

    assert rows_of(slots).previous(values, carried).tolist() == expected


def test_pick_from_no_rows_is_what_is_carried() -> None:
    """Where nothing can be found, the carried values are returned."""
    carried = np.array([3, 4])

    assert pick(np.array([-1, -1]), np.zeros(0, dtype=np.int64), carried).tolist() == [3, 4]
