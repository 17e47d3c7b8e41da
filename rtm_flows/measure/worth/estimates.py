"""Estimates: what a strategy is worth a decision and a person, from sums of a log.

In: sums by person. Out: four estimates beside the log's own mean, each with its interval. People
are drawn again and again, all that they did with them, so decisions of one person are one draw. It
refuses to know single decisions.

Of a decision by which the strategy does nothing the reward is known: 0. So the estimators look only
at those by which it does something (`asked`), and divide by all. Formulas: `strategy_values`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.measure.resampling import deviation
from rtm_flows.measure.reward_models import shrunk
from rtm_flows.measure.strategy_values import Estimate, with_errors
from rtm_flows.measure.worth.sums import Cell, Summed

Vector = NDArray[np.float64]
Codes = NDArray[np.intp]

DRAWS = 200
"""Draws of all people for the errors."""

FOLDS = 5
"""Parts of the people; for DR each is predicted from the others."""

STRENGTH = 10.0
"""By how many choices a mean of the reward model is drawn to the wider one."""


class Worth(msgspec.Struct, frozen=True, kw_only=True):
    """What a strategy is worth: reward a decision, and reward a person."""

    decision: Estimate
    person: Estimate


class Estimates(msgspec.Struct, frozen=True, kw_only=True):
    """The log's own mean, and the strategy's worth by four estimators."""

    logged: Worth
    ips: Worth
    snips: Worth
    dm: Worth
    dr: Worth


class _Totals(NamedTuple):
    """The rewards of all decisions together: those of the log, and estimated."""

    logged: float
    ips: float
    snips: float
    dm: float
    dr: float


def estimates(summed: Summed, *, seed: int) -> Estimates:
    """Return what a strategy is worth by the sums of a log.

    Parameters
    ----------
    summed
        Of two people or more, and a weight above 0.
    seed
        Of the folds of people, and of the draws.
    """
    people = len(summed.people.decisions)
    rng = np.random.default_rng(seed)
    fold = rng.permutation(people) % min(FOLDS, people)
    model = _Model(summed)
    robust = _robust(summed, model, fold)
    everyone = np.ones(people)
    decisions, found = _totals(summed, model, robust, everyone)
    each = np.array([decisions, people], dtype=np.float64)
    drawn = np.empty((DRAWS, len(each), len(found)))
    for number in range(DRAWS):
        times = np.bincount(rng.integers(0, people, people), minlength=people).astype(np.float64)
        among, totals = _totals(summed, model, robust, times)
        drawn[number] = np.array(totals) / np.array([among, people])[:, np.newaxis]
    values = np.array(found) / each[:, np.newaxis]
    named = {
        name: Worth(
            decision=_estimate(values[0], drawn[:, 0], at, people),
            person=_estimate(values[1], drawn[:, 1], at, people),
        )
        for at, name in enumerate(_Totals._fields)
    }
    return Estimates(**named)


class _Model:
    """The mean reward of an offer at a trigger, drawn to the offer's mean, and that to all's."""

    def __init__(self, summed: Summed) -> None:
        self._entries = summed.entries
        self._cells = len(summed.cells)
        self._offer, self._offers = _offers(summed.cells)

    def expected(self, times: Vector) -> Vector:
        """Return the expected reward in each cell, by what so many times each entry tells."""
        cell, own = self._entries.cell, self._entries
        chosen = np.bincount(cell, times * own.chosen, self._cells).astype(np.float64)
        brought = np.bincount(cell, times * own.brought, self._cells).astype(np.float64)
        seen = _total(chosen)
        anywhere = np.full(self._offers, _total(brought) / seen if seen else 0.0)
        alone = shrunk(self._by_offer(brought), self._by_offer(chosen), anywhere, STRENGTH)
        return shrunk(brought, chosen, alone[self._offer], STRENGTH)

    def _by_offer(self, column: Vector) -> Vector:
        return np.bincount(self._offer, column, self._offers).astype(np.float64)


def _offers(cells: list[Cell]) -> tuple[Codes, int]:
    """Return the number of each cell's offer, and how many there are."""
    numbers = {offer: at for at, offer in enumerate(dict.fromkeys(offer for _, offer in cells))}
    return np.array([numbers[offer] for _, offer in cells], dtype=np.intp), len(numbers)


def _robust(summed: Summed, model: _Model, fold: Codes) -> Vector:
    """Return DR's rewards of each person, expected by a model that never saw the person."""
    own = summed.entries
    of_entry = fold[own.person]
    expected = np.zeros(len(own.cell))
    for part in range(int(fold.max()) + 1):
        mine = of_entry == part
        expected[mine] = model.expected((~mine).astype(np.float64))[own.cell[mine]]
    beside = (own.wanted - own.weight) * expected
    people = len(fold)
    added: Vector = summed.people.weighted + np.bincount(own.person, beside, people)
    return added


def _totals(summed: Summed, model: _Model, robust: Vector, times: Vector) -> tuple[float, _Totals]:
    """Return how many decisions, and their rewards, with each person so many times."""
    own, of_entry = summed.people, times[summed.entries.person]
    weight, ips = _total(times * own.weight), _total(times * own.weighted)
    wanted = np.bincount(
        summed.entries.cell, of_entry * summed.entries.wanted, len(summed.cells)
    ).astype(np.float64)
    totals = _Totals(
        logged=_total(times * own.reward),
        ips=ips,
        snips=ips * (_total(times * own.asked) / weight) if weight else 0.0,
        dm=_total(wanted * model.expected(of_entry)),
        dr=_total(times * robust),
    )
    return _total(times * own.decisions), totals


def _estimate(values: Vector, drawn: Vector, at: int, people: int) -> Estimate:
    """Return the estimate at a place; the log's own is at the first."""
    return with_errors(
        float(values[at]),
        deviation(drawn[:, at].tolist()),
        float(values[at] - values[0]),
        deviation((drawn[:, at] - drawn[:, 0]).tolist()),
        people=people,
    )


def _total(column: Vector) -> float:
    """Return a running sum: its bits do not depend on how it is cut."""
    return float(np.add.accumulate(column)[-1]) if len(column) else 0.0


def mean_weight(summed: Summed) -> tuple[float, float]:
    """Return the mean weight of the decisions that the strategy is asked for, and its error.

    Rows of a person are one draw.
    """
    own = summed.people
    asked, people = _total(own.asked), len(own.asked)
    mean = _total(own.weight) / asked
    squares = math.fsum(((own.weight - mean * own.asked) ** 2).tolist())
    return mean, math.sqrt(squares * people / (people - 1)) / asked
