"""Scales: what one number says, on a straight scale, by its rank, and in quarters.

In: rows of plain numbers, NaN where there is none. Out: for each column the distance from its
running mean in deviations, its rank among running quantiles, and the number of its quarter. It
refuses to know labels, and what the columns mean.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.reservoir import Reservoir
from rtm_flows.models.scaler import FLAT, Scaler

Matrix = NDArray[np.float64]
Bins = NDArray[np.intp]

KNOTS = 5
"""Quantiles a rank is told by: least, quartiles, largest."""

FIRST_KNOTS = 32
"""Rows before the quantiles are used."""

LIMIT = 1e100
"""Largest magnitude that is a number; its square must not overflow."""

FARTHEST = 4.0
"""Distances from the mean are cut at this many deviations."""


class Scaled(NamedTuple):
    """What rows of numbers say, one row each."""

    straight: Matrix
    """Deviations from the mean, (rows, columns); 0 where there is no number."""
    rank: Matrix
    """From -1 for the least to 1 for the largest, (rows, columns); 0 where none is known."""
    square: Matrix
    """Square of the rank less its mean, a third; 0 where there is no rank."""
    quarter: Bins
    """From 1 to 4, (rows, columns); 0 where there is no number, or none is known yet."""


class Scales:
    """The scales of each column, learned as the rows come.

    Means and deviations follow every row (`Scaler`). Quantiles are taken anew when the number of
    rows is a power of two, so between those places rows can be scaled together, and the answer
    does not depend on how rows are cut into runs.

    The rank of a number runs straight from quantile to quantile, and leaps where some are equal.
    It knows no outliers, and its square lets a linear model tell the middle from both ends.

    Parameters
    ----------
    size
        Columns.

    Attributes
    ----------
    knots
        Quantiles, (`KNOTS`, columns).

    Examples
    --------
    >>> scales = Scales(1)
    >>> for size in (1, 1, 2, 4, 8, 16):
    ...     _ = scales.learn(np.arange(float(size))[:, None])
    >>> scales.knots[:, 0].tolist()
    [0.0, 1.0, 3.0, 7.0, 15.0]
    >>> scales.view(np.array([[2.0], [99.0], [np.nan]])).rank[:, 0].tolist()
    [-0.25, 1.0, 0.0]
    """

    def __init__(self, size: int) -> None:
        self.scaler = Scaler(size)
        self.reservoir = Reservoir(size)
        self.knots: Matrix = np.zeros((KNOTS, size))

    @property
    def room(self) -> int:
        """How many rows may be learned before the quantiles are taken anew; at least one."""
        n: int = self.scaler.n
        return (1 << n.bit_length()) - n

    def view(self, numbers: Matrix) -> Scaled:
        """Scale rows by what is known; changes nothing."""
        there = _there(numbers)
        filled = np.where(there, numbers, self.knots[KNOTS // 2])
        return self._scaled(filled, there, self.scaler.mean, self.scaler.std)

    def learn(self, numbers: Matrix) -> Scaled:
        """Scale each row by what was known before it, and learn it; at most `room` rows."""
        there = _there(numbers)
        # The median stands for what is missing: it moves neither mean nor deviation far.
        filled = np.where(there, numbers, self.knots[KNOTS // 2])
        known = self.scaler.n
        before = self.scaler.learn(filled)
        scaled = self._scaled(filled, there, before.mean[:-1], before.std[:-1], known)
        self.reservoir.add(np.where(there, numbers, np.nan))
        if self.scaler.n & (self.scaler.n - 1) == 0:
            self._bend()
        return scaled

    def _scaled(
        self, filled: Matrix, there: NDArray[np.bool_], mean: Matrix, std: Matrix, n: int = -1
    ) -> Scaled:
        varied = there & (std > FLAT)
        with np.errstate(over="ignore"):
            distance = (filled - mean) / np.where(std > FLAT, std, 1.0)
        straight = np.where(varied, np.clip(distance, -FARTHEST, FARTHEST), 0.0)
        if (self.scaler.n if n < 0 else n) < FIRST_KNOTS:
            nothing = np.zeros(filled.shape)
            return Scaled(straight, nothing, nothing, np.zeros(filled.shape, dtype=np.intp))
        quarter = np.ones(filled.shape, dtype=np.intp)
        for knot in self.knots[1:-1]:
            quarter += filled > knot
        rank = self._rank(filled)
        square = np.where(there, rank * rank - 1.0 / 3.0, 0.0)
        return Scaled(straight, np.where(there, rank, 0.0), square, np.where(there, quarter, 0))

    def _rank(self, filled: Matrix) -> Matrix:
        past = np.zeros(filled.shape)
        for low, high in pairwise(self.knots):
            width = np.where(high > low, high - low, 1.0)
            along = np.clip((filled - low) / width, 0.0, 1.0)
            past += np.where(high > low, along, filled >= high)
        return past * (2.0 / (KNOTS - 1)) - 1.0

    def _bend(self) -> None:
        for column in range(self.knots.shape[1]):
            quantiles = self.reservoir.quantiles(column, KNOTS)
            if len(quantiles):
                self.knots[:, column] = quantiles


def _there(numbers: Matrix) -> NDArray[np.bool_]:
    there: NDArray[np.bool_] = np.absolute(numbers) <= LIMIT
    return there
