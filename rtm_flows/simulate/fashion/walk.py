"""What visitors do: every event of a set of visits, drawn step by step for all of them at once.

In: visits that begin. Out: one entry an event, and how each visit ended. It knows nothing of the
people, of time of day, or of lines.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rtm_flows.simulate.fashion import chain as c
from rtm_flows.simulate.fashion import draws as d
from rtm_flows.simulate.fashion.draws import Bools, Floats, Hashes, Ints
from rtm_flows.simulate.fashion.goods import CATEGORIES, TERMS, Goods, choose

_TERMS_A_CATEGORY = len(TERMS) // len(CATEGORIES)
_SHORTEST_MS, _LONGEST_MS = 400.0, 1_200_000.0
# Median 22 s between two events; hesitation in the checkout doubles it.
_PAUSES = np.clip(22_000 * np.exp(d.normal_quantiles()), _SHORTEST_MS, _LONGEST_MS / 2)
_OWN, _SECOND = 0.55, 0.80
_GOES_WITH = 0.3
_PURPOSES = 4
_FIRST_PURPOSE = 64


class Visits(NamedTuple):
    """Visits that begin; one row a visit.

    Attributes
    ----------
    key, start, kind
        For draws; first millisecond; number of the kind (`chain.kind_of`).
    first
        First step; for those whose first event is a click in a message, what follows it.
    taste, second
        The person's favourite categories.
    sale
        1 while a sale runs.
    cart, items
        Pieces in the cart that the person brings along, and which.
    """

    key: Hashes
    start: Ints
    kind: Ints
    first: Ints
    taste: Ints
    second: Ints
    sale: Ints
    cart: Ints
    items: Ints

    def take(self, which: Ints) -> Visits:
        """Return some of the visits."""
        return Visits(self.key[which], *(column[which] for column in self[1:]))


class Steps(NamedTuple):
    """Events of visits, in no order: `visit` is the row of the visit."""

    visit: Ints
    step: Ints
    time: Ints
    type: Ints
    item: Ints
    """Item seen, put in or taken out; the term of a search; the first item of a purchase."""
    cart: Ints
    """Pieces in the cart after the event; of a purchase, the pieces bought."""
    cents: Ints
    """What the cart holds after the event; of a purchase, what it cost."""


class Ends(NamedTuple):
    """How visits ended; one row a visit."""

    last: Ints
    bought: Bools
    cart: Ints
    items: Ints
    events: Ints


class Walk:
    """Visits under way; `run` walks them to their ends."""

    def __init__(self, visits: Visits, goods: Goods) -> None:
        self._visits, self._goods = visits, goods
        n = len(visits.start)
        self._live: Ints = np.arange(n)
        self._time = visits.start.copy()
        self._done = visits.first.copy()
        self._cart, self._items = visits.cart.copy(), visits.items.copy()
        self._cents = self._worth(np.arange(n))
        self._seen = np.zeros(n, dtype=np.int64)
        self._events = np.ones(n, dtype=np.int64)
        self._hash = d.draw(visits.key, _FIRST_PURPOSE)

    def run(self) -> tuple[Steps, Ends]:
        """Walk all visits to their ends; return their events and how they ended."""
        parts = [self._do(0, self._done.copy())]
        for step in range(1, c.LONGEST):
            kind = self._choose(step)
            if not len(self._live):
                break
            parts.append(self._do(step, kind))
        steps = Steps(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
        bought = self._done == c.BUY
        return steps, Ends(self._time, bought, self._cart, self._items, self._events)

    def _choose(self, step: int) -> Ints:
        """Return the next step of each live visit, and let go those that leave."""
        live = self._live
        self._hash = d.draw(self._visits.key[live], _FIRST_PURPOSE + step * _PURPOSES)
        done = self._done[live]
        row = self._visits.kind[live] * c.STATES + c.state_of(done, self._cart[live])
        chances = c.CUMULATIVE.take(row, axis=0)
        kind: Ints = (d.unit(self._hash)[:, None] >= chances).sum(axis=1)
        stay = kind != c.LEAVE
        self._live, self._hash, kind = live[stay], self._hash[stay], kind[stay]
        self._pause(done[stay])
        self._events[self._live] = step + 1
        return kind

    def _pause(self, done: Ints) -> None:
        hesitance = self._visits.kind[self._live] // 2 % c.HESITANCE
        slow = (hesitance == c.HESITANCE - 1) & (done >= c.CHECKOUT) & (done <= c.PAYMENT)
        pause = d.pick(_PAUSES, self._hash) * np.where(slow, 2.0, 1.0)
        self._time[self._live] += pause.astype(np.int64)

    def _do(self, step: int, kind: Ints) -> Steps:
        """Do a step in each live visit, and return what happened."""
        live = self._live
        item = np.zeros(len(live), dtype=np.int64)
        for done, act in (
            (c.VIEW, self._view),
            (c.SEARCH, self._search),
            (c.ADD, self._add),
            (c.REMOVE, self._remove),
        ):
            at = np.flatnonzero(kind == done)
            if len(at):
                item[at] = act(live[at], self._hash[at])
        wish = np.flatnonzero(kind == c.WISH)
        item[wish] = self._seen[live[wish]]
        self._done[live] = kind
        cart, cents = self._cart[live], self._cents[live]
        self._buy(live, kind, item)
        return Steps(live, np.full(len(live), step), self._time[live], kind, item, cart, cents)

    def _view(self, rows: Ints, hashes: Hashes) -> Ints:
        visits = self._visits
        whose = d.unit(d.draw(hashes, 1))
        other = (d.unit(d.draw(hashes, 2)) * len(CATEGORIES)).astype(np.int64)
        liked = np.where(whose < _OWN, visits.taste[rows], visits.second[rows])
        item = choose(np.where(whose < _SECOND, liked, other), d.draw(hashes, 3))
        # What is looked at next, once something is in the cart, is often what goes with it.
        goes = (self._done[rows] == c.ADD) & (d.unit(d.draw(hashes, 4)) < _GOES_WITH)
        item = np.where(goes, self._goods.related[self._seen[rows]], item)
        self._seen[rows] = item
        return item

    def _search(self, rows: Ints, hashes: Hashes) -> Ints:
        term = (d.unit(d.draw(hashes, 1)) * _TERMS_A_CATEGORY).astype(np.int64)
        return self._visits.taste[rows] * _TERMS_A_CATEGORY + term

    def _add(self, rows: Ints, _: Hashes) -> Ints:
        item = self._seen[rows]
        self._items[rows, self._cart[rows]] = item
        self._cart[rows] += 1
        self._cents[rows] += self._goods.paid(item, self._visits.sale[rows])
        return item

    def _remove(self, rows: Ints, _: Hashes) -> Ints:
        self._cart[rows] -= 1
        item = self._items[rows, self._cart[rows]]
        self._cents[rows] -= self._goods.paid(item, self._visits.sale[rows])
        return item

    def _buy(self, live: Ints, kind: Ints, item: Ints) -> None:
        at = np.flatnonzero(kind == c.BUY)
        rows = live[at]
        item[at] = self._items[rows, 0]
        self._cart[rows] = self._cents[rows] = 0

    def _worth(self, rows: Ints) -> Ints:
        worth = np.zeros(len(rows), dtype=np.int64)
        for piece in range(c.CART_MOST):
            held = self._cart[rows] > piece
            price = self._goods.paid(self._items[rows, piece], self._visits.sale[rows])
            worth += np.where(held, price, 0)
        return worth


def still_to_buy(kind: Ints, steps: Steps) -> Floats:
    """Return the chance that the visit buys yet, of somebody who knows its kind, after each event.

    Parameters
    ----------
    kind
        Of each visit.
    """
    left = np.maximum(c.LONGEST - 1 - steps.step, 0)
    bought = steps.type == c.BUY
    state = c.state_of(steps.type, np.where(bought, 0, steps.cart))
    chance: Floats = c.TO_BUY[left, kind[steps.visit], state]
    return np.where(bought, 1.0, chance)
