"""Thompson sampling: the chances of section 6, by another road.

In: priorities, and of those that are drawn the belief. Out: the chance of each to be the largest.
Quantiles are found by halving, and the chances by integrals over every piece, one after the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from scipy.special import betainc, betaln

PIECES = 128
PLACES, WEIGHTS = np.polynomial.legendre.leggauss(12)
ENDS = [t**3 * (10 - 15 * t + 6 * t**2) for t in (m / PIECES for m in range(PIECES + 1))]


class Open(NamedTuple):
    """An open offer: its priority and, if its propensity was learned, that and what it is worth."""

    priority: float
    propensity: float = 0.0
    strength: float = 0.0

    @property
    def drawn(self) -> bool:
        """Whether anything about it is open."""
        return bool(self.strength and self.priority and 0 < self.propensity < 1)


@lru_cache(maxsize=100_000)
def chances(offers: tuple[Open, ...]) -> tuple[float, ...]:
    """Return the chance of each, in their order."""
    certain = [one.priority for one in offers if not one.drawn]
    bound = math.log(max(certain)) if certain and max(certain) > 0 else -math.inf
    belows = {at: ends_of(one) for at, one in enumerate(offers) if one.drawn}
    found = [won(at, belows, bound) if at in belows else 0.0 for at in range(len(offers))]
    if certain:
        first = next(
            at for at, one in enumerate(offers) if at not in belows and one[0] == max(certain)
        )
        found[first] = math.prod(float(np.interp(bound, own, ENDS)) for own in belows.values())
    return tuple(round(one * 1e9) / 1e9 for one in found)


def ends_of(offer: Open) -> Any:
    """Return the ends of the pieces of the logarithm of a priority that is drawn."""
    own = logarithms(offer.propensity, offer.strength)
    return math.log(offer.priority / offer.propensity) + own


def won(at: int, belows: dict[int, Any], bound: float) -> float:
    """Return the chance that one of those drawn is above a bound and all others."""
    ends: Sequence[float] = sorted({float(x) for own in belows.values() for x in own})
    if bound > ends[0]:
        ends = [bound, *(end for end in ends if end > bound)]
    if len(ends) < 2:
        return 0.0
    middles, halves = np.add(ends[1:], ends[:-1]) / 2, np.subtract(ends[1:], ends[:-1]) / 2
    found = []
    rises = np.diff(np.interp(ends, belows[at], ENDS))
    for place, weight in zip(PLACES, WEIGHTS, strict=True):
        chance = rises * weight / 2
        for other, own in belows.items():
            if other != at:
                chance = chance * np.interp(middles + halves * place, own, ENDS)
        found += chance.tolist()
    return math.fsum(found)


@lru_cache(maxsize=100_000)
def logarithms(mean: float, strength: float) -> Any:
    """Return the logarithms of the values that a Beta variable is below with the chances `ENDS`.

    The first is as far below the next as that is below the one after; all are moved a little.
    """
    a, b = mean * strength, (1 - mean) * strength
    found = [halved(a, b, end) for end in ENDS[1:-1]]
    found = [2 * found[0] - found[1], *found, 0.0]
    return np.maximum.accumulate(found) + np.arange(PIECES + 1) * 1e-12


def halved(a: float, b: float, level: float) -> float:
    """Return the logarithm of a quantile of Beta(a, b)."""
    # Below e^-28 the other factor of the density, (1 - x)^(b - 1), is 1 to the last digits.
    small = (math.log(level) + math.log(a) + betaln(a, b)) / a
    if small < math.log(1e-12):
        return float(small)
    low, high = 0.0, 1.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if betainc(a, b, middle) < level else (low, middle)
    return math.log(high)
