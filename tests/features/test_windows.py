"""Windows: what lies in whole cells, against a loop that remembers every event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import pack, unpack
from rtm_flows.features.window_layout import Asked
from rtm_flows.features.windows import Windows
from rtm_flows.people.rows import Rows
from rtm_flows.people.session_sums import Sum
from tests.people.passes import (
    PERSONS,
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
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
FIVE = [
    (30 * MINUTE, MINUTE), (HOUR, 5 * MINUTE), (DAY, HOUR), (7 * DAY, 6 * HOUR), (30 * DAY, DAY),
]  # fmt: skip
SEARCHES, ALL = Sum(None, ("search",)), Sum(None, ("*",))
SPENT = Sum("amount", ("*",), ("search",))
EDGES = [MINUTE, 5 * MINUTE, 30 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 29 * DAY, 30 * DAY]


class Question(NamedTuple):
    """What is asked: which sum, over which window, and whether its cells are to be counted."""

    width: int
    step: int
    sum: Sum
    cells: bool

    @property
    def asked(self) -> Asked:
        """The same as the package has it."""
        return Asked(self.width, self.step, self.sum, self.cells)


def adds(sum_: Sum, types: Values, amounts: Values) -> Values:
    """Return what events add to one of the sums above."""
    if sum_ == SPENT:
        return np.where(types == "search", 0, amounts)
    return np.ones(len(types), dtype=np.int64) if sum_ == ALL else (types == "search") * 1


class Memory:
    """Windows of which the people of a lane may be carried to another worker."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.questions = questions
        self.windows = Windows([one.asked for one in questions])
        self.state = people([])

    def take(self, one: OnePass) -> Values:
        """Return the answers of a pass, in the order of the questions."""
        types, amounts = one.events["type"], one.events["amount"]
        added = [adds(sum_, types, amounts) for sum_ in self.windows.sums]
        told = self.windows.values(one.rows, np.stack(added))
        return np.stack([told[question.asked] for question in self.questions], axis=1)

    def saved(self) -> bytes:
        """Return all cells as they are saved."""
        counts, cells = self.windows.export(self.state.of_lane(0))
        return pack(cells.with_columns({})) + counts.tobytes()

    def carried(self, one: OnePass) -> Values:
        """Take a pass, and begin anew from what was saved after it."""
        told = self.take(one)
        slots = self.state.of_lane(0)
        counts, cells = self.windows.export(slots)
        self.windows = Windows([one.asked for one in self.questions])
        self.windows.restore(slots, counts, unpack(pack(cells)))
        return told


def found(
    events: Sequence[Told], cuts: Sequence[int], questions: Sequence[Question]
) -> tuple[list[Any], bytes]:
    """Return the answers at every event, and what is saved in the end."""
    memory = Memory(questions)
    return answers(events, cuts, memory.state, memory.take), memory.saved()


def counts(
    events: Sequence[Told], cuts: Sequence[int], width: int = WIDTH, step: int = STEP
) -> list[Any]:
    """Return searches and all events in the window at every event."""
    return found(events, cuts, [Question(width, step, one, False) for one in (SEARCHES, ALL)])[0]


def one_by_one(events: Sequence[Told], questions: Sequence[Question]) -> list[list[int]]:
    """Return the same in a plain loop."""
    return [
        [answer(events[: at + 1], question) for question in questions] for at in range(len(events))
    ]


def answer(events: Sequence[Told], question: Question) -> int:
    """Answer a question at the last of some events."""
    *_, last = events
    oldest_out = last.time // question.step - question.width // question.step
    of_cell: dict[int, int] = {}
    for event in events:
        cell = event.time // question.step
        if event.person == last.person and cell > oldest_out:
            types = np.array([event.type], dtype=object)
            (added,) = adds(question.sum, types, np.array([event.amount])).tolist()
            of_cell[cell] = of_cell.get(cell, 0) + added
    values = of_cell.values()
    return sum(value > 0 for value in values) if question.cells else sum(values)


def questions(spans: Sequence[tuple[int, int]]) -> st.SearchStrategy[list[Question]]:
    """Return some questions about some of these windows."""
    one = st.builds(
        lambda span, about: Question(*span, *about),
        st.sampled_from(spans),
        st.sampled_from([(SEARCHES, False), (ALL, False), (SPENT, False), (SEARCHES, True)]),
    )
    return st.lists(one, min_size=1, max_size=8)


@given(
    cut_streams(steps=[STEP, WIDTH, WIDTH + STEP]),
    questions([(STEP, STEP), (2 * STEP, STEP), (WIDTH, STEP), (WIDTH, 2 * STEP)]),
)
def test_answers_are_those_of_a_loop_whatever_the_cuts(
    drawn: tuple[list[Told], list[int]], asked: list[Question]
) -> None:
    """What lies in a window does not depend on how the events were cut, nor on long absences."""
    events, cuts = drawn
    expected = one_by_one(events, asked)

    for cutting in (cuts, [], everywhere(events)):
        assert found(events, cutting, asked)[0] == expected


