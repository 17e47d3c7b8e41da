"""Kept rows: of each class of a session the row with the least hash, however the rows came."""

from __future__ import annotations

from typing import NamedTuple
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import Table
from rtm_flows.people import kept, sessions
from rtm_flows.people.kept import mix64
from rtm_flows.people.state import People
from tests.people.passes import GAP, PERSONS, OnePass, Told, cut_streams, everywhere, passes, people

ALL = 2**64 - 1
WIDTH = 2


class Row(NamedTuple):
    """A kept row of a session that ended."""

    person: str
    session: int
    sequence: int
    x: tuple[float, ...]


def fresh(classes: int) -> People:
    """Return a state with the columns of sessions and kept rows."""
    state = people([*sessions.fields(1), *kept.fields(classes, WIDTH)])
    state["hash"][:] = [crc32(key.encode()) for key in state.keys]
    return state


def rows_of(table: Table, closed: Table, state: People) -> list[Row]:
    """Return kept rows with the session that each is of."""
    return [
        Row(state.keys[closed["slot"][at]], int(closed["session"][at]), sequence, tuple(x))
        for at, sequence, x in zip(
            table["closed"].tolist(), table["sequence"].tolist(), table["x"].tolist(), strict=True
        )
    ]


def fold(one: OnePass, state: People) -> list[Row]:
    """Fold a pass in as the core does; return the kept rows of the sessions it closed."""
    buys = (one.events["type"] == "purchase").astype(np.int64)
    found = sessions.sessionize(one.rows, buys[:, None], state, GAP)
    x = np.column_stack([one.places, one.places / 3]).astype(np.float64)
    chosen = kept.keep(one.rows, found, found.sums[:, 0] == 0, state)
    closed = sessions.closed_by(one.rows, found, state)
    told = rows_of(kept.of_closed(closed, found, chosen, x, state), closed, state)
    kept.store(one.rows, found, chosen, x, state)
    sessions.store(one.rows, found, state)
    return told


def in_passes(events: list[Told], cuts: list[int], classes: int) -> list[Row]:
    """Return the kept rows of all sessions, closed and open ones."""
    state, told = fresh(classes), list[Row]()
    for one in passes(events, cuts, state):
        told += fold(one, state)
    slots = np.flatnonzero(state["open"])
    rest = kept.of_state(state, slots)
    return sorted(told + rows_of(rest, sessions.of_state(state, slots), state))


def plain_mix64(z: int) -> int:
    """Return the finaliser in Python's own integers."""
    z = (z + 0x9E3779B97F4A7C15) & ALL
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & ALL
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & ALL
    return z ^ (z >> 31)


def one_by_one(events: list[Told], classes: int) -> list[Row]:
    """Return the kept rows of all sessions, in a plain loop."""
    number: dict[int, int] = {}
    last: dict[int, int] = {}
    session: dict[int, int] = {}
    bought: set[int] = set()
    best: dict[tuple[int, int, int], tuple[int, int]] = {}
    for place, (person, time, kind, *_) in enumerate(events):
        number[person] = number.get(person, 0) + 1
        if person not in last or time - last[person] > GAP:
            session[person] = session.get(person, 0) + 1
            bought.discard(person)
        last[person] = time
        if kind == "purchase":
            bought.add(person)
        if person in bought:
            continue
        hashed = plain_mix64(crc32(PERSONS[person].encode()) * 2**32 + number[person])
        key = (person, session[person], hashed % classes)
        best[key] = min(best.get(key, (ALL, -1)), (hashed, place))
    return sorted(
        Row(PERSONS[p], s, c, (place, place / 3)) for (p, s, c), (_, place) in best.items()
    )


@given(cut_streams(), st.integers(1, 3))
def test_kept_rows_are_those_of_a_loop_whatever_the_cuts(
    drawn: tuple[list[Told], list[int]], classes: int
) -> None:
    """Which rows of which session are kept does not depend on how the events were cut."""
    events, cuts = drawn
    expected = one_by_one(events, classes)

    for cutting in (cuts, [], everywhere(events)):
        assert in_passes(events, cutting, classes) == expected


@pytest.mark.parametrize("classes", [1, 2, 3])
def test_a_session_that_opens_with_a_purchase_keeps_nothing(classes: int) -> None:
    """Once a purchase was seen, what follows would give the label away."""
    events = [Told(0, GAP * 100, "purchase"), Told(0, GAP * 100 + 1, "search")]

    assert in_passes(events, [], classes) == in_passes(events, [1], classes) == []


def test_the_next_session_does_not_inherit() -> None:
    """A kept row of an earlier session is not offered again, even by a smaller hash."""
    events = [Told(0, GAP * 100 * i) for i in range(1, 40)]

    for cuts in ([], everywhere(events)):
        found = in_passes(events, cuts, 1)
        assert [(row.session, int(row.x[0])) for row in found] == [(i + 1, i) for i in range(39)]


def test_mix64_gives_the_published_numbers() -> None:
    """SplitMix64 from the seed 1234567, as its reference implementation prints it."""
    seeds = [(1234567 + k * 0x9E3779B97F4A7C15) & ALL for k in range(5)]

    assert mix64(np.array(seeds, dtype=np.uint64)).tolist() == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


@given(st.lists(st.integers(0, ALL), max_size=5))
def test_mix64_is_modulo_two_to_the_64(values: list[int]) -> None:
    """The vectorised finaliser is that of whole numbers, cut to 64 bits at every step."""
    expected = [plain_mix64(value) for value in values]

    assert mix64(np.array(values, dtype=np.uint64)).tolist() == expected
