"""Contacts: as a plain loop counts them, and never more granted than a limit allows."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import pack, unpack
from rtm_flows.errors import ConfigError
from rtm_flows.people.rows import Ints
from rtm_flows.policy.contacts import LAPSED, NEVER, Contacts, Reservation, decision_keys
from rtm_flows.policy.limits import FREE, Limits, compile_limits
from rtm_flows.policy.rules import Limit
from rtm_flows.policy.waves import waves
from rtm_flows.policy.zones import Zones
from tests.policy.histories import ACTIONS, DAY, HOUR, limit_keys, plainly_meant
from tests.policy.test_zones import plain_start

START = 1_711_746_000_000 - HOUR  # 2024-03-29T20:00:00Z, two days before clocks are put forward
ZONES = ("UTC", "Europe/Berlin", "Asia/Baku", "America/New_York")
SPANS = {"PT1H": HOUR, "P1D": DAY, "P7D": 7 * DAY}
STEPS = (0, 1, HOUR - 1, HOUR, 5 * HOUR, DAY - 1, DAY, 2 * DAY, 7 * DAY)
EXPIRIES = (0, 1, HOUR, DAY, 3 * DAY)


@dataclasses.dataclass
class Row:
    """What happens: a person wants an action, or an outcome of a decision before is told."""

    person: int
    clock: int
    zone: int
    kind: str
    wants: int
    expires: int
    about: int
    """Of how many decisions ago of the person the outcome is."""


@dataclasses.dataclass
class Past:
    """A contact, as the loop remembers it."""

    time: int
    expires: int
    action: int
    key: int
    settled: bool = False


class Loop:
    """The reference: of each person a list of contacts, looked through for every question."""

    def __init__(self, keys: Sequence[dict[str, Any]]) -> None:
        self.keys = keys
        self.contacts: dict[int, list[Past]] = {}
        self.granted: list[tuple[int, Past]] = []

    def counts(self, row: Row) -> list[int]:
        """Return of each limit how many contacts count."""
        own = self.contacts.get(row.person, [])
        alive = [one for one in own if one.settled or row.clock < one.expires]
        return [
            sum(
                one.time >= self.since(keys, row) and plainly_meant(keys, ACTIONS[one.action])
                for one in alive
            )
            for keys in self.keys
        ]

    def since(self, keys: dict[str, Any], row: Row) -> int:
        """Return the first instant of a limit's window."""
        text = keys.get("interval") or keys["per"]
        if text in SPANS:
            return row.clock - SPANS[text] + 1
        return plain_start(text, row.clock, zoneinfo.ZoneInfo(ZONES[row.zone]))

    def first(self, row: Row) -> int:
        """Return the first limit that holds the action back."""
        counts = self.counts(row)
        for at, (keys, n) in enumerate(zip(self.keys, counts, strict=True)):
            if plainly_meant(keys, ACTIONS[row.wants]) and n >= keys.get("most", 1):
                return at
        return FREE

    def grant(self, row: Row, key: int) -> None:
        """Remember a contact; of those that lapsed only the latest."""
        if not any(plainly_meant(keys, ACTIONS[row.wants]) for keys in self.keys):
            return
        own = self.contacts.setdefault(row.person, [])
        lapsed = [one for one in own if not one.settled and one.expires <= row.clock]
        for one in lapsed[: max(0, len(lapsed) - LAPSED)]:
            own.remove(one)
        own.append(Past(row.clock, row.expires, row.wants, key))
        self.granted.append((row.person, own[-1]))

    def tell(self, row: Row, key: int) -> None:
        """Take in an outcome."""
        for one in list(self.contacts.get(row.person, [])):
            if one.key == key and row.kind == "settle":
                one.settled = True
            if one.key == key and row.kind == "release":
                self.contacts[row.person].remove(one)
            if one.key == key and row.kind == "lapse":
                one.expires = min(one.expires, row.clock)


