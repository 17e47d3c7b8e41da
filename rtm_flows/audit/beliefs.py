"""Thompson sampling, worked out again: how likely each offer's priority, drawn, is the largest.

In: what is told of the open offers, and the weights of their priors. Out: chances, and how far told
ones may be from them. It knows nothing of how the decider cuts posteriors: here the distribution
functions are those of the posteriors themselves, and integrals are sums over a grid of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SLACK: Final = 0.0003
"""How far a chance may be from what is found here: 0.0002 are the decider's, the rest our own."""
_WEAKEST = 0.02, 0.2
"""Parameters of a posterior below which floats cannot tell its values apart, at 0 and at 1."""

_STEPS = 600
_ENDS = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4)


class Believed(NamedTuple):
    """What is told of an open offer."""

    priority: float
    propensity: float
    strength: float
    """What the posterior is worth, in responses; 0 of a propensity that is not learned."""

    @property
    def drawn(self) -> bool:
        """Whether its priority is drawn."""
        return self.strength > 0.0 and 0.0 < self.propensity < 1.0 and self.priority > 0.0

    @property
    def parameters(self) -> tuple[float, float]:
        """Those of the posterior."""
        return self.propensity * self.strength, (1.0 - self.propensity) * self.strength

    @property
    def scale(self) -> float:
        """What a propensity of 1 would be as a priority."""
        return self.priority / self.propensity


def chances_drawn(offers: Sequence[Believed]) -> list[float]:
    """Return the chance of each offer to have the largest priority, of equals the first's.

    Examples
    --------
    >>> even = Believed(0.5, 0.5, 2.0)
    >>> [round(chance, 4) for chance in chances_drawn([even, even, Believed(0.5, 1.0, 0.0)])]
    [0.375, 0.375, 0.25]
    """
    drawn = tuple(one for one in offers if one.drawn)
    certain = [one.priority for one in offers if not one.drawn]
    bound = max(certain, default=0.0)
    winning = iter(_above(drawn, bound))
    found = [next(winning) if one.drawn else 0.0 for one in offers]
    if certain:
        best = next(at for at, one in enumerate(offers) if not one.drawn and one.priority == bound)
        found[best] = 1.0
        for below in _below(drawn, np.array([bound])):
            found[best] *= float(below[0])
    return found


def can_be_told(offers: Sequence[Believed]) -> bool:
    """Tell whether no belief is so weak that chances cannot be found."""
    drawn = [one.parameters for one in offers if one.drawn]
    return all(own >= least for two in drawn for own, least in zip(two, _WEAKEST, strict=True))


def _above(drawn: tuple[Believed, ...], bound: float) -> list[float]:
    """Return the chance of each to be above a bound and all others: a sum over the grid."""
    if not drawn:
        return []
    grid, known = _grid(drawn)
    above = grid > bound
    low = _below(drawn, np.array([bound]))
    below = np.concatenate([low, known[:, above]], axis=1)
    found = []
    for at, own in enumerate(below):
        others = np.prod(np.delete(below, at, axis=0), axis=0)
        found.append(float(np.sum(np.diff(own) * (others[1:] + others[:-1]) / 2.0)))
    return found


@lru_cache(maxsize=256)
def _grid(drawn: tuple[Believed, ...]) -> tuple[Floats, Floats]:
    """Return priorities that tell the posteriors apart, and the chances of lying below each."""
    from scipy.special import betaincinv

    even = (np.arange(_STEPS) + 0.5) / _STEPS
    levels = np.concatenate([_ENDS, even, 1.0 - np.array(_ENDS)])
    own = [one.scale * betaincinv(*one.parameters, levels) for one in drawn]
    ends = [one.scale for one in drawn]
    grid = np.unique(np.concatenate([*own, ends]))
    return grid, _below(drawn, grid)


def _below(drawn: tuple[Believed, ...], priorities: Floats) -> Floats:
    """Return the chance of each to be below some priorities, (drawn, priorities)."""
    from scipy.special import betainc

    found = [betainc(*one.parameters, np.minimum(priorities / one.scale, 1.0)) for one in drawn]
    return np.array(found).reshape(len(drawn), len(priorities))
