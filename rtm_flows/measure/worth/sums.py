"""Sums: a log and a strategy beside it, added up person by person.

In: decisions one by one, in the order of the log. Out: all that the estimators and their errors
need, as columns. Memory grows with people, and what each of them was offered, not with decisions.
Sums are running ones, in the order of the log. It refuses to know lines and files.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.measure.worth.choices import Offer

Vector = NDArray[np.float64]
Codes = NDArray[np.intp]

Cell = tuple[str, Offer]
"""A trigger, and an offer: where the reward model has a mean."""


class Entries(NamedTuple):
    """Sums of one person in one cell, in the order in which each was first seen.

    Attributes
    ----------
    person, cell
        Whose, and where.
    chosen, brought
        How often the log chose the offer, and the rewards of that.
    wanted
        The strategy's chances of it, added up.
    weight
        The weights of the log's choices of it, added up.
    """

    person: Codes
    cell: Codes
    chosen: Vector
    brought: Vector
    wanted: Vector
    weight: Vector


class People(NamedTuple):
    """Sums of each person, in the order in which they were first seen.

    Attributes
    ----------
    decisions, reward
        Of the log: how many, and what they brought.
    asked
        Decisions by which the strategy does something; only these have a weight.
    weight, weighted
        Of these, the weights, and weight times reward.
    """

    decisions: Vector
    reward: Vector
    asked: Vector
    weight: Vector
    weighted: Vector


class Spread(NamedTuple):
    """Of numbers none of which is below 0: how many are above it, sum, sum of squares, largest."""

    above: int
    total: float
    squares: float
    largest: float


class Summed(NamedTuple):
    """A log and a strategy, added up.

    Attributes
    ----------
    cells
        What `entries.cell` numbers.
    weights, rewards
        Of the decisions by which the strategy does something: their weights, and weight times
        reward.
    """

    people: People
    entries: Entries
    cells: list[Cell]
    weights: Spread
    rewards: Spread


class _Spreading:
    def __init__(self) -> None:
        self.above, self.total, self.squares, self.largest = 0, 0.0, 0.0, 0.0

    def add(self, number: float) -> None:
        self.above += number > 0.0
        self.total += number
        self.squares += number * number
        self.largest = max(self.largest, number)

    def spread(self) -> Spread:
        return Spread(self.above, self.total, self.squares, self.largest)


class Adding:
    """Adds up decisions.

    Examples
    --------
    >>> adding, mail, call = Adding(), ("mail", "mail"), ("call", "call")
    >>> adding.idle("ann")
    >>> adding.add("ann", "view", mail, 0.5, 1.0, {mail: 0.25, call: 0.75})
    >>> summed = adding.summed()
    >>> summed.people.decisions.tolist(), summed.people.weighted.tolist()
    ([2.0], [0.5])
    >>> summed.entries.wanted.tolist(), summed.entries.weight.tolist()
    ([0.25, 0.75], [0.5, 0.0])
    """

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._people = [array("d") for _ in People._fields]
        self._cells: dict[Cell, int] = {}
        self._places_of_entries: dict[tuple[int, int], int] = {}
        self._person, self._cell = array("q"), array("q")
        self._entries = [array("d") for _ in Entries._fields[2:]]
        self._weights, self._rewards = _Spreading(), _Spreading()

    def idle(self, person: str) -> None:
        """Add a decision by which neither the log nor the strategy does anything."""
        self._people[0][self._place(person)] += 1.0

    def add(
        self,
        person: str,
        trigger: str,
        offer: Offer | None,
        chance: float,
        reward: float,
        strategy: Mapping[Offer, float],
    ) -> None:
        """Add a decision.

        Parameters
        ----------
        offer, chance
            What the log did, None for nothing, and how likely that was.
        reward
            What came of it; of nothing, 0.
        strategy
            The chances of what the strategy would do; none of them where it does nothing.
        """
        place = self._place(person)
        weight = strategy.get(offer, 0.0) / chance if offer is not None else 0.0
        told = (1.0, reward, float(bool(strategy)), weight, weight * reward)
        for column, number in zip(self._people, told, strict=True):
            column[place] += number
        if offer is not None:
            self._enter(place, (trigger, offer), (1.0, reward, 0.0, weight))
        for one, wanted in strategy.items():
            self._enter(place, (trigger, one), (0.0, 0.0, wanted, 0.0))
        if strategy:
            self._weights.add(weight)
            self._rewards.add(weight * abs(reward))

    def summed(self) -> Summed:
        """Return the sums."""
        person, cell = (np.array(column).astype(np.intp) for column in (self._person, self._cell))
        return Summed(
            People(*(np.array(column) for column in self._people)),
            Entries(person, cell, *(np.array(column) for column in self._entries)),
            list(self._cells),
            self._weights.spread(),
            self._rewards.spread(),
        )

    def _place(self, person: str) -> int:
        place = self._places.get(person)
        if place is None:
            place = self._places[person] = len(self._places)
            for column in self._people:
                column.append(0.0)
        return place

    def _enter(self, person: int, cell: Cell, told: tuple[float, float, float, float]) -> None:
        at = self._cells.setdefault(cell, len(self._cells))
        place = self._places_of_entries.get((person, at))
        if place is None:
            place = self._places_of_entries[person, at] = len(self._person)
            self._person.append(person)
            self._cell.append(at)
            for column in self._entries:
                column.append(0.0)
        for column, number in zip(self._entries, told, strict=True):
            column[place] += number
