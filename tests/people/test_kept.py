"""Kept rows: those of a session come out when it ends, however the rows came."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import Table, pack, unpack
from rtm_flows.people import kept, sessions
from rtm_flows.people.kept import Kept, Shown
from tests.people.passes import GAP, PERSONS, OnePass, Told, cut_streams, everywhere, passes
from tests.people.passes import people as known

CHOSEN = "search"
"""Rows of this type are kept."""


class Row(NamedTuple):
    """A kept row of a session that ended."""

    person: str
    session: int
    number: int
    x: tuple[float, ...]


class Worker:
    """What is known of the people of a stream, pass after pass."""

    def __init__(self) -> None:
        self.people = known(sessions.fields(1))
        self.kept = Kept(2)

    def fold(self, one: OnePass) -> list[Row]:
        """Fold a pass in as the core does; return the kept rows of the sessions it closed."""
        if not len(one.places):
            return []
        found = sessions.sessionize(
            one.rows, np.ones_like(one.rows.slot)[:, None], self.people, GAP
        )
        x = np.column_stack([one.places, one.places / 3]).astype(np.float64)
        closed = sessions.closed_by(one.rows, found, self.people)
        seen = Shown(one.rows, found, one.events["type"] == CHOSEN, one.places, x)
        told = self.rows_of(self.kept.follow(seen, closed, self.people), closed)
        sessions.store(one.rows, found, self.people)
        return told

    def close(self, slots: list[int]) -> list[Row]:
        """Close the open sessions of some people."""
        at = np.array(slots, dtype=np.int64)
        told = self.rows_of(self.kept.take(at), sessions.of_state(self.people, at))
        self.people["open"][at] = False
        return told

    def moved(self) -> Worker:
        """Return another worker with the same state, by way of bytes."""
        slots = self.people.of_lane(0)
        counts, rows = self.kept.export(slots)
        other = Worker()
        there = other.people.restore(unpack(pack(self.people.export(slots))), 0)
        other.kept.restore(there, counts, unpack(pack(rows)))
        return other

    def rows_of(self, table: Table, closed: Table) -> list[Row]:
        """Return kept rows with the session that each is of."""
        keys = self.people.keys
        return [
            Row(keys[closed["slot"][at]], int(closed["session"][at]), number, tuple(x))
            for at, number, x in zip(
                table["closed"].tolist(), table["number"].tolist(), table["x"].tolist(), strict=True
            )
        ]


def in_passes(events: list[Told], cuts: list[int], closing: list[int]) -> list[Row]:
    """Return the kept rows of all sessions; after each pass, some of the people close theirs."""
    worker, told = Worker(), list[Row]()
    for turn, one in enumerate(passes(events, cuts, worker.people)):
        told += worker.fold(one)
        stand = np.flatnonzero(worker.people["open"]).tolist()
        told += worker.close([slot for slot in stand if slot in closing[turn : turn + 1]])
        worker = worker.moved()
    return sorted(told + worker.close(np.flatnonzero(worker.people["open"]).tolist()))


def one_by_one(events: list[Told]) -> list[Row]:
    """Return the kept rows of all sessions, in a plain loop."""
    last: dict[int, int] = {}
    session: dict[int, int] = {}
    told = []
    for place, (person, time, kind, *_) in enumerate(events):
        if person not in last or time - last[person] > GAP:
            session[person] = session.get(person, 0) + 1
        last[person] = time
        if kind == CHOSEN:
            told.append(Row(PERSONS[person], session[person], place, (place, place / 3)))
    return sorted(told)


@given(cut_streams())
def test_kept_rows_are_those_of_a_loop_whatever_the_cuts(
    drawn: tuple[list[Told], list[int]],
) -> None:
    """Every row kept comes out once, with its own session, also after a move."""
    events, cuts = drawn
    expected = one_by_one(events)

    for cutting in (cuts, [], everywhere(events)):
        assert in_passes(events, cutting, []) == expected


@given(cut_streams(), st.lists(st.integers(0, 2), max_size=25))
def test_rows_come_out_with_the_session_that_time_closes(
    drawn: tuple[list[Told], list[int]], closing: list[int]
) -> None:
    """What time has closed is handed out at once, and not again by a later row."""
    events, _ = drawn

    found = in_passes(events, everywhere(events), closing)
    assert [(row.person, row.number, row.x) for row in found] == [
        (row.person, row.number, row.x) for row in one_by_one(events)
    ]


def test_no_rows_have_the_shape_of_rows() -> None:
    """What is kept of nobody can be joined with what is kept of somebody."""
    none = kept.Kept(3).take(np.zeros(0, dtype=np.int64))

    assert (len(none), none["x"].shape) == (0, (0, 3))