class Worker:
    """The same by `Contacts`."""

    def __init__(self, keys: Sequence[dict[str, Any]]) -> None:
        self.limits: Limits = compile_limits(msgspec.convert(keys, list[Limit]), ACTIONS)
        self.zones = Zones()
        self.codes = self.zones.codes(ZONES)
        self.contacts = Contacts(self.limits.limits, self.zones)

    def wave(self, rows: Sequence[Row], keys: Sequence[int]) -> list[tuple[list[int], int]]:
        """Take rows of different people in; return what counted, and what held each back."""
        slots, clocks = column(rows, "person"), column(rows, "clock")
        used = self.contacts.used(slots, clocks, self.codes[column(rows, "zone")])
        wants = column(rows, "wants")
        first = self.limits.held_back(used.up)[np.arange(len(rows)), wants]
        asks = np.array([row.kind == "want" for row in rows], dtype=np.bool_)
        key = np.array(keys, dtype=np.uint64)
        some = np.flatnonzero(asks & (first == FREE))
        self.contacts.reserve(
            Reservation(
                slots[some], clocks[some], self.limits.masks[wants[some]], key[some],
                column(rows, "expires")[some],
            )
        )  # fmt: skip
        for kind, told in (("settle", self.contacts.settle), ("release", self.contacts.release)):
            at = np.array([row.kind == kind for row in rows], dtype=np.bool_)
            told(slots[at], key[at])
        void = np.array([row.kind == "lapse" for row in rows], dtype=np.bool_)
        self.contacts.lapse(slots[void], key[void], clocks[void])
        return list(zip(used.counts.tolist(), first.tolist(), strict=True))

    def move(self, slots: Ints, clocks: Ints) -> None:
        """Go on elsewhere, by way of bytes, without what no limit can look at any more."""
        self.contacts.forget(slots, clocks)
        there = Contacts(self.limits.limits, self.zones)
        counts, table = self.contacts.export(slots)
        there.restore(slots, counts, unpack(pack(table)))
        self.contacts = there


def column(rows: Sequence[Row], name: str) -> Ints:
    """Return one number of each row."""
    return np.array([getattr(row, name) for row in rows], dtype=np.int64)


@st.composite
def histories(draw: st.DrawFn) -> list[Row]:
    """Return rows of a few people, in whose order clocks rise."""
    clocks = [START] * 4
    rows = []
    for _ in range(draw(st.integers(0, 60))):
        person = draw(st.integers(0, 3))
        clocks[person] += draw(st.sampled_from(STEPS))
        row = Row(
            person=person,
            clock=clocks[person],
            zone=draw(st.sampled_from([person, person, 1])),
            kind=draw(st.sampled_from(["want", "want", "want", "settle", "release", "lapse"])),
            wants=draw(st.integers(0, len(ACTIONS) - 1)),
            expires=clocks[person] + draw(st.sampled_from(EXPIRIES)),
            about=draw(st.integers(1, 4)),
        )
        rows.append(row)
    return rows


def keyed(rows: Sequence[Row]) -> list[int]:
    """Return the key of each row: its own place, or that of the decision it is about."""
    own: dict[int, list[int]] = {}
    found = []
    for at, row in enumerate(rows):
        wanted = own.setdefault(row.person, [])
        if row.kind == "want":
            wanted.append(at + 1)
            found.append(at + 1)
        else:
            found.append(wanted[-row.about] if row.about <= len(wanted) else 0)
    return found


def by_loop(keys: Sequence[dict[str, Any]], rows: Sequence[Row]) -> list[tuple[list[int], int]]:
    """Return what counted and what held back, row by row."""
    loop, found = Loop(keys), []
    for row, key in zip(rows, keyed(rows), strict=True):
        found.append((loop.counts(row), loop.first(row)))
        if row.kind != "want":
            loop.tell(row, key)
        elif found[-1][1] == FREE:
            loop.grant(row, key)
    return found