@given(cut_streams(steps=EDGES), questions(FIVE))
def test_windows_of_minutes_to_a_month_stand_side_by_side(
    drawn: tuple[list[Told], list[int]], asked: list[Question]
) -> None:
    """Any of the five usual windows together answer as each alone does."""
    events, cuts = drawn
    expected = one_by_one(events, asked)

    assert found(events, cuts, asked)[0] == expected


@given(cut_streams(steps=EDGES), questions(FIVE))
def test_what_is_saved_depends_on_the_events_alone(
    drawn: tuple[list[Told], list[int]], asked: list[Question]
) -> None:
    """Not on the cuts, and not on having been saved and restored between."""
    events, cuts = drawn
    expected, saved = found(events, cuts, asked)
    memory = Memory(asked)

    assert found(events, everywhere(events), asked) == (expected, saved)
    assert answers(events, cuts, memory.state, memory.carried) == expected
    assert memory.saved() == saved


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
    told = counts([Told(0, START + first), Told(0, START + second)], cuts)

    assert told[1] == [0, 2 if together else 1]


@pytest.mark.parametrize("cuts", [[], [1], [2], [1, 2]])
def test_a_window_that_has_passed_is_empty(cuts: list[int]) -> None:
    """Of who comes back exactly a window later, nothing is left to count."""
    events = [Told(0, START), Told(0, START + WIDTH), Told(0, START + 2 * WIDTH)]

    assert counts(events, cuts) == [[0, 1]] * 3


@pytest.mark.parametrize("step", [1, 500, 1000, 1999, 2000])
def test_short_steps_work_to_the_end_of_the_calendar(step: int) -> None:
    """Cells are numbered from 1970, which for short steps are large numbers."""
    last = 4_102_444_799_999  # the last millisecond of 2099
    events = [Told(0, 631_152_000_000), Told(1, last - step), Told(0, last - step), Told(0, last)]

    for cuts in ([], everywhere(events)):
        assert counts(events, cuts, 2 * step, step) == [[0, 1], [0, 1], [0, 1], [0, 2]]


def test_no_events_have_no_answers() -> None:
    """A pass of nothing, on a state of nothing; and where nothing is asked, nothing is kept."""
    nothing = np.zeros(0, dtype=np.int64)

    assert counts([], []) == []
    assert Windows([]).values(Rows(nothing, nothing), np.empty((0, 0), dtype=np.int64)) == {}


def cells(memory: Memory) -> dict[str, int]:
    """Return how many cells are kept of each person."""
    slots = memory.state.slots_of(PERSONS, np.zeros(len(PERSONS), dtype=np.int16))
    return dict(zip(PERSONS, memory.windows.export(slots)[0].tolist(), strict=True))


def test_only_cells_that_hold_something_are_kept() -> None:
    """Events that nothing counts leave no trace, nor do sums that came back to 0."""
    memory = Memory([Question(DAY, HOUR, SEARCHES, False), Question(DAY, HOUR, SPENT, False)])
    refund = Told(1, START + 1, amount=-500)
    events = [Told(0, START), Told(1, START, amount=500), refund, Told(2, START, "search")]
    answers(events, everywhere(events), memory.state, memory.take)

    assert list(cells(memory).values()) == [0, 0, 1]


@given(cut_streams(steps=EDGES))
def test_of_a_person_only_what_the_windows_still_hold_is_kept(
    drawn: tuple[list[Told], list[int]],
) -> None:
    """Cells are dropped as soon as the person's own clock has passed them."""
    events, cuts = drawn
    memory = Memory([Question(*span, ALL, False) for span in FIVE])
    answers(events, cuts, memory.state, memory.take)
    clock = {one.person: one.time for one in events}

    for person, kept in enumerate(cells(memory).values()):
        times = [one.time for one in events if one.person == person]
        live = [
            {t // step for t in times if t // step > clock[person] // step - width // step}
            for width, step in FIVE
        ]
        assert kept == sum(map(len, live))


def test_counts_may_grow_large() -> None:
    """Fields become wider when the first cell wants it, for all people and with all they hold."""
    times = [START + number for number in range(40_000)]
    memory = Memory([Question(DAY, HOUR, one, False) for one in (SEARCHES, ALL, SPENT)])
    events = [Told(0, START, "search"), *(Told(1, time, amount=90_000_000) for time in times)]
    events.append(Told(0, times[-1]))
    told = answers(events, [1, 100, 30_000, 40_001], memory.state, memory.take)

    assert told[100] == [0, 100, 9_000_000_000]
    assert told[-2:] == [[0, 40_000, 3_600_000_000_000], [1, 2, 0]]
    assert memory.windows.pool.dtype.itemsize == 4 + 1 + 4 + 8
