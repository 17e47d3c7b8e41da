"""The draw: which rows are learned from, by hash and place alone."""

from __future__ import annotations

from zlib import crc32

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.people import draw
from rtm_flows.people.draw import mix64
from rtm_flows.people.rows import Rows
from rtm_flows.people.state import People

ALL = 2**64 - 1


def plain_mix64(z: int) -> int:
    """Return the finaliser in Python's own integers."""
    z = (z + 0x9E3779B97F4A7C15) & ALL
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & ALL
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & ALL
    return z ^ (z >> 31)


def plain_drawn(person: str, number: int, place: int, per_session: int) -> bool:
    """Tell of one event whether it is drawn."""
    return plain_mix64(crc32(person.encode()) * 2**32 + number) % place < per_session


def drawn_of_many(persons: int, length: int, per_session: int) -> list[list[bool]]:
    """Return which of the events are drawn, in one session each of many people."""
    people = People(draw.FIELDS)
    keys = [f"u:{n}" for n in range(persons)]
    slots = people.slots_of(keys, np.zeros(persons, dtype=np.int16))
    people["hash"][slots] = [crc32(key.encode()) for key in keys]
    rows = Rows(np.repeat(slots, length), np.tile(np.arange(length), persons))
    number = draw.number(rows, people)
    found = draw.drawn(rows, number, number, people, per_session)
    return found.reshape(persons, length).tolist()


def test_drawn_rows_are_those_of_a_loop() -> None:
    """Person, number and place decide, in whole numbers."""
    for per_session in (1, 2, 5):
        assert drawn_of_many(20, 50, per_session) == [
            [plain_drawn(f"u:{person}", n, n, per_session) for n in range(1, 51)]
            for person in range(20)
        ]


def test_the_chance_of_a_row_follows_its_place_alone() -> None:
    """The k-th event is drawn in `per_session` of k sessions: no more where a session goes on."""
    of_place = np.mean(drawn_of_many(4000, 64, 2), axis=0)

    assert of_place[:2].tolist() == [1.0, 1.0]
    wanted = 2 / np.arange(1, 65)[2:]
    # Within 5 standard deviations at every place.
    assert (np.abs(of_place[2:] - wanted) < 5 * np.sqrt(wanted * (1 - wanted) / 4000)).all()


def test_long_sessions_give_more_rows_the_later_the_fewer() -> None:
    """All of the first two, and of each later doubling of the session about 1.4."""
    each = np.array(drawn_of_many(200, 4096, 2))

    assert each[:, :2].all()
    for start in (64, 512, 2048):
        assert 1.2 < each[:, start : 2 * start].sum(axis=1).mean() < 1.6


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
