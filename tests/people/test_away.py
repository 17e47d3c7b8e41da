"""Rows that wait for their horizon: one a person, the same however rows came and time passed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import Table
from rtm_flows.people import away, sessions
from rtm_flows.people.away import Spans
from rtm_flows.people.state import People
from tests.people.passes import (
    GAP,
    PERSONS,
    START,
    OnePass,
    Told,
    cut_streams,
    everywhere,
    passes,
    people,
)

HORIZON = 90_000
SPANS = Spans(GAP, HORIZON)
COUNTS = ("purchase", "search")
STEPS = (HORIZON, HORIZON - GAP, GAP // 2)


class Over(NamedTuple):
    """A row whose horizon is over: whose, when it ended, what was met, which event it was of."""

    person: str
    time: int
    met: bool
    place: int


def rows_of(table: Table, state: People) -> list[Over]:
    """Return a table of rows as records; their one feature is the place of their event."""
    names = ("slot", "time", "met", "x")
    columns = zip(*(table[name].tolist() for name in names), strict=True)
    return [Over(state.keys[slot], time, met, int(x[0])) for slot, time, met, x in columns]


def fold(one: OnePass, state: People) -> list[Over]:
    """Fold a pass in as the core does."""
    nothing = np.zeros((len(one.places), 1), dtype=np.int64)
    found = sessions.sessionize(one.rows, nothing, state, GAP)
    counts = np.isin(one.events["type"].tolist(), COUNTS)
    x = one.places[:, None].astype(np.float64)
    told = away.follow(one.rows, found, counts, x, state, SPANS)
    sessions.store(one.rows, found, state)
    return rows_of(told, state)


def pass_time(mark: int, state: People) -> list[Over]:
    """Let time come to a mark as the core does: sessions first, then rows."""
    marks = np.array([mark])
    closed = sessions.due(state, marks[state.lane], GAP)
    told = rows_of(away.close(state, closed, SPANS), state)
    state["open"][closed] = False
    due = away.due(state, marks[state.lane], SPANS)
    return told + rows_of(away.resolve(state, due, SPANS), state)


def fresh() -> People:
    """Return a state with the columns of sessions and of rows that wait."""
    return people([*sessions.fields(1), *away.fields(1)])


def in_passes(events: list[Told], cuts: list[int], end: int, *, marks: bool) -> list[list[Over]]:
    """Return the rows that are over by the end, and those that still wait.

    With `marks`, time is known to have come to the next event after every pass.
    """
    state, told, at = fresh(), list[Over](), 0
    for one in passes(events, cuts, state):
        told += fold(one, state)
        at += len(one.places)
        if marks and at < len(events):
            told += pass_time(events[at].time, state)
    told += pass_time(end, state)
    rest = away.resolve(state, np.flatnonzero(state["pending"] >= 0), SPANS)
    return [sorted(told), sorted(rows_of(rest, state))]


class Person:
    """The rule for one person, event by event."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.last: tuple[int, int] | None = None
        self.waits: Over | None = None
        self.over: list[Over] = []

    def close_before(self, time: float) -> None:
        """Close the open session if it ended before a time."""
        if self.last is None or self.last[0] + GAP >= time:
            return
        (clock, place), self.last = self.last, None
        self.resolve_before(clock + GAP)
        if self.waits is None:
            self.waits = Over(self.key, clock + HORIZON, False, place)

    def resolve_before(self, time: float) -> None:
        """Take the row that waits if its horizon ended before a time."""
        if self.waits is not None and self.waits.time < time:
            self.over.append(self.waits)
            self.waits = None

    def take(self, event: Told, place: int) -> None:
        """Meet an event."""
        self.close_before(event.time)
        if self.waits is not None and event.time <= self.waits.time and event.type in COUNTS:
            self.waits = self.waits._replace(met=True)
        self.last = event.time, place


def one_by_one(events: list[Told], end: int) -> list[list[Over]]:
    """Return the rows that are over by the end, and those that still wait."""
    known = [Person(key) for key in PERSONS]
    for place, event in enumerate(events):
        known[event.person].take(event, place)
    for one in known:
        one.close_before(end)
        one.resolve_before(end)
    return [
        sorted(row for one in known for row in one.over),
        sorted(one.waits for one in known if one.waits is not None),
    ]


ENDS = st.sampled_from([0, 1, GAP, GAP + 1, HORIZON, HORIZON + 1, 10 * HORIZON])


@given(cut_streams(STEPS), ENDS, st.booleans())
def test_rows_are_those_of_a_loop_whatever_the_cuts(
    drawn: tuple[list[Told], list[int]], after: int, marks: bool
) -> None:
    """Neither the cutting nor when time is told of changes a row, its label or its features."""
    events, cuts = drawn
    end = (events[-1].time if events else START) + after
    expected = one_by_one(events, end)

    for cutting in (cuts, [], everywhere(events)):
        assert in_passes(events, cutting, end, marks=marks) == expected


@pytest.mark.parametrize(("later", "met"), [(HORIZON, True), (HORIZON + 1, False)])
@pytest.mark.parametrize("cuts", [[], [1]])
def test_the_horizon_is_closed(later: int, met: bool, cuts: list[int]) -> None:
    """An event at its very end counts, and one a millisecond later does not."""
    events = [Told(0, START, "view_item"), Told(0, START + later, "search")]
    end = START + later + 1

    assert in_passes(events, cuts, end, marks=False)[0] == [
        Over("u:ann", START + HORIZON, met, 0) for _ in range(int(end > START + HORIZON))
    ]


def test_events_of_the_session_itself_do_not_count() -> None:
    """Only what comes after the session's last event does."""
    events = [Told(0, START, "search"), Told(0, START + GAP, "search")]

    over, _ = in_passes(events, [], START + GAP + HORIZON + 1, marks=False)
    assert over == [Over("u:ann", START + GAP + HORIZON, False, 1)]


def test_nobody_has_two_rows_that_wait() -> None:
    """While one waits, later sessions leave none; the next is left when it is over."""
    pause = GAP + 1
    times = [START + pause * number for number in range(7)]
    events = [Told(0, time, "view_item") for time in times]

    over, waiting = in_passes(events, [], times[-1], marks=False)
    assert [row.place for row in over] == [0, 2]
    assert [row.place for row in waiting] == [4]


def test_no_rows_have_the_shape_of_rows() -> None:
    """What is told of nobody can be joined with what is told of somebody."""
    assert away.none(3)["x"].shape == (0, 3)
    assert len(away.none(3)) == 0