def by_worker(
    keys: Sequence[dict[str, Any]], rows: Sequence[Row], cuts: Sequence[int], *, moving: bool
) -> list[tuple[list[int], int]]:
    """Return the same in passes of many people."""
    worker, key = Worker(keys), keyed(rows)
    found: dict[int, tuple[list[int], int]] = {}
    for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        for wave in waves(column(rows[start:end], "person")):
            at = [start + place for place in wave.tolist()]
            told = worker.wave([rows[n] for n in at], [key[n] for n in at])
            found |= dict(zip(at, told, strict=True))
        if moving:
            last = {row.person: row.clock for row in rows[:end]}
            people = np.array(list(last), dtype=np.int64)
            worker.move(people, np.array(list(last.values()), dtype=np.int64))
    return [found[at] for at in range(len(rows))]


def sound(keys: Sequence[dict[str, Any]]) -> bool:
    """Tell whether these can be limits of the catalogue."""
    try:
        compile_limits(msgspec.convert(keys, list[Limit]), ACTIONS)
    except ConfigError:
        return False
    return True


LIMITS = st.lists(
    limit_keys(), min_size=1, max_size=4, unique_by=lambda keys: str(keys["name"])
).filter(sound)


@given(LIMITS, histories(), st.data())
def test_contacts_count_as_in_a_loop(
    keys: list[dict[str, Any]], rows: list[Row], data: st.DataObject
) -> None:
    """However rows are put together and wherever the state is moved to another worker."""
    expected = by_loop(keys, rows)
    places = st.lists(st.integers(0, len(rows)), max_size=6).map(sorted)

    assert by_worker(keys, rows, [], moving=False) == expected
    assert by_worker(keys, rows, range(len(rows)), moving=True) == expected
    assert by_worker(keys, rows, data.draw(places), moving=True) == expected


@given(LIMITS, histories())
def test_no_window_has_more_than_was_allowed(keys: list[dict[str, Any]], rows: list[Row]) -> None:
    """Of all that was granted and holds for good, by looking at every window there is."""
    rows = [dataclasses.replace(row, kind="want", expires=NEVER, zone=row.person) for row in rows]
    found = by_worker(keys, rows, [], moving=False)
    granted = [row for row, (_, first) in zip(rows, found, strict=True) if first == FREE]

    for one in keys:
        mine = [row for row in granted if plainly_meant(one, ACTIONS[row.wants])]
        for last in mine:
            before = [row for row in mine if row.person == last.person and row.clock <= last.clock]
            inside = [row for row in before if together(one, row, last)]
            assert len(inside) <= one.get("most", 1)


def together(keys: dict[str, Any], row: Row, last: Row) -> bool:
    """Tell whether two contacts of a person are in one window, the second being its last."""
    text = keys.get("interval") or keys["per"]
    if text in SPANS:
        return last.clock - row.clock < SPANS[text]
    where = zoneinfo.ZoneInfo(ZONES[last.zone])
    one, two = (
        (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=at.clock))
        .astimezone(where)
        .date()
        for at in (row, last)
    )
    if text == "calendar_day":
        return one == two
    if text == "calendar_week":
        return one.isocalendar()[:2] == two.isocalendar()[:2]
    return (one.year, one.month) == (two.year, two.month)


def one_limit(**keys: Any) -> Contacts:
    """Return the contacts of a job with one limit."""
    return Contacts([Limit(name="a", **keys)], Zones())


def reserve(contacts: Contacts, clock: int, key: int, expires: int, slot: int = 0) -> None:
    """Reserve one contact."""
    slots, clocks = np.array([slot]), np.array([clock])
    one, keys = np.array([1], dtype=np.uint64), np.array([key], dtype=np.uint64)
    contacts.reserve(Reservation(slots, clocks, one, keys, np.array([expires])))


def count(contacts: Contacts, now: int, slot: int = 0) -> int:
    """Return how many contacts of a person count."""
    found = contacts.used(np.array([slot]), np.array([now]), np.array([0]))
    return int(found.counts[0, 0])


