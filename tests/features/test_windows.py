"""Windows: counts of whole cells, against a loop that remembers every event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.features.windows import Window
from tests.people.passes import (
    START,
    OnePass,
    Told,
    Values,
    answers,
    cut_streams,
    everywhere,
    people,
)

STEP, WIDTH = 5_000, 20_000


def counts(
    events: Sequence[Told], cuts: Sequence[int], width: int = WIDTH, step: int = STEP
) -> list[Any]:
    """Return searches and all events in the window at every event."""
    window = Window("w", width, step, sets=2)
    state = people(window.fields)

    def kernel(one: OnePass) -> Values:
        searches = one.events["type"] == "search"
        return window.counts(one.rows, [searches, searches | True], state)

    return answers(events, cuts, state, kernel)


def one_by_one(events: Sequence[Told], width: int, step: int) -> list[list[int]]:
    """Return the same in a plain loop."""
    told = []
    for at, event in enumerate(events):
        inside = [
            other
            for other in events[: at + 1]
            if other.person == event.person
            and other.time // step > event.time // step - width // step
        ]
        told.append([sum(other.type == "search" for other in inside), len(inside)])
    return told


@given(cut_streams(steps=[STEP, WIDTH, WIDTH + STEP]), st.sampled_from([1, 2, 4]))
def test_counts_are_those_of_a_loop_whatever_the_cuts(
    drawn: tuple[list[Told], list[int]], cells: int
) -> None:
    """A count does not depend on how the events were cut, nor on long absences."""
    events, cuts = drawn
    expected = one_by_one(events, cells * STEP, STEP)

    for cutting in (cuts, [], everywhere(events)):
        assert counts(events, cutting, cells * STEP) == expected


@pytest.mark.parametrize("cuts", [[], [1]])
@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        (0, 0, True),
        (0, WIDTH - 1, True),
        (0, WIDTH, False),
        (STEP - 1, WIDTH - 1, True),
        (STEP - 1, WIDTH, False),
        (STEP - 1, WIDTH + STEP - 1, False),
        (STEP, WIDTH + STEP - 1, True),
    ],
)
def test_the_edge_of_a_cell_decides(
    first: int, second: int, together: bool, cuts: list[int]
) -> None:
    """The window of an event in cell c is the cells c - 3 to c: whole cells, by floor."""
    found = counts([Told(0, START + first), Told(0, START + second)], cuts)

    assert found[1] == [0, 2 if together else 1]


@pytest.mark.parametrize("cuts", [[], [1], [2], [1, 2]])
def test_a_ring_visited_again_after_a_whole_turn_holds_no_old_counts(cuts: list[int]) -> None:
    """A cell that stands where an old one stood begins at zero."""
    events = [Told(0, START), Told(0, START + WIDTH), Told(0, START + 2 * WIDTH)]

    assert counts(events, cuts) == [[0, 1]] * 3


@pytest.mark.parametrize("step", [1, 500, 1000, 1999, 2000])
def test_short_steps_work_to_the_end_of_the_calendar(step: int) -> None:
    """Cells are numbered from 1970, which for short steps are large numbers."""
    last = 4_102_444_799_999  # the last millisecond of 2099
    events = [Told(0, 631_152_000_000), Told(1, last - step), Told(0, last - step), Told(0, last)]

    for cuts in ([], everywhere(events)):
        assert counts(events, cuts, 2 * step, step) == [[0, 1], [0, 1], [0, 1], [0, 2]]


def test_no_events_have_no_counts() -> None:
    """A pass of nothing, on a state of nothing."""
    assert counts([], []) == []
