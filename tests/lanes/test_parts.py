"""Parts: each person as the newest part has it, and nobody who is gone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import Table, as_text, concat
from rtm_flows.lanes.parts import Part, encode, encode_each, merge
from rtm_flows.lanes.rolling import Rolling
from rtm_flows.people.state import Field, People

PERSONS = [f"u:{number}" for number in range(6)]


class Told(NamedTuple):
    """A part in plain words: what it says of people, and who is gone."""

    people: dict[str, tuple[int, list[int]]]
    gone: list[str]


def part_of(told: Told) -> Part:
    """Return a part; its numbers are as narrow as they may be."""
    counts = np.array([len(many) for _, many in told.people.values()], dtype=np.int64)
    flat = [one for _, many in told.people.values() for one in many]
    kind = np.min_scalar_type(max(flat, default=0))
    people = Table(
        {
            "person": as_text(list(told.people)),
            "age": np.array([age for age, _ in told.people.values()], dtype=np.int64),
        }
    )
    return Part(people, [(counts, Table({"n": np.array(flat, dtype=kind)}))], told.gone)


def read(parts: list[bytes]) -> dict[str, tuple[int, list[int], int]]:
    """Return what parts say of each person together, and how old it is."""
    found = merge(parts)
    ((counts, records),) = found.runs
    assert len(counts) == len(found.people) == len(found.ages)
    many = np.split(records["n"], np.cumsum(counts)[:-1]) if len(counts) else []
    columns = found.people["person"].tolist(), found.people["age"].tolist()
    told = zip(*columns, (one.tolist() for one in many), found.ages.tolist(), strict=True)
    return {person: (age, own, at) for person, age, own, at in told}


def parts() -> st.SearchStrategy[list[Told]]:
    """Return parts, the newest first."""
    numbers = st.integers(0, 300)
    people = st.dictionaries(
        st.sampled_from(PERSONS), st.tuples(numbers, st.lists(numbers, max_size=3))
    )
    told = st.builds(Told, people, st.lists(st.sampled_from(PERSONS), unique=True, max_size=2))
    return st.lists(told, min_size=1, max_size=6)


@given(parts(), st.sets(st.integers(0, 7)))
def test_the_newest_part_counts(told: list[Told], empty: set[int]) -> None:
    """Of each person the newest record, unless a newer part says that the person is gone."""
    wanted: dict[str, tuple[int, list[int], int]] = {}
    gone: set[str] = set()
    written = []
    for age, part in enumerate(told):
        for person, (number, many) in part.people.items():
            if person not in wanted and person not in gone:
                wanted[person] = number, many, age
        gone.update(part.gone)
        written.append(encode(part_of(part)))
    holes = [place for place in range(len(told), 0, -1) if place in empty]
    for place in holes:
        written.insert(place, b"")

    shifted = [age + sum(place <= age for place in holes) for age in range(len(told))]
    assert read(written) == {
        person: (number, many, shifted[age]) for person, (number, many, age) in wanted.items()
    }


@given(parts())
def test_several_parts_can_be_written_at_once(told: list[Told]) -> None:
    """As wide as the widest needs it; of each part everything comes back, and nothing else."""
    some = [part_of(one) for one in told]
    counts = np.concatenate([one.runs[0][0] for one in some])
    numbers = np.concatenate([one.runs[0][1]["n"] for one in some])
    whole = Part(concat([one.people for one in some]), [(counts, Table({"n": numbers}))])
    each = encode_each(whole, [len(one.people) for one in some], [one.gone for one in told])

    for written, one in zip(each, told, strict=True):
        found = read([written])
        assert found == {person: (*of, 0) for person, of in one.people.items()}
        assert read([written, encode(part_of(told[0]))]) == read(
            [encode(part_of(one)), encode(part_of(told[0]))]
        )


def test_who_is_gone_is_told_though_nobody_is_left() -> None:
    """For whoever keeps the older parts for another reason."""
    people = People([Field("n", "i8", (), 0)])
    rolling = Rolling(people)
    slots = people.slots_of(["u:ann"], np.array([3], dtype=np.int16))
    rolling.save([3], [])
    rolling.forget(slots, [])
    (kept,) = rolling.save([3], [])

    assert kept.depth == 0
    older = encode(Part(Table({"person": as_text(["u:ann", "u:bob"])}), []))
    newer = encode(Part(Table({"person": as_text([])}), [], ["u:ann"]))
    assert merge([newer, older]).people["person"].tolist() == ["u:bob"]
    assert merge([kept.people]).people["person"].tolist() == []
    assert kept.people
