"""The people of the simulated shop: what they are like, and what they carry between visits.

In: a `Shop` and a random generator; after each slice the visits walked. Out: columns with one
row a place, which one person holds at a time. Knows nothing of arrival or of lines.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table
from rtm_flows.simulate.catalogue import CATEGORIES
from rtm_flows.simulate.loyalty import leanings, leave, shares, shyness
from rtm_flows.simulate.shop import Shop

GAP_MS = 1_800_000
"""A person's visits are more than this apart, so that each is a session of its own."""

CALM, WARM, SATED = range(3)
"""Mood after the last visit: nothing; something left in the cart; something bought."""


class People:
    """One row a place: who holds it, changed as visits end.

    Attributes
    ----------
    reach
        Cumulative share of visits, for drawing who comes.
    person
        Number of who holds the place. Who leaves for good is followed by a new number.
    came
        People so far: the next new number.
    taste, eagerness, device, shyness, leaning
        Favourite category, liking to buy (mean 1), usual device, chances to visit without login
        and to leave after a visit.
    free_from
        First millisecond at which a next visit may begin.
    mood, cart_quantity, cart_cents, case
        What is carried on: mood, cart of a known person, number of an open case (0: none).
    """

    def __init__(self, shop: Shop, rng: np.random.Generator) -> None:
        n = shop.people
        self._anonymous = shop.anonymous
        self.reach: NDArray[np.float64] = np.cumsum(shares(rng, n))
        self.came = 0
        self.person = np.zeros(n, dtype=np.int64)
        self.taste = np.zeros(n, dtype=np.int64)
        self.eagerness = np.zeros(n)
        self.device = np.zeros(n, dtype=np.int8)
        self.shyness = np.zeros(n)
        self.leaning = np.zeros(n)
        self.free_from = np.zeros(n, dtype=np.int64)
        self.mood = np.full(n, CALM, dtype=np.int8)
        self.cart_quantity = np.zeros(n, dtype=np.int64)
        self.cart_cents = np.zeros(n, dtype=np.int64)
        self.case = np.zeros(n, dtype=np.int64)
        self._enter(rng, np.arange(n))

    def _enter(self, rng: np.random.Generator, place: NDArray[np.int64]) -> None:
        """Let new people take places; they bring nothing along."""
        n = len(place)
        self.person[place] = np.arange(self.came, self.came + n)
        self.came += n
        self.taste[place] = rng.integers(0, len(CATEGORIES), n)
        self.eagerness[place] = np.exp(rng.normal(-0.125, 0.5, n))
        self.device[place] = np.searchsorted([0.4, 0.92], rng.random(n))
        self.shyness[place] = shyness(rng, n, self._anonymous)
        self.leaning[place] = leanings(rng, n)
        self.mood[place] = CALM
        self.cart_quantity[place] = self.cart_cents[place] = self.case[place] = 0

    def draw(self, rng: np.random.Generator, starts: NDArray[np.int64]) -> Table:
        """Return `place`, `person`, `start` of one visit at each start, or of somewhat fewer.

        A person comes once at most within these starts, and not too soon after the last visit.
        Where the one drawn may not come, another is drawn, and a third; else nobody comes.
        """
        place = self._anybody(rng, len(starts))
        for _ in range(2):
            refused = ~self._may_come(place, starts)
            place[refused] = self._anybody(rng, int(refused.sum()))
        keep = self._may_come(place, starts)
        place = place[keep]
        return Table({"place": place, "person": self.person[place], "start": starts[keep]})

    def _anybody(self, rng: np.random.Generator, n: int) -> NDArray[np.int64]:
        place = np.searchsorted(self.reach, rng.random(n), side="right")
        return np.minimum(place, len(self.reach) - 1)  # the sum of shares may end below 1

    def _may_come(self, place: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.bool_]:
        first = np.zeros(len(starts), dtype=bool)
        first[np.unique(place, return_index=True)[1]] = True
        apart: NDArray[np.bool_] = first & (starts >= self.free_from[place])
        return apart

    def remember(self, rng: np.random.Generator, visits: Table, ends: Table) -> None:
        """Carry over what the visits ended with; `ends` has one row for each visit.

        A visit without login leaves no cart behind: its person is not known. Some leave for good,
        and others take their places.
        """
        place = visits["place"]
        self.free_from[place] = ends["last"] + GAP_MS + 1
        self.case[place] = ends["case"]
        added = np.where(ends["cart_quantity"] > 0, WARM, CALM)
        self.mood[place] = np.where(ends["bought"], SATED, added)
        known = visits["known"]
        self.cart_quantity[place[known]] = ends["cart_quantity"][known]
        self.cart_cents[place[known]] = ends["cart_cents"][known]
        left = leave(rng, self.leaning[place], ends["bought"], ends["case"] > 0)
        self._enter(rng, place[left])
