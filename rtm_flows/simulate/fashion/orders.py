"""What follows from a purchase: the order's way, returns, trouble, cases, calls and posts.

In: purchases. Out: rows of all that follows, and the people changed. It knows nothing of lines.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rtm_flows.simulate.fashion import draws as d
from rtm_flows.simulate.fashion import types as t
from rtm_flows.simulate.fashion.draws import Bools, Floats, Hashes, Ints
from rtm_flows.simulate.fashion.people import People
from rtm_flows.simulate.fashion.places import HOUR_MS
from rtm_flows.simulate.fashion.rows import A_VISIT, FOLLOWS, Rows, rows_of
from rtm_flows.simulate.fashion.touch import CALLS, NOWHERE, POSTS, WEBSITE
from rtm_flows.simulate.shop import DAY_MS

CANCELLED = 0.02
DELAYED = 0.12
"""Of orders, so many are called off, or late."""
RETURNED, RETURNED_LATE, RETURNED_STORE = 0.28, 0.36, 0.08
CASE, CASE_LATE = 0.03, 0.40
WINDOW_MS = 2 * DAY_MS
"""Length of the time in which an order is said to come."""

_PURPOSE = 1000
_SOLVED = 20 * HOUR_MS * np.exp(0.8 * d.normal_quantiles())
_MOOD = {False: (0.15, 0.40), True: (0.75, 0.90)}
"""Of posts about an order, the share that is negative, and that is negative or neutral."""
NEGATIVE, NEUTRAL, POSITIVE = range(3)


class Purchases(NamedTuple):
    """Purchases; one row each.

    Attributes
    ----------
    rows, person, visit
        Row and number of who bought, and in which visit.
    key
        The key of the visit.
    time, cents, item, store
        When, for how much, an item of it, and whether in the store.
    ids, locale
        As the lines of the purchase have them.
    """

    rows: Ints
    person: Ints
    visit: Ints
    key: Hashes
    time: Ints
    cents: Ints
    item: Ints
    store: Bools
    ids: Ints
    locale: Ints


class _Way(NamedTuple):
    """When what happens to the orders; where a thing does not, its mask says so."""

    late: Bools
    cancelled: Bools
    shipped_at: Ints
    delayed_at: Ints
    delivered_at: Ints
    promised: Ints


def follow(people: People, bought: Purchases) -> Rows:
    """Return all that follows from purchases, and change the people who bought.

    What comes after the end of the simulation is among it.
    """
    way = _way(bought)
    sent = ~bought.store & ~way.cancelled
    own = np.flatnonzero(~bought.store)
    rows = bought.rows[own]
    people.ordered_at[rows] = bought.time[own]
    arrives = np.where(way.cancelled, bought.time, way.delivered_at)[own]
    people.delivered_at[rows] = arrives
    people.ordered[rows] = bought.item[own]
    late = np.flatnonzero(sent & way.late)
    people.late_from[bought.rows[late]] = way.delayed_at[late]
    people.late_until[bought.rows[late]] = way.delivered_at[late]
    parts = [*_orders(bought, way, sent), _returns(bought, way)]
    parts += _cases(people, bought, way, sent)
    parts.append(_posts(people, bought, way))
    return np.concatenate(parts)


def _way(bought: Purchases) -> _Way:
    shipped = bought.time + _between(bought, 0, 6, 36)
    late = _uniform(bought, 1) < DELAYED
    delayed = shipped + _between(bought, 2, 12, 36)
    on_time = shipped + _between(bought, 3, 20, 60)
    delivered = np.where(late, delayed + _between(bought, 3, 36, 110), on_time)
    cancelled = _uniform(bought, 4) < CANCELLED
    return _Way(late, cancelled, shipped, delayed, delivered, bought.time + 2 * DAY_MS)


def _orders(bought: Purchases, way: _Way, sent: Bools) -> list[Rows]:
    soon = bought.time + 2_000 + (_uniform(bought, 5) * 28_000).astype(np.int64)
    off = bought.time + _between(bought, 6, 1, 5)
    again = np.where(way.late, way.delivered_at - DAY_MS, way.promised)
    return [
        _told(bought, ~bought.store, t.COMPLETED, 0, soon, a=bought.cents),
        _told(bought, ~bought.store & way.cancelled, t.CANCELLED, 1, off, a=bought.cents),
        _told(bought, sent, t.SHIPPED, 2, way.shipped_at, a=way.promised),
        _told(bought, sent & way.late, t.DELAYED, 3, way.delayed_at, a=again),
        _told(bought, sent, t.DELIVERED, 4, way.delivered_at, a=bought.cents),
    ]


def _returns(bought: Purchases, way: _Way) -> Rows:
    chance = np.where(way.late, RETURNED_LATE, RETURNED)
    chance = np.where(bought.store, RETURNED_STORE, np.where(way.cancelled, 0.0, chance))
    arrived = np.where(bought.store, bought.time, way.delivered_at)
    back = arrived + _between(bought, 8, 72, 288)
    part = np.where(_uniform(bought, 9) < 0.6, bought.cents, bought.cents // 2)
    return _told(bought, _uniform(bought, 7) < chance, t.REFUND, 5, back, a=part)


def _cases(people: People, bought: Purchases, way: _Way, sent: Bools) -> list[Rows]:
    """Open and close cases; nobody opens a second one while one is open or foreseen."""
    asks = _uniform(bought, 10) < np.where(way.late, CASE_LATE, CASE)
    asks &= sent & (people.case_until[bought.rows] <= bought.time)
    since = np.where(way.late, way.delayed_at, way.delivered_at)
    opened = since + _between(bought, 11, 1, 20)
    length = np.clip(d.pick(_SOLVED, _hash(bought, 12)), HOUR_MS, 10 * DAY_MS)
    closed = opened + length.astype(np.int64)
    people.case_from[bought.rows[asks]] = opened[asks]
    people.case_until[bought.rows[asks]] = closed[asks]
    calls = asks & (_uniform(bought, 13) < 0.5)
    topic = way.late.astype(np.int64)
    place = np.where(calls, CALLS, WEBSITE)
    return [
        _told(bought, calls, t.CALL, 6, opened - 120_000, a=topic, place=CALLS),
        _told(bought, asks, t.CASE_OPENED, 7, opened, a=topic, place=place),
        _told(bought, asks, t.CASE_CLOSED, 8, closed, a=topic, place=place),
    ]


def _posts(people: People, bought: Purchases, way: _Way) -> Rows:
    late = way.late & ~way.cancelled & ~bought.store
    chance = people.social[bought.rows] * np.where(late, 0.8, 0.35)
    since = np.where(late, way.delayed_at, np.where(bought.store, bought.time, way.delivered_at))
    when = since + _between(bought, 14, 1, 30)
    mood = _uniform(bought, 16)
    negative = np.where(late, _MOOD[True][0], _MOOD[False][0])
    neutral = np.where(late, _MOOD[True][1], _MOOD[False][1])
    tone = (mood >= negative).astype(np.int64) + (mood >= neutral)
    # Who waits for an order writes of that; the others of anything.
    about = np.where(late, 1, (_uniform(bought, 17) * 4).astype(np.int64))
    words = (_hash(bought, 18) >> np.uint64(24)).astype(np.int64)
    posts = _told(bought, _uniform(bought, 15) < chance, t.MENTION, 9, when, a=0, place=POSTS)
    told = _uniform(bought, 15) < chance
    posts["a"] = (tone * 4 + about)[told]
    posts["b"] = words[told]
    return posts


def _told(
    bought: Purchases,
    which: Bools,
    kind: int,
    place_in_visit: int,
    time: Ints,
    *,
    a: Ints | int,
    place: Ints | int = NOWHERE,
) -> Rows:
    at = np.flatnonzero(which)
    return rows_of(
        len(at),
        time=time[at],
        person=bought.person[at],
        seq=bought.visit[at] * A_VISIT + FOLLOWS + place_in_visit,
        type=kind,
        ids=bought.ids[at],
        locale=bought.locale[at],
        place=place if isinstance(place, int) else place[at],
        item=bought.item[at],
        a=a if isinstance(a, int) else a[at],
    )


def _hash(bought: Purchases, purpose: int) -> Hashes:
    return d.draw(bought.key, _PURPOSE + purpose)


def _uniform(bought: Purchases, purpose: int) -> Floats:
    return d.unit(_hash(bought, purpose))


def _between(bought: Purchases, purpose: int, least: int, most: int) -> Ints:
    """Return a time between so many hours."""
    hours = least + _uniform(bought, purpose) * (most - least)
    return (hours * HOUR_MS).astype(np.int64)