def told(keys: Sequence[int]) -> tuple[Ints, np.ndarray[Any, np.dtype[np.uint64]]]:
    """Return the arguments that tell of decisions of the first person."""
    return np.zeros(len(keys), dtype=np.int64), np.array(keys, dtype=np.uint64)


@pytest.mark.parametrize(("later", "counts"), [(0, 1), (HOUR - 1, 1), (HOUR, 0)])
def test_a_window_is_open_at_its_begin(later: int, counts: int) -> None:
    """A contact at `now - D` counts no more; so two may be exactly D apart."""
    contacts = one_limit(interval="PT1H")
    reserve(contacts, START, 1, NEVER)

    assert count(contacts, START + later) == counts


@pytest.mark.parametrize("settled", [True, False])
def test_a_reservation_counts_until_it_expires(settled: bool) -> None:
    """At its expiry it counts no more, unless it was settled."""
    contacts = one_limit(interval="P1D")
    reserve(contacts, START, 1, START + 10)
    if settled:
        contacts.settle(*told([1]))

    assert count(contacts, START + 9) == 1
    assert count(contacts, START + 10) == settled


def test_a_failed_delivery_never_counted() -> None:
    """It is forgotten, settled or not, and cannot be settled any more."""
    contacts = one_limit(most=5, per="P1D")
    for key in (1, 2, 3):
        reserve(contacts, START, key, NEVER)
    contacts.settle(*told([2]))
    contacts.release(*told([1, 2, 99]))
    contacts.settle(*told([1, 2]))

    assert count(contacts, START) == 1


def test_outcomes_are_those_of_the_own_decisions() -> None:
    """What is told of one person's decision changes nothing of another's with the same key."""
    contacts = one_limit(most=5, per="P1D")
    for slot in (0, 3):
        reserve(contacts, START, 7, START + 10, slot)
    contacts.settle(np.array([0, 3, 0]), np.array([7, 9, 7], dtype=np.uint64))

    assert [count(contacts, START + 10, slot) for slot in (0, 3)] == [1, 0]


def test_a_delivery_told_late_counts() -> None:
    """Of the latest reservations that lapsed, each can still be settled; of those before, none."""
    contacts = one_limit(most=1000, per="P7D")
    for n in range(LAPSED + 5):
        reserve(contacts, START + n, n, START + n)
    contacts.settle(*told(list(range(LAPSED + 5))))

    # When the last one was made, the others had lapsed: the latest of them are kept, and it.
    assert count(contacts, START + DAY) == LAPSED + 1


def test_no_contact_that_was_settled_is_forgotten() -> None:
    """However many there are, and however long ago they would have expired."""
    contacts = one_limit(most=1000, per="P7D")
    for n in range(3 * LAPSED):
        reserve(contacts, START + n, n, START + n)
        contacts.settle(*told([n]))

    assert count(contacts, START + DAY) == 3 * LAPSED


def test_what_is_remembered_is_bounded() -> None:
    """A person who asks for ever takes no more room than the limit and what may lapse."""
    contacts, most = one_limit(most=3, per="PT1H"), 0
    for n in range(3_000):
        if count(contacts, START + n * 60_000) < 3:
            reserve(contacts, START + n * 60_000, n, START + n * 60_000 + 90_000 * (n % 3))
        sizes, _ = contacts.export(np.array([0]))
        most = max(most, int(sizes[0]))

    assert most <= 3 + LAPSED + 1
    assert contacts.nbytes < 50_000
    contacts.forget(np.array([0]), np.array([START + 3_000 * 60_000 + HOUR]))
    assert contacts.export(np.array([0]))[0].tolist() == [0]


def test_an_action_without_limits_leaves_no_trace() -> None:
    """It takes no room."""
    contacts = one_limit(interval="P1D")
    nothing = np.zeros(1, dtype=np.uint64)
    contacts.reserve(
        Reservation(np.array([0]), np.array([START]), nothing, nothing, np.array([NEVER]))
    )

    assert contacts.export(np.array([0]))[0].tolist() == [0]


