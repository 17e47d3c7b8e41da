"""Showings: counted as a plain loop counts them, however people and passes are put together."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import pack, unpack
from rtm_flows.decisions.catalogue import Action
from rtm_flows.decisions.offers import offers_of
from rtm_flows.people.rows import Ints
from rtm_flows.policy.counters import compile_pauses
from rtm_flows.policy.pauses import Pause
from rtm_flows.policy.showings import Heard, Showings

START = 1_711_746_000_000
OFFERS = offers_of([Action(name="mail"), Action(name="banner")])
SPANS = {"PT0.001S": 1, "PT5S": 5_000, "PT7S": 7_000}
STEPS = (0, 1, 4_999, 5_000, 5_001, 6_999, 7_000, 20_000)


@dataclasses.dataclass
class Told:
    """An event about a counter of a person, which may be too old to be new."""

    person: int
    clock: int
    counter: int
    welcome: bool


class Loop:
    """The reference: one counter of one person."""

    def __init__(self, pause: Pause) -> None:
        self.pause = pause
        self.shown: list[int] = []
        self.until = 0

    def take(self, one: Told) -> None:
        """Take an event in."""
        if one.welcome:
            self.shown, self.until = [], 0
            return
        self.shown.append(one.clock)
        since = one.clock - SPANS[self.pause.within]
        if len([clock for clock in self.shown if clock > since]) >= self.pause.after:
            self.shown, self.until = [], one.clock + SPANS[self.pause.lasts]


@st.composite
def all_pauses(draw: st.DrawFn) -> list[Pause]:
    """Return one pause or two, each with a counter an action."""
    span = st.sampled_from(sorted(SPANS))
    return [
        Pause(name=str(at), after=after, within=draw(span), lasts=draw(span))
        for at, after in enumerate(draw(st.sampled_from([[1], [2], [3], [1, 3], [2, 3]])))
    ]


@st.composite
def histories(draw: st.DrawFn) -> list[Told]:
    """Return events about a few people, in whose order clocks rise."""
    clocks = [START] * 3
    told = []
    for _ in range(draw(st.integers(0, 50))):
        person = draw(st.integers(0, 2))
        clocks[person] += draw(st.sampled_from(STEPS))
        welcome = draw(st.sampled_from([False] * 7 + [True]))
        told.append(Told(person, clocks[person], draw(st.integers(0, 1)), welcome))
    return told


def by_loop(pauses: Sequence[Pause], told: Sequence[Told]) -> list[list[bool]]:
    """Return after each event which of its action's counters rest at its clock."""
    loops: dict[tuple[int, int, int], Loop] = {}
    found = []
    for one in told:
        own = []
        for at, pause in enumerate(pauses):
            loop = loops.setdefault((one.person, at, one.counter), Loop(pause))
            loop.take(one)
            own.append(one.clock < loop.until)
        found.append(own)
    return found


class Worker:
    """The same by `Showings`, pass by pass."""

    def __init__(self, pauses: Sequence[Pause]) -> None:
        self.pauses = len(pauses)
        self.counters = compile_pauses(pauses, OFFERS)
        self.showings = Showings(self.counters)

    def take(self, told: Sequence[Told]) -> list[list[bool]]:
        """Take some events in; return as `by_loop` does."""
        people = np.unique(column(told, "person"))
        before = self.showings.resting(people)
        until = {
            (int(people[at]), int(counter)): int(end)
            for at, counter, end in zip(*before, strict=True)
        }
        events = np.repeat(np.arange(len(told)), self.pauses)
        counters = column(told, "counter")[events] + np.tile(
            np.arange(self.pauses) * len(OFFERS), len(told)
        )
        slots, clocks = column(told, "person")[events], column(told, "clock")[events]
        welcome = column(told, "welcome")[events].astype(np.bool_)
        changes = zip(*self.showings.hear(Heard(slots, clocks, counters, welcome)), strict=True)
        changed = {(int(at), int(counter)): int(end) for at, counter, end in changes}
        found = []
        for at, one in enumerate(told):
            own = []
            for pause in range(self.pauses):
                counter = pause * len(OFFERS) + one.counter
                entry = at * self.pauses + pause, counter
                if entry in changed:
                    until[one.person, counter] = changed[entry]
                own.append(one.clock < until.get((one.person, counter), 0))
            found.append(own)
        return found

    def move(self, since: int) -> None:
        """Go on elsewhere, by way of bytes."""
        people = np.arange(3)
        counts, records = self.showings.export(people, since)
        self.showings = Showings(self.counters)
        self.showings.restore(people, counts, unpack(pack(records)))


def column(told: Sequence[Told], name: str) -> Ints:
    """Return one number of each event."""
    return np.array([getattr(one, name) for one in told], dtype=np.int64)


@given(all_pauses(), histories(), st.data())
def test_showings_count_as_in_a_loop(
    pauses: list[Pause], told: list[Told], data: st.DataObject
) -> None:
    """However events are cut into passes, and wherever the state is moved to another worker."""
    cuts = data.draw(st.lists(st.integers(0, len(told)), max_size=5).map(sorted))
    for places in ([], cuts, [*range(len(told))]):
        worker, found = Worker(pauses), list[list[bool]]()
        for start, end in zip([0, *places], [*places, len(told)], strict=True):
            found += worker.take(told[start:end])
            last = {one.person: one.clock for one in told[end:][::-1]}
            worker.move(min(last.values(), default=0))

        assert found == by_loop(pauses, told)


def showings(**keys: Any) -> Showings:
    """Return the showings of one pause of one action."""
    return Showings(compile_pauses([Pause(name="dull", **keys)], OFFERS[:1]))


def show(to: Showings, *clocks: int) -> None:
    """Show the action to the first person."""
    times = np.array(clocks, dtype=np.int64)
    nobody = np.zeros(len(clocks), dtype=np.int64)
    to.hear(Heard(nobody, times, nobody, nobody > 0))


def kept(of: Showings, since: int) -> int:
    """Return how many records of the first person are saved."""
    return int(of.export(np.array([0]), since)[0].sum())


def test_what_is_over_is_not_saved() -> None:
    """A showing while it counts, a rest while it lasts; to the millisecond."""
    counting = showings(after=2, within="PT5S", lasts="PT7S")
    show(counting, START)
    resting = showings(after=1, within="PT5S", lasts="PT7S")
    show(resting, START)

    assert [kept(counting, START + later) for later in (4_999, 5_000)] == [1, 0]
    assert [kept(resting, START + later) for later in (6_999, 7_000)] == [1, 0]


def test_a_person_has_so_many_records_at_most() -> None:
    """Of a counter at most `after`: the showings that count, and a rest."""
    many = showings(after=4, within="P1D", lasts="P1D")
    most = 0
    for at in range(50):
        show(many, START + at)
        most = max(most, kept(many, 0))

    assert most == 4
