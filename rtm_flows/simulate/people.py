"""The people of the simulated shop: what they are like, and what they carry between visits.

In: a `Shop` and a random generator; after each slice the visits walked. Out: columns with one
row a person. Knows nothing of arrival or of lines.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table
from rtm_flows.simulate.catalogue import CATEGORIES
from rtm_flows.simulate.shop import Shop

GAP_MS = 1_800_000
"""A person's visits are more than this apart, so that each is a session of its own."""

CALM, WARM, SATED = range(3)
"""Mood after the last visit: nothing; something left in the cart; something bought."""


class People:
    """One row a person, changed in place as visits end.

    Attributes
    ----------
    reach
        Cumulative share of visits, for drawing who comes: Zipf-like with a flattened head, since
        nobody visits a shop fifty times a day.
    taste, eagerness, device
        Favourite category, liking to buy (mean 1), usual device.
    free_from
        First millisecond at which a next visit may begin.
    mood, cart_quantity, cart_cents, case
        What is carried on: mood, cart of a known person, number of an open case (0: none).
    """

    def __init__(self, shop: Shop, rng: np.random.Generator) -> None:
        n = shop.people
        rank = rng.permutation(n) + 1
        share = (rank + 0.05 * n) ** -0.9
        self.reach: NDArray[np.float64] = np.cumsum(share) / share.sum()
        self.taste = rng.integers(0, len(CATEGORIES), n)
        self.eagerness = np.exp(rng.normal(-0.125, 0.5, n))
        self.device = np.searchsorted([0.4, 0.92], rng.random(n)).astype(np.int8)
        self.free_from = np.zeros(n, dtype=np.int64)
        self.mood = np.full(n, CALM, dtype=np.int8)
        self.cart_quantity = np.zeros(n, dtype=np.int64)
        self.cart_cents = np.zeros(n, dtype=np.int64)
        self.case = np.zeros(n, dtype=np.int64)

    def draw(self, rng: np.random.Generator, starts: NDArray[np.int64]) -> Table:
        """Return `person` and `start` of one visit at each start, or of somewhat fewer.

        A person comes once at most within these starts, and not too soon after the last visit.
        Where the one drawn may not come, another is drawn; if nor that one may, nobody comes.
        """
        person = self._anybody(rng, len(starts))
        refused = ~self._may_come(person, starts)
        person[refused] = self._anybody(rng, int(refused.sum()))
        keep = self._may_come(person, starts)
        return Table({"person": person[keep], "start": starts[keep]})

    def _anybody(self, rng: np.random.Generator, n: int) -> NDArray[np.int64]:
        person = np.searchsorted(self.reach, rng.random(n), side="right")
        return np.minimum(person, len(self.reach) - 1)  # the sum of shares may end below 1

    def _may_come(self, person: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.bool_]:
        first = np.zeros(len(starts), dtype=bool)
        first[np.unique(person, return_index=True)[1]] = True
        apart: NDArray[np.bool_] = first & (starts >= self.free_from[person])
        return apart

    def remember(self, visits: Table, ends: Table) -> None:
        """Carry over what the visits ended with; `ends` has one row for each visit.

        A visit without login leaves no cart behind: its person is not known.
        """
        person = visits["person"]
        self.free_from[person] = ends["last"] + GAP_MS + 1
        self.case[person] = ends["case"]
        added = np.where(ends["cart_quantity"] > 0, WARM, CALM)
        self.mood[person] = np.where(ends["bought"], SATED, added)
        known = visits["known"]
        self.cart_quantity[person[known]] = ends["cart_quantity"][known]
        self.cart_cents[person[known]] = ends["cart_cents"][known]
