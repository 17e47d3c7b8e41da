"""Deliveries: what is on its way is what a plain list of all decisions says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import pack, unpack
from rtm_flows.policy.deliveries import Deliveries, Dispatch

PEOPLE = np.arange(3)


@dataclass
class Row:
    """A person's decision, or a report of one of the latest."""

    person: int
    clock: int
    place: int
    begins: int
    expires: int
    about: int
    """0 for a decision; else a report of that made so many decisions ago."""


@st.composite
def histories(draw: st.DrawFn) -> list[Row]:
    """Return rows of a few people, whose clocks rise by a little."""
    clock, rows = 1000, []
    for _ in range(draw(st.integers(0, 40))):
        clock += draw(st.sampled_from([0, 1, 4, 5]))
        begins = clock + draw(st.sampled_from([0, 1, 4]))
        row = Row(
            person=draw(st.integers(0, 2)),
            clock=clock,
            place=draw(st.integers(0, 1)),
            begins=begins,
            expires=begins + draw(st.sampled_from([1, 5, 100])),
            about=draw(st.sampled_from([0, 0, 0, 1, 2])),
        )
        rows.append(row)
    return rows


def sent(number: int, row: Row) -> Dispatch:
    """Return the decision of a row, with its number as its id."""
    return Dispatch(
        slots=np.array([row.person]),
        clocks=np.array([row.clock]),
        places=np.array([row.place]),
        keys=np.array([number], dtype=np.uint64),
        decisions=np.array([[number, -number]]),
        begins=np.array([row.begins]),
        expires=np.array([row.expires]),
    )


Told = list[tuple[int, bool] | None]


def plainly(rows: list[Row]) -> Told:
    """Return of each decision the number of that which it supersedes, and whether it had begun."""
    made: list[tuple[int, Row]] = []
    reported = set[int]()
    told: Told = []
    for number, row in enumerate(rows):
        own = [one for one in made if one[1].person == row.person]
        if row.about:
            reported |= {at for at, _ in own[-row.about :][:1]}
            continue
        same = [(at, one) for at, one in own if one.place == row.place]
        at, latest = same[-1] if same else (-1, row)
        on_its_way = same and at not in reported and row.clock < latest.expires
        told.append((at, latest.begins <= row.clock) if on_its_way else None)
        made.append((number, row))
    return told


def by_deliveries(rows: list[Row], cut: int) -> Told:
    """Return the same by the class, which is saved and restored on the way."""
    deliveries, told = Deliveries(), Told()
    made: list[tuple[int, int]] = []
    for number, row in enumerate(rows):
        if number == cut:
            counts, records = deliveries.export(PEOPLE)
            deliveries = Deliveries()
            deliveries.restore(PEOPLE, counts, unpack(pack(records)))
        slot = np.array([row.person])
        if row.about:
            own = [at for at, person in made if person == row.person]
            about = own[-row.about :][:1] or [10**6]
            deliveries.hear(slot, np.array(about, dtype=np.uint64))
            continue
        found = deliveries.replace(sent(number, row))
        assert found.decisions[:, 0].tolist() == found.keys.tolist()
        pairs = zip(found.keys.tolist(), found.begun.tolist(), strict=True)
        told.append(next(pairs, None))
        made.append((number, row.person))
    return told


@given(histories(), st.integers(0, 40))
def test_what_is_superseded_is_what_a_plain_list_says(rows: list[Row], cut: int) -> None:
    """The latest of the same person and place, unless it has expired or was reported."""
    assert by_deliveries(rows, cut) == plainly(rows)


@given(histories())
def test_of_each_place_one_is_remembered(rows: list[Row]) -> None:
    """However many there were."""
    deliveries = Deliveries()
    for number, row in enumerate(rows):
        deliveries.replace(sent(number, row))

    assert max(deliveries.export(PEOPLE)[0].tolist()) <= 2
