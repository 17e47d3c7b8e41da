"""Who comes for what, and what a visit leaves behind in its person.

In: people who come. Out: visits, the chances behind them, and the people changed. It knows nothing
of events or of lines.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rtm_flows.simulate.fashion import chain as c
from rtm_flows.simulate.fashion import draws as d
from rtm_flows.simulate.fashion.campaigns import in_sale
from rtm_flows.simulate.fashion.draws import Bools, Floats, Hashes, Ints
from rtm_flows.simulate.fashion.people import People
from rtm_flows.simulate.fashion.places import NEVER
from rtm_flows.simulate.fashion.walk import Ends, Visits
from rtm_flows.simulate.shop import DAY_MS

GAP_MS = 1_800_000
"""A person's visits are more than this apart, so that each is a session of its own."""
MOOD_MS = 3 * DAY_MS
OPENS_MS = 1_500
"""From a click in a message to the first page."""
NO_LOGIN = 1 << 15
"""Login step of a visit without login."""

_BUY_SHARE, _SEEK_SHARE, _SERVICE_SHARE = 0.055, 0.30, 0.03
_LOGIN_LATER = 0.2
_BOUGHT, _UNANSWERED, _TIRED = 0.5, 3.0, 0.1


class Coming(NamedTuple):
    """People who come; one row a visit.

    Attributes
    ----------
    rows, start
        Rows of the people, and when they come.
    clicked
        The visit follows a click in a message.
    store
        It is a purchase in the store, and nothing else.
    intents
        The chance of each intent, shaped (visit, intent), and `intent` that which was drawn.
    login
        The step from which the person is logged in.
    visits
        What is walked; rows of visits to the store mean nothing there.
    """

    rows: Ints
    start: Ints
    clicked: Bools
    store: Bools
    intents: Floats
    intent: Ints
    login: Ints
    visits: Visits


def come(people: People, rows: Ints) -> Coming:
    """Return the visits of people who come next at `people.next_visit()`."""
    start = people.next_visit()[rows]
    clicked = people.click[rows] == start
    key = people.visit_keys(rows)
    store = ~clicked & (_uniform(key, 0) < people.store[rows])
    intents = intents_of(people, rows, start, clicked)
    drawn = _uniform(key, 1)[:, None] >= np.add.accumulate(intents, axis=1)[:, :-1]
    intent = drawn.sum(axis=1)
    login = _logins(people, rows, key, clicked)
    sale = in_sale(people.shop, start)
    first = (_uniform(key, 2)[:, None] >= c.LANDED[intent][:, :-1]).sum(axis=1)
    cart = np.where(login < NO_LOGIN, people.cart[rows], 0)
    visits = Visits(
        key=key,
        start=np.where(clicked, start + OPENS_MS, start),
        kind=c.kind_of(intent, people.hesitance[rows], sale),
        first=np.where(clicked, c.VIEW, first),
        taste=people.taste[rows],
        second=people.second[rows],
        sale=sale,
        cart=cart,
        items=people.items[rows],
    )
    return Coming(rows, start, clicked, store, intents, intent, login, visits)


def intents_of(people: People, rows: Ints, time: Ints, clicked: Bools) -> Floats:
    """Return the chance of each intent of visits, shaped (visit, intent).

    Something left in the cart doubles the chance to come to buy, a purchase lowers it, for three
    days; a case or a late order lowers it, and sends people to the service pages.
    """
    warm = (people.cart[rows] > 0) & (time - people.added_at[rows] < MOOD_MS)
    sated = (time - people.bought_at[rows] < MOOD_MS) & (people.bought_at[rows] > 0)
    trouble = people.has_case(rows, time) | people.is_late(rows, time)
    pull = np.where(warm, 2.2, 1.0) * np.where(sated, 0.4, 1.0) * np.where(clicked, 1.5, 1.0)
    buy = np.minimum(_BUY_SHARE * people.eager[rows] * pull * np.where(trouble, 0.4, 1.0), 0.5)
    service = np.where(clicked, 0.0, np.where(trouble, 0.40, _SERVICE_SHARE))
    seek = np.where(trouble, 0.10, _SEEK_SHARE) * np.where(clicked, 1.2, 1.0)
    return np.stack([1.0 - buy - service - seek, seek, buy, service], axis=1)


def _logins(people: People, rows: Ints, key: Hashes, clicked: Bools) -> Ints:
    # Who follows a link of a message is known by it; app visits begin known too.
    known = clicked | (_uniform(key, 3) >= people.shy[rows])
    hashes = d.draw(key, 4)
    later = ~clicked & (d.unit(hashes) < _LOGIN_LATER)
    step = np.where(later, 1 + d.pick(np.arange(4), hashes), 0)
    return np.where(known, step, NO_LOGIN).astype(np.int64)


def chance_to_buy(people: People, coming: Coming) -> Floats:
    """Return the chance that each visit ends with a purchase, before its intent is drawn.

    That of visits to the store is 1: who buys there comes for that.
    """
    visits = coming.visits
    hesitance = people.hesitance[coming.rows]
    chance = np.zeros(len(coming.rows))
    for intent in range(len(c.INTENTS)):
        kind = c.kind_of(np.full(len(chance), intent), hesitance, visits.sale)
        first = c.state_of(np.full(len(chance), c.VIEW), visits.cart)
        from_mail = c.TO_BUY[c.LONGEST - 1][kind, first]
        at_the_door = c.AT_THE_DOOR[kind, visits.cart]
        chance += coming.intents[:, intent] * np.where(coming.clicked, from_mail, at_the_door)
    return np.where(coming.store, 1.0, chance)


def leave_chance(people: People, coming: Coming, last: Ints, bought: Bools) -> Floats:
    """Return the chance that people leave for good after a visit.

    Their own chance, half as large after a purchase, three times as large with an open case, and
    a tenth larger for every message of late.
    """
    rows = coming.rows
    tired = 1.0 + _TIRED * people.fatigue(rows, coming.start)
    angry = people.has_case(rows, last)
    factor = np.where(bought, _BOUGHT, 1.0) * np.where(angry, _UNANSWERED, 1.0) * tired
    return np.minimum(people.leaning[rows] * factor, 0.95)


def leave_or_plan(people: People, coming: Coming, ends: Ends, leave: Floats) -> Bools:
    """Carry over what visits ended with, let some people leave, and plan the next visits.

    Returns
    -------
    NDArray[np.bool_]
        Who left for good.
    """
    rows, last = coming.rows, ends.last
    people.visits[rows] += 1
    known = (coming.login < NO_LOGIN) & ~coming.store
    people.cart[rows[known]] = ends.cart[known]
    people.items[rows[known]] = ends.items[known]
    people.added_at[rows[known]] = last[known]
    people.bought_at[rows[ends.bought]] = last[ends.bought]
    busy = last + GAP_MS + 1
    # A click that would fall into a visit, or too soon after it, does not come about.
    people.click[rows[people.click[rows] < busy]] = NEVER
    people.plan(rows, busy)
    left = _uniform(coming.visits.key, 5) < leave
    people.enter(rows[left], busy[left])
    return left


def _uniform(key: Hashes, purpose: int) -> Floats:
    return d.unit(d.draw(key, purpose))
