"""Sessions: where they begin and end, against one person's events taken one by one."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given

from rtm_flows.people import sessions
from rtm_flows.people.rows import Rows
from rtm_flows.people.session_sums import Sum, adds
from rtm_flows.people.state import People
from rtm_flows.people.type_sets import TypeSets
from tests.people.passes import (
    GAP,
    PERSONS,
    START,
    OnePass,
    Told,
    answers,
    cut_streams,
    everywhere,
    passes,
    people,
)

SUMS = (Sum(None, ("*",)), Sum("amount", ("purchase",), ("search",)))
TYPES = TypeSets([("*",), ("purchase",), ("search",)])


class Closed(NamedTuple):
    """A session that ended."""

    person: str
    session: int
    start: int
    last: int
    sums: tuple[int, ...]


def fresh() -> People:
    """Return a state with the columns of sessions."""
    return people(sessions.fields(len(SUMS)))


def take(one: OnePass, state: People) -> tuple[sessions.Sessions, list[tuple[Closed, int]]]:
    """Fold a pass in; return its sessions, and those it closed with their last row."""
    adding = adds(SUMS, TYPES.masks(one.events["type"]), one.events)
    found = sessions.sessionize(one.rows, adding, state, GAP)
    closed = sessions.closed_by(one.rows, found, state)
    sessions.store(one.rows, found, state)
    columns = [closed[name].tolist() for name in ("slot", "session", "start", "last", "sums")]
    told = [
        Closed(state.keys[slot], session, start, last, tuple(sums))
        for slot, session, start, last, sums in zip(*columns, strict=True)
    ]
    return found, list(zip(told, closed["row"].tolist(), strict=True))


def one_by_one(events: list[Told]) -> tuple[list[list[int]], list[Closed]]:
    """Return what is told of each event, and the sessions closed, in a plain loop."""
    last: dict[int, Told] = {}
    state: dict[int, list[Any]] = {}
    rows, closed = [], []
    for told in events:
        at = last.get(told.person)
        number, start, count, amount = state.get(told.person, [0, 0, 0, 0])
        opens = at is None or told.time - at.time > GAP
        if opens:
            if at is not None:
                key = PERSONS[told.person]
                closed.append(Closed(key, number, start, at.time, (count, amount)))
            number, start, count, amount = number + 1, told.time, 0, 0
        count += 1
        amount += told.amount * ((told.type == "purchase") - (told.type == "search"))
        gap = 0 if opens or at is None else told.time - at.time
        state[told.person] = [number, start, count, amount]
        last[told.person] = told
        rows.append([int(opens), number, start, gap, count, amount])
    return rows, closed


def as_rows(one: OnePass, state: People, closed: list[Closed]) -> np.ndarray[Any, Any]:
    """Return the sessions of a pass as rows; note what it closed."""
    found, ended = take(one, state)
    closed += [session for session, _ in ended]
    parts = [found.opens, found.session, found.start, found.gap]
    return np.column_stack([*(part.astype(np.int64) for part in parts), found.sums])


@given(cut_streams())
def test_sessions_are_those_of_a_loop_whatever_the_cuts(
    drawn: tuple[list[Told], list[int]],
) -> None:
    """Each event's session, and each session closed, do not depend on how events were cut."""
    events, cuts = drawn
    rows, ended = one_by_one(events)

    for cutting in (cuts, [], everywhere(events)):
        state, closed = fresh(), list[Closed]()
        kernel = partial(as_rows, state=state, closed=closed)
        assert answers(events, cutting, state, kernel) == rows
        assert sorted(closed) == sorted(ended)


@pytest.mark.parametrize(("pause", "opens"), [(GAP - 1, False), (GAP, False), (GAP + 1, True)])
@pytest.mark.parametrize("cuts", [[], [1]])
def test_at_exactly_the_gap_the_session_goes_on(pause: int, opens: bool, cuts: list[int]) -> None:
    """Only a longer pause than the gap ends a session, in one pass or over two."""
    state, events = fresh(), [Told(0, START), Told(0, START + pause)]
    rows = answers(events, cuts, state, lambda one: as_rows(one, state, []))

    assert rows[1] == [int(opens), 1 + opens, START + pause * opens, 0 if opens else pause,
                       1 if opens else 2, 0]  # fmt: skip


def test_a_closed_session_names_its_last_row_of_the_pass() -> None:
    """A session that ended before the pass has no row in it: -1."""
    state = fresh()
    events = [Told(0, START + pause * GAP) for pause in (0, 2, 2, 9)]
    first, second = passes(events, [1], state)
    take(first, state)

    assert [row for _, row in take(second, state)[1]] == [-1, 1]


def test_a_session_closed_by_time_is_not_closed_again() -> None:
    """What was closed while nobody came is not told a second time by the next event."""
    state, closed = fresh(), list[Closed]()
    first, second = passes([Told(0, START), Told(0, START + 2 * GAP)], [1], state)
    take(first, state)
    state["open"][:] = False

    as_rows(second, state, closed)

    assert closed == []
    assert state["session"][first.rows.people].tolist() == [2]


def test_a_session_is_due_once_the_mark_has_passed_its_end() -> None:
    """Sessions end strictly before the mark of their own lane; closed ones are not due."""
    state = People(sessions.fields(1))
    slots = state.slots_of(["u:a", "u:b", "u:c"], np.array([0, 1, 0], dtype=np.int16))
    state["last"][slots] = START
    state["open"][slots[:2]] = True
    end = START + GAP

    def due(first: int, second: int) -> list[str]:
        marks = np.array([first, second], dtype=np.int64)
        return [state.keys[slot] for slot in sessions.due(state, marks[state.lane], GAP)]

    assert due(end, end) == []
    assert due(end + 1, end) == ["u:a"]
    assert due(end, end + 1) == ["u:b"]


def test_a_pass_of_nothing_changes_nothing() -> None:
    """No rows: no sessions, none closed, the state as it was."""
    state = fresh()
    found = sessions.sessionize(
        Rows(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)),
        np.zeros((0, len(SUMS)), dtype=np.int64),
        state,
        GAP,
    )

    assert len(found.heads) == len(found.session) == 0
    assert not state["open"].any()
