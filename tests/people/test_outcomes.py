"""Rows that wait for a purchase: the same whatever the cuts, and never more than may wait."""

from __future__ import annotations

from typing import NamedTuple
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import Table, pack, unpack
from rtm_flows.people import draw, outcomes, sessions
from rtm_flows.people.outcomes import Outcomes, Rule, Shown
from rtm_flows.people.parts import CAME, OVER, SEEN
from tests.people.passes import GAP, PERSONS, START, OnePass, Told, cut_streams, everywhere, passes
from tests.people.passes import people as known
from tests.people.test_draw import plain_drawn

HORIZON = 45_000
RULE = Rule(HORIZON, most=3)
PER_SESSION = 2
STEPS = (HORIZON, GAP // 2)


class Over(NamedTuple):
    """What is told of a row: whose, when, its number, what came of it, which event, which part."""

    person: str
    time: int
    number: int
    met: bool
    place: int
    part: int = OVER


class Worker:
    """What is known of the people of a stream, pass after pass."""

    def __init__(self, rule: Rule, per_session: int = PER_SESSION) -> None:
        self.rule, self.per_session = rule, per_session
        fields = [*sessions.fields(1), *draw.FIELDS, *outcomes.FIELDS]
        self.people = known(fields)
        self.people["hash"][:] = [crc32(key.encode()) for key in self.people.keys]
        self.waiting = Outcomes(rule, 1)

    def fold(self, one: OnePass) -> list[Over]:
        """Fold a pass in as the core does."""
        found = sessions.sessionize(
            one.rows, np.ones_like(one.rows.slot)[:, None], self.people, GAP
        )
        x = one.places[:, None].astype(np.float64)
        number = draw.number(one.rows, self.people)
        hits = np.array(
            [kind == "purchase" for kind in one.events["type"].tolist()], dtype=np.bool_
        )
        if not len(one.places):
            return []
        chosen = draw.drawn(one.rows, found.sums[:, 0], number, self.people, self.per_session)
        shown = Shown(one.rows, chosen, number, hits, x)
        told = self.waiting.follow(shown, self.people)
        draw.store(one.rows, number, self.people)
        sessions.store(one.rows, found, self.people)
        return self.rows_of(told)

    def pass_time(self, mark: int) -> list[Over]:
        """Let time come to a mark."""
        return self.rows_of(self.waiting.due(self.people, np.full(len(self.people), mark)))

    def rest(self) -> list[Over]:
        """Take out the rows that still wait."""
        everybody = np.ones(len(self.people), dtype=np.bool_)
        return sorted(self.rows_of(self.waiting.cut(self.people, everybody)))

    def moved(self) -> Worker:
        """Return another worker with the same state, by way of bytes."""
        slots = self.people.of_lane(0)
        counts, rows = self.waiting.export(slots)
        other = Worker(self.rule, self.per_session)
        there = other.people.restore(unpack(pack(self.people.export(slots))), 0)
        other.waiting.restore(there, counts, unpack(pack(rows)))
        return other

    def rows_of(self, table: Table) -> list[Over]:
        """Return a table of rows as records; their one feature is the place of their event."""
        names = ("slot", "time", "number", "met", "x", "part")
        columns = zip(*(table[name].tolist() for name in names), strict=True)
        keys = self.people.keys
        return [Over(keys[s], t, k, met, int(x[0]), part) for s, t, k, met, x, part in columns]


def in_passes(
    events: list[Told], cuts: list[int], end: int, rule: Rule = RULE, *, moving: bool = False
) -> list[list[Over]]:
    """Return the rows that are over by the end, and those that still wait.

    With `moving`, after each pass time comes to the next event, and the state goes elsewhere.
    """
    worker, told, at = Worker(rule), list[Over](), 0
    for one in passes(events, cuts, worker.people):
        told += worker.fold(one)
        at += len(one.places)
        if moving and at < len(events):
            told += worker.pass_time(events[at].time)
            worker = worker.moved()
    return [sorted(told + worker.pass_time(end)), worker.rest()]


def one_by_one(events: list[Told], end: int, rule: Rule) -> list[list[Over]]:
    """Return the same by a loop over events."""
    told, over, waiting = list[Over](), list[Over](), list[Over]()
    last: dict[int, int] = {}
    count: dict[int, int] = {}
    session: dict[int, int] = {}
    for place, event in enumerate(events):
        person, one = PERSONS[event.person], event.person
        goes_on = one in last and event.time - last[one] <= GAP
        session[one] = session[one] + 1 if goes_on else 1
        count[one], last[one] = count.get(one, 0) + 1, event.time
        over += [row for row in waiting if row.time < event.time]
        waiting = [row for row in waiting if row.time >= event.time]
        own = [row for row in waiting if row.person == person and not row.met]
        if event.type == "purchase":
            told += [row._replace(time=event.time, met=True, part=CAME) for row in own]
            waiting = [row._replace(met=row.met or row.person == person) for row in waiting]
        chosen = plain_drawn(person, count[one], session[one], PER_SESSION)
        if chosen and sum(row.person == person for row in waiting) < rule.most:
            waiting.append(Over(person, event.time + rule.horizon, count[one], False, place))
            told.append(waiting[-1]._replace(time=event.time, part=SEEN))
    over += [row for row in waiting if row.time < end]
    return [sorted(told + over), sorted(row for row in waiting if row.time >= end)]


RULES = st.builds(Rule, st.sampled_from([1, HORIZON, 10**9]), st.sampled_from([1, 3, 64]))
ENDS = st.sampled_from([0, 1, HORIZON, HORIZON + 1, 10**10])


@given(cut_streams(STEPS), RULES, ENDS)
def test_rows_are_those_of_a_loop_whatever_the_cuts(
    drawn: tuple[list[Told], list[int]], rule: Rule, after: int
) -> None:
    """Neither the cutting, nor when time is told of, nor a move changes a row or its label."""
    events, cuts = drawn
    end = (events[-1].time if events else START) + after
    expected = one_by_one(events, end, rule)

    for cutting in (cuts, [], everywhere(events)):
        for moving in (False, True):
            assert in_passes(events, cutting, end, rule, moving=moving) == expected


@pytest.mark.parametrize(("later", "met"), [(0, True), (HORIZON, True), (HORIZON + 1, False)])
@pytest.mark.parametrize("cuts", [[], [1]])
def test_the_horizon_is_closed(later: int, met: bool, cuts: list[int]) -> None:
    """A purchase at its very end counts, and at its begin; one a millisecond later does not."""
    events = [Told(0, START), Told(0, START + later, "purchase")]

    over, _ = in_passes(events, cuts, START + HORIZON + 1)
    assert Over("u:ann", START + HORIZON, 1, met, 0) in over


@pytest.mark.parametrize("cuts", [[], [1], [1, 2]])
def test_a_purchase_waits_for_the_next_one(cuts: list[int]) -> None:
    """Its own row is not its own success, and it is not the end of looking."""
    events = [Told(0, START + n, "purchase") for n in range(2)]

    told, _ = in_passes(events, cuts, START + 2 * HORIZON)
    assert [(row.number, row.met) for row in told if row.part == OVER] == [(1, True), (2, False)]


def test_nobody_has_more_rows_than_may_wait() -> None:
    """Of a burst, the first ones wait; room is made by the end of a horizon, not by a purchase."""
    burst = [Told(0, START + n, "purchase") for n in range(500)]
    events = [*burst, Told(0, START + HORIZON + 1)]
    worker = Worker(Rule(HORIZON, most=3), per_session=500)

    told = [row for one in passes(events, [], worker.people) for row in worker.fold(one)]
    assert [row.number for row in told if row.part == OVER] == [1]
    assert [row.number for row in worker.rest()] == [2, 3, 501]


def test_no_rows_have_the_shape_of_rows() -> None:
    """What is told of nobody can be joined with what is told of somebody."""
    assert outcomes.none(3)["x"].shape == (0, 3)
    assert len(outcomes.none(3)) == 0
