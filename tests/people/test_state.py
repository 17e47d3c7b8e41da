"""State columns: one slot a person, and the rows of a lane that can be moved elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import pack, unpack
from rtm_flows.errors import RecoveryError
from rtm_flows.people.state import Field, People

FIELDS = [Field("last", "i8", (), -1), Field("kept", "f8", (2, 3), 0.5), Field("open", "?", (), 0)]


def enter(people: People, *persons: str, lane: int = 0) -> list[int]:
    """Return the slots of some persons of one lane."""
    lanes = np.full(len(persons), lane, dtype=np.int16)
    slots: list[int] = people.slots_of(list(persons), lanes).tolist()
    return slots


def test_nobody_is_there_at_first() -> None:
    """A new state has no people, and columns of no rows."""
    people = People(FIELDS)

    assert (len(people), len(people["last"]), len(people.lane)) == (0, 0, 0)
    assert enter(people) == []
    assert people.of_lane(0).tolist() == []


def test_new_people_begin_with_the_first_values() -> None:
    """A person's columns hold what the fields declare, in their shape."""
    people = People(FIELDS)
    enter(people, "u:ann")

    assert people["last"].tolist() == [-1]
    assert people["kept"].tolist() == [[[0.5] * 3] * 2]
    assert people["open"].dtype == np.bool_


@given(st.lists(st.lists(st.sampled_from([f"u:{i}" for i in range(9)]), max_size=12), max_size=6))
def test_a_person_keeps_one_slot(calls: list[list[str]]) -> None:
    """Whoever comes, twice in one call too, has the slot of the first time, and nobody else has."""
    people = People(FIELDS)
    known: dict[str, int] = {}

    for persons in calls:
        for person, slot in zip(persons, enter(people, *persons), strict=True):
            assert known.setdefault(person, slot) == slot
            assert people.keys[slot] == person

    assert sorted(known.values()) == list(range(len(people)))


def test_columns_grow_and_keep_what_they_hold() -> None:
    """Thousands of people enter, one by one and at once, and nobody loses a value."""
    people = People(FIELDS)
    for start in range(0, 3000, 100):
        slots = enter(people, *(f"u:{i}" for i in range(start, start + 100)), lane=start // 1000)
        people["last"][slots] = np.arange(start, start + 100)
        people["kept"][slots] = np.arange(start, start + 100)[:, None, None]
    enter(people, *(f"a:{i}" for i in range(9000)), lane=5)

    slots = enter(people, *(f"u:{i}" for i in range(3000)))
    assert sorted(slots) == list(range(3000))
    assert people["last"][slots].tolist() == list(range(3000))
    assert people["kept"][slots, 1, 2].tolist() == list(range(3000))
    assert people.lane[slots].tolist() == [i // 1000 for i in range(3000)]
    assert set(people["last"][3000:].tolist()) == {-1}
    assert set(people.lane[3000:].tolist()) == {5}


def test_one_person_of_a_lane_can_be_asked_for() -> None:
    """That one only, or nobody where the person is not known."""
    people = People([])
    _, bob = enter(people, "u:ann", "u:bob", lane=3)

    assert people.of_lane(3, "u:bob").tolist() == [bob]
    assert people.of_lane(3, "u:eve").tolist() == []
    assert ("u:bob" in people, "u:eve" in people) == (True, False)


def test_a_lane_is_listed_by_key() -> None:
    """The people of a lane come in the order of their keys, however they came in."""
    people = People(FIELDS)
    enter(people, "u:é", "u:b", lane=1)
    enter(people, "u:c", lane=2)
    enter(people, "a:z", "u:Z", lane=1)

    assert [people.keys[s] for s in people.of_lane(1)] == ["a:z", "u:Z", "u:b", "u:é"]
    assert people.of_lane(3).tolist() == []


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 30)), max_size=40))
def test_people_are_dealt_to_their_lanes(calls: list[tuple[int, int]]) -> None:
    """Whenever it is asked, each lane has those who came so far, in the order of their slots."""
    people, lanes = People([]), dict[int, int]()
    for lane, number in calls:
        enter(people, f"u:{number}", lane=lanes.setdefault(number, lane))
        here = [number for number, of in lanes.items() if of == lane]
        assert people.in_lane(lane).tolist() == sorted(enter(people, *(f"u:{n}" for n in here)))

    assert people.in_lane(7).tolist() == []


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_what_is_exported_can_be_restored_elsewhere(ours: set[int], theirs: set[int]) -> None:
    """A lane's rows go through bytes into a state that has people of its own."""
    one, other = People(FIELDS), People(FIELDS)
    for number in sorted(ours, reverse=True):
        (slot,) = enter(one, f"u:{number}", lane=3)
        one["last"][slot] = number
        one["kept"][slot] = number / 7
        one["open"][slot] = number % 2
    enter(other, *(f"a:{number}" for number in theirs), lane=1)

    slots = other.restore(unpack(pack(one.export(one.of_lane(3)))), lane=3)

    assert slots.tolist() == other.of_lane(3).tolist()
    for column in ("last", "kept", "open"):
        assert other[column][slots].tolist() == one[column][one.of_lane(3)].tolist()
    assert set(other["last"][other.of_lane(1)].tolist()) <= {-1}


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        (Field("last", "i4", (), -1), "last must be int32 of shape (); it is int64 of shape ()"),
        (Field("kept", "f8", (3,), 0), "kept must be float64 of shape (3,); it is float64 of"),
        (Field("other", "?", (), 0), "other must be bool of shape (); it is missing"),
    ],
)
def test_state_of_another_layout_is_refused(declared: Field, said: str) -> None:
    """Nothing is cut or stretched to fit, and nobody is entered."""
    before, after = People(FIELDS), People([declared])
    enter(before, "u:ann")

    with pytest.raises(RecoveryError) as refused:
        after.restore(unpack(pack(before.export(before.of_lane(0)))), lane=0)

    assert said in str(refused.value)
    assert len(after) == 0


def test_the_slots_of_those_who_are_dropped_are_used_again() -> None:
    """Columns hold first values, nobody else is touched, and nothing grows."""
    people = People([Field("n", "i8", (), 7), Field("text", "O", (), "")])
    slots = people.slots_of(["u:a", "u:b", "u:c"], np.array([0, 1, 1], dtype=np.int16))
    people["n"][slots] = [1, 2, 3]
    people["text"][slots] = "known"

    people.drop(slots[[0, 2]])

    assert (len(people), "u:a" in people, "u:b" in people) == (1, False, True)
    assert [people.in_lane(lane).tolist() for lane in (0, 1)] == [[], [1]]
    again = people.slots_of(["u:d", "u:b", "u:a"], np.array([1, 1, 1], dtype=np.int16))
    assert sorted(again.tolist()) == [0, 1, 2]
    assert people["n"][again].tolist() == [7, 2, 7]
    assert people["text"][again].tolist() == ["", "known", ""]
    assert sorted(people.keys) == ["u:a", "u:b", "u:d"]
    assert people.of_lane(1).tolist() == [again[2], again[1], again[0]]