def test_without_limits_and_without_rows_nothing_happens() -> None:
    """The shapes are those of nothing."""
    nobody = np.zeros(0, dtype=np.int64)
    free = Contacts([], Zones())

    assert free.used(np.array([4]), np.array([START]), np.array([0])).up.shape == (1, 0)
    assert one_limit(interval="P1D").used(nobody, nobody, nobody).counts.shape == (0, 1)
    one_limit(interval="P1D").settle(nobody, np.zeros(0, dtype=np.uint64))
    assert list(waves(nobody)) == []


@given(st.lists(st.integers(0, 5), max_size=40))
def test_waves_have_everybody_once_and_in_order(slots: list[int]) -> None:
    """The n-th wave holds the n-th row of each person who has so many."""
    found = [wave.tolist() for wave in waves(np.array(slots, dtype=np.int64))]

    place = [slots[:at].count(slot) for at, slot in enumerate(slots)]
    assert found == [
        [at for at, own in enumerate(place) if own == n] for n in range(max(place, default=-1) + 1)
    ]


def test_keys_of_decisions_are_told_apart() -> None:
    """Any text can be an id in a record that comes back."""
    keys = decision_keys(["", "a", "b", "not hexadecimal", "é"])

    assert len(set(keys.tolist())) == 5


@pytest.mark.slow
def test_nobody_is_reached_too_often_in_a_million_rows() -> None:
    """Of 20,000 people under four limits in the zones of four cities, in cuts of any size.

    Two fifths of what is granted is told to be delivered, a fifth to have failed; the rest expires.
    """
    keys: list[dict[str, Any]] = [
        {"name": "day", "most": 2, "per": "calendar_day"},
        {"name": "gap", "channels": "email", "interval": "P1D"},
        {"name": "week", "issues": "grow", "most": 3, "per": "calendar_week"},
        {"name": "month", "except_issues": "service", "most": 9, "per": "P30D"},
    ]
    rng, worker, people = np.random.default_rng(20), Worker(keys), 20_000
    clocks = np.full(people, START)
    granted: list[tuple[int, int, int, int]] = []
    for wave in range(68):
        who = rng.permutation(people)[: rng.integers(people // 2, people)]
        clocks[who] += rng.choice(np.array([HOUR // 7, HOUR, 5 * HOUR, DAY]), len(who))
        now, wants = clocks[who], rng.integers(0, len(ACTIONS), len(who))
        used = worker.contacts.used(who, now, worker.codes[who % 4])
        free = worker.limits.held_back(used.up)[np.arange(len(who)), wants] == FREE
        key = (np.arange(len(who)) + (wave + 1) * people).astype(np.uint64)
        fate, expires = rng.integers(0, 5, len(who)), now + rng.choice(EXPIRIES, len(who))
        worker.contacts.reserve(
            Reservation(
                who[free], now[free], worker.limits.masks[wants[free]], key[free], expires[free]
            )
        )
        worker.contacts.settle(who[free & (fate < 2)], key[free & (fate < 2)])
        worker.contacts.release(who[free & (fate == 2)], key[free & (fate == 2)])
        lasting = np.where(fate < 2, NEVER, np.where(fate == 2, 0, expires))
        granted += zip(*(a[free].tolist() for a in (who, now, wants, lasting)), strict=True)
        if wave % 16 == 15:
            worker.move(np.arange(people), clocks)

    before: dict[int, list[tuple[int, int, int]]] = {}
    for person, time, wants_, until in granted:
        own = before.setdefault(person, [])
        row = Row(person, time, person % 4, "want", wants_, until, 1)
        for one in keys:
            if plainly_meant(one, ACTIONS[wants_]):
                since = Loop(keys).since(one, row)
                counting = [
                    at for at, action, end in own
                    if at >= since and time < end and plainly_meant(one, ACTIONS[action])
                ]  # fmt: skip
                assert len(counting) < one.get("most", 1)
        own.append((time, wants_, until))
    assert len(granted) > 100_000
