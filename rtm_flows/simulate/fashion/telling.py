"""Visits as rows: who is named, from where, and what accompanies a click, a login and a purchase.

In: visits that were walked. Out: rows, and the purchases among them. It knows nothing of what
follows from a purchase.
"""

from __future__ import annotations

import numpy as np

from rtm_flows.simulate.fashion import chain as c
from rtm_flows.simulate.fashion import draws as d
from rtm_flows.simulate.fashion import types as t
from rtm_flows.simulate.fashion.draws import Hashes, Ints
from rtm_flows.simulate.fashion.goods import ITEMS, Goods, choose
from rtm_flows.simulate.fashion.messages import A_SEND
from rtm_flows.simulate.fashion.orders import Purchases
from rtm_flows.simulate.fashion.people import People
from rtm_flows.simulate.fashion.rows import (
    ANONYMOUS_ONLY,
    BOTH,
    MESSAGES,
    USER_ONLY,
    Rows,
    rows_of,
    visit_seq,
)
from rtm_flows.simulate.fashion.touch import IOS, MAILS, PUSHES, STORE, WEB
from rtm_flows.simulate.fashion.visits import NO_LOGIN, Coming
from rtm_flows.simulate.fashion.walk import Ends, Steps

_APP = 0.4  # visits from a phone that are made in the app
_HANDLING_MS = 60


def tell(people: People, coming: Coming, steps: Steps) -> list[Rows]:
    """Return the rows of visits that were walked; visits to the store are not among them.

    Parameters
    ----------
    steps
        Their events; `visit` is the row in `coming`.
    """
    visit = steps.visit
    login = coming.login[visit]
    place = _places(people, coming)[visit]
    named = np.where(place >= IOS, USER_ONLY, BOTH)
    who = coming.rows[visit]
    rows = rows_of(
        len(visit),
        time=steps.time,
        person=people.person[who],
        seq=visit_seq(people.visits[who], steps.step),
        type=steps.type,
        ids=np.where(steps.step >= login, named, ANONYMOUS_ONLY),
        place=place,
        locale=people.locale[who],
        # A row says at which price: the texts of goods at sale prices come after the others.
        item=steps.item + np.where(steps.type == c.SEARCH, 0, coming.visits.sale[visit] * ITEMS),
        a=steps.cents,
        b=steps.cart,
    )
    return [rows, _clicks(people, coming), *_logins(people, rows, who, steps.step == login, login)]


def _places(people: People, coming: Coming) -> Ints:
    device = people.device[coming.rows]
    hashes = d.draw(coming.visits.key, 6)
    app = (device == 1) & (d.unit(hashes) < _APP)
    system = (people.key[coming.rows] & np.uint64(1)).astype(np.int64)
    return np.where(app, IOS + system, WEB + device)


def _clicks(people: People, coming: Coming) -> Rows:
    at = np.flatnonzero(coming.clicked)
    who = coming.rows[at]
    campaign = people.campaign[who]
    mail, number = campaign & 1 == 1, campaign // 4
    return rows_of(
        len(at),
        time=coming.start[at],
        person=people.person[who],
        seq=MESSAGES + number * A_SEND + 3,
        type=np.where(mail, t.MAIL_CLICKED, t.PUSH_CLICKED),
        ids=USER_ONLY,
        place=np.where(mail, MAILS, PUSHES),
        locale=people.locale[who],
        a=number // 2,
        b=campaign // 2 % 2,
    )


def _logins(people: People, rows: Rows, who: Ints, here: Ints, login: Ints) -> list[Rows]:
    """Return what is told at a login, and the first time that the person is known."""
    at = np.flatnonzero(here)
    base, step, person = rows[at], login[at], who[at]
    later = base[(step > 0) & (base["ids"] == BOTH)]
    parts = [_beside(later, t.LOGIN, -150, -2), _beside(later, t.IDENTIFY, -100, -1)]
    first = ~people.told[person]
    people.told[person] = True
    new = first & (base["person"] >= people.shop.people)
    parts.append(_beside(base[new], t.SIGN_UP, _HANDLING_MS, 1))
    for place, (leave, purpose) in enumerate(((people.mail_ok, 0), (people.push_ok, 1))):
        consent = _beside(base[first], t.CONSENT, _HANDLING_MS + 10 + place, 2 + place)
        consent["a"], consent["b"] = leave[person[first]], purpose
        parts.append(consent)
    return parts


def _beside(rows: Rows, kind: int, later_ms: int, later_seq: int) -> Rows:
    beside = rows.copy()
    beside["type"] = kind
    beside["time"] += later_ms
    beside["seq"] += later_seq
    beside["item"] = beside["a"] = beside["b"] = 0
    return beside


def in_store(people: People, coming: Coming, goods: Goods) -> Rows:
    """Return the rows of visits to the store: one purchase each, told by the customer's card."""
    at = np.flatnonzero(coming.store)
    who, key = coming.rows[at], coming.visits.key[at]
    liked = np.where(d.unit(d.draw(key, 7)) < 0.7, people.taste[who], people.second[who])
    item = choose(liked, d.draw(key, 8))
    return rows_of(
        len(at),
        time=coming.start[at],
        person=people.person[who],
        seq=visit_seq(people.visits[who], np.zeros(len(at), dtype=np.int64)),
        type=c.BUY,
        ids=USER_ONLY,
        place=STORE,
        locale=people.locale[who],
        item=item + coming.visits.sale[at] * ITEMS,
        a=goods.paid(item, coming.visits.sale[at]),
        b=1,
    )


def purchases(people: People, coming: Coming, visit: Ints, rows: Rows) -> Purchases:
    """Return the purchases that some rows tell of.

    Parameters
    ----------
    visit
        The row in `coming` of each.
    """
    key: Hashes = coming.visits.key[visit]
    who = coming.rows[visit]
    return Purchases(
        rows=who,
        person=people.person[who],
        visit=people.visits[who],
        key=key,
        time=rows["time"],
        cents=rows["a"],
        item=rows["item"].astype(np.int64) % ITEMS,
        store=coming.store[visit],
        ids=rows["ids"].astype(np.int64),
        locale=rows["locale"].astype(np.int64),
    )


def ends_of(coming: Coming, walked: Ints, ends: Ends) -> Ends:
    """Return how all visits ended, those to the store included.

    Parameters
    ----------
    walked
        Rows of those that were walked, whose ends are given.
    """
    n = len(coming.rows)
    last, bought = coming.start.copy(), coming.store.copy()
    cart, items, events = coming.visits.cart.copy(), coming.visits.items.copy(), np.ones(n, "i8")
    last[walked], bought[walked], cart[walked] = ends.last, ends.bought, ends.cart
    items[walked], events[walked] = ends.items, ends.events
    return Ends(last, bought, cart, items, events)


def logged_in(coming: Coming, events: Ints) -> Coming:
    """Return visits in which nobody logs in who left before."""
    return coming._replace(login=np.where(coming.login < events, coming.login, NO_LOGIN))
