"""The largest of some independent numbers: with what chance each is it, and is above a bound.

In: of each number values that it is equally likely, or likely by known levels, to lie between. Out:
chances. It refuses to know what the numbers are, and draws nothing: what it tells has no noise.

A number has some chance of lying between two values that stand next to one another, and all of
what is between them is equally likely: its distribution function is made of straight pieces. For
such numbers the chances are exact but for the rounding of floats: between two neighbours of all
values together, every distribution function is straight, so what is summed is a polynomial.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_OUTER = 0.5 * math.sqrt(0.6)
POINTS: Final = ((0.5 - _OUTER, 5 / 18), (0.5, 8 / 18), (0.5 + _OUTER, 5 / 18))
"""Places in a piece, from 0 to 1, and their weights, by Gauss and Legendre: exact for polynomials
of degree five, so for six numbers. For twelve, what is missing is below 1e-11.
"""


class Largest:
    """Some independent numbers that may be the largest.

    Parameters
    ----------
    values
        (numbers, levels): of each number the values that it is below with the chances `levels`;
        they rise strictly.
    levels
        From 0 to 1, rising strictly.

    Examples
    --------
    One number is anything from 0 to 1, another anything from 0 to 2.

    >>> largest = Largest(np.array([[0.0, 1.0], [0.0, 2.0]]), np.array([0.0, 1.0]))
    >>> chances, none = largest.above(np.array([0.0, 1.0]))
    >>> chances.round(9).tolist(), none.tolist()
    ([[0.25, 0.0], [0.75, 0.5]], [0.0, 0.5])
    """

    def __init__(self, values: Floats, levels: Floats) -> None:
        self._nodes: Floats = np.unique(values)
        below = np.array([np.interp(self._nodes, own, levels) for own in values])
        self._start, self._rise = below[:, :-1], below[:, 1:] - below[:, :-1]
        pieces = _won(self._start, self._rise)
        # From the top down, one piece after the other: what is above each node.
        tails = np.add.accumulate(pieces[:, ::-1], axis=1)[:, ::-1]
        self._above: Floats = np.concatenate([tails[:, 1:], np.zeros((len(values), 1))], axis=1)

    def above(self, bounds: Floats) -> tuple[Floats, Floats]:
        """Return the chance that each number is the largest and above a bound.

        Parameters
        ----------
        bounds
            One number each; minus infinity is below all.

        Returns
        -------
        chances, none
            (numbers, bounds); and of each bound the chance that no number is above it. A column
            and its `none` add up to 1.
        """
        last = len(self._nodes) - 2
        piece = np.clip(np.searchsorted(self._nodes, bounds, side="right") - 1, 0, last)
        low, high = self._nodes[piece], self._nodes[piece + 1]
        part = np.clip((bounds - low) / (high - low), 0.0, 1.0)
        rise = self._rise[:, piece]
        start = self._start[:, piece] + rise * part
        chances = self._above[:, piece] + _won(start, rise * (1.0 - part))
        return chances, _product(start)


def _won(start: Floats, rise: Floats) -> Floats:
    """Return of each number, in each piece, the chance that it lies there and is the largest.

    Parameters
    ----------
    start, rise
        (numbers, pieces): the chance of lying below the piece, and in it.
    """
    won = np.zeros_like(rise)
    for place, weight in POINTS:
        below = start + rise * place
        for at, own in enumerate(_products_of_others(below)):
            won[at] += weight * (rise[at] * own)
    return won


def _products_of_others(below: Floats) -> Floats:
    """Return for each row the product of all other rows, in their order."""
    found = np.ones_like(below)
    so_far = np.ones_like(below[0])
    for at in range(len(below)):
        found[at] *= so_far
        so_far = so_far * below[at]
    so_far = np.ones_like(below[0])
    for at in reversed(range(len(below))):
        found[at] *= so_far
        so_far = so_far * below[at]
    return found


def _product(below: Floats) -> Floats:
    """Return the product of all rows."""
    found: Floats = np.ones_like(below[0])
    for own in below:
        found = found * own
    return found
