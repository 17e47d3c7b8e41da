"""Peeks: features as they stand when nothing happens, and nothing changed by looking."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtm_flows.columns import pack
from rtm_flows.features.peek import peek
from tests.features.test_compute import NAMED, TEXT_FIELDS, Worker, read
from tests.people.passes import (
    GAP,
    LIFE_TYPES,
    PERSONS,
    START,
    TYPES,
    OnePass,
    Told,
    Values,
    answers,
    cut_streams,
    everywhere,
)
from tests.reference.features import FeatureRow
from tests.reference.moment import Moment
from tests.reference.records import Event

SHOP = "tests.features.own.shop"
OWN: list[dict[str, Any]] = [
    {"name": f"own{at}", "kind": "python", "code": f"{SHOP}:{code}", **more}
    for at, (code, more) in enumerate(
        [
            ("Views", {"value": "count"}),
            ("ViewsByEvent", {"value": "since"}),
            ("Again", {}),
        ]
    )
]
LATER = (0, 1, GAP - 1, GAP, GAP + 1, 5_000, 20_000, 3_600_000, 100_000_000)
ALL = [*TYPES, *LIFE_TYPES]


class Peeping(Worker):
    """A worker that looks at everybody after every pass, some way ahead, several times."""

    def take(self, one: OnePass) -> Values:
        """Return the features of a pass."""
        x = super().take(one)
        self.look([0, 1, GAP, 0, 86_400_000])
        return x

    def look(self, ahead: list[int]) -> Values:
        """Return the features of everybody of whom there was an event, at times after it."""
        state = self.people
        seen = np.flatnonzero(state["last"] >= 0)
        slots = np.repeat(seen, len(ahead))
        times = state["last"][slots] + np.tile(np.array(ahead, dtype=np.int64), len(seen))
        before = self.state()
        x = peek(self.features, slots, times, state)
        assert self.state() == before
        return x

    def state(self) -> list[bytes]:
        """Return all that is kept of everybody, as bytes."""
        everybody = np.arange(len(self.people))
        runs = [self.features.windows, *self.people.maps.values()]
        kept = [run.export(everybody) for run in runs]  # type: ignore[attr-defined]
        columns = pack(self.people.export(everybody))
        return [columns, *(pack(records) + counts.tobytes() for counts, records in kept)]


@settings(max_examples=25)
@pytest.mark.parametrize("own", [[], OWN])
@given(drawn=cut_streams(steps=[5_000, 20_000, 3_600_000], types=ALL))
def test_looking_changes_nothing(
    own: list[dict[str, Any]], drawn: tuple[list[Told], list[int]]
) -> None:
    """Of no kind, those written in Python included: not the state, and no feature of any event."""
    events, cuts = drawn
    declared = read([*NAMED, *own])
    straight = Worker(declared)
    wanted = answers(events, [], straight.people, straight.take)

    for cutting in (cuts, everywhere(events)):
        worker = Peeping(declared)
        assert answers(events, cutting, worker.people, worker.take) == wanted


@settings(max_examples=25)
@given(cut_streams(max_size=12, types=ALL), st.sampled_from(LATER))
def test_what_is_seen_is_that_of_the_page(drawn: tuple[list[Told], list[int]], later: int) -> None:
    """A peek is an event of no type, of the latest session, that is then forgotten."""
    events, cuts = drawn
    worker = Peeping(read(NAMED))
    answers(events, cuts, worker.people, worker.take)
    found = dict(
        zip(np.flatnonzero(worker.people["last"] >= 0).tolist(), worker.look([later]), strict=True)
    )
    several = worker.look([later + 7, later, later // 2])
    assert several[1::3].tolist() == [row.tolist() for row in found.values()]

    slots = worker.people.slots_of(PERSONS, np.zeros(len(PERSONS), dtype=np.int16)).tolist()
    for person, slot in enumerate(slots):
        own = [one._replace(person=0) for one in events if one.person == person]
        if own:
            wanted = looked_at(own, later)
            assert found[slot].tolist() == pytest.approx(wanted, rel=1e-13, abs=1.5e-6)


def looked_at(events: list[Told], later: int) -> list[float]:
    """Return the features of one person so long after the last event, by the page."""
    row, start, last = FeatureRow(NAMED), START, -1
    for one in events:
        opens = last < 0 or one.time - last > GAP
        start = one.time if opens else start
        row.take(Moment(told(one), one.time, opens, start, one.time if last < 0 else last))
        last = one.time
    nothing = replace(told(Told(0, last + later, "", 0, 0)), price=0)
    seen = Moment(nothing, last + later, opens=False, session_start=start, last=last)
    return list(deepcopy(row).take(seen).values())


def told(one: Told) -> Event:
    """Return an event as the naive implementation has it."""
    text = {} if one.text is None else dict.fromkeys(TEXT_FIELDS, one.text)
    return Event(
        time=one.time, source="", id="", derived=False, type=one.type, person="",
        price=one.amount + 1, quantity=one.quantity, amount=one.amount, text=text, clamped=False,
    )  # fmt: skip
