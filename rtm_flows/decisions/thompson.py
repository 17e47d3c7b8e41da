"""Thompson sampling: the chance of each offer that its priority, drawn by belief, is the largest.

In: priorities and what is believed of the propensities in them. Out: the chance of each open offer,
known before anything is drawn. It refuses to know what else is left to chance.

A learned propensity is drawn from its posterior, Beta(p s, (1 - p) s): p is what is told, s how
many responses it is worth. No draw is made here: each posterior is cut at fixed levels into pieces,
in each of which the logarithm may be anything with the same chance, and for these the chances are
exact. (Of logarithms the largest is the same, and they tell small propensities apart.)
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.decisions.largest import Largest

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

PIECES: Final = 128
"""Of each posterior. So no chance is off by more than 0.0002 where (1 - p) s of all posteriors is
0.2 or more (of at most six offers that are drawn); p s may be as small as it likes."""

_STEPS = np.arange(PIECES + 1) / PIECES
LEVELS: Final[Floats] = _STEPS**3 * (10.0 - 15.0 * _STEPS + 6.0 * _STEPS**2)
"""Chances of lying below the ends of the pieces: closer to one another at both ends."""

APART: Final = 1e-12
"""By so much at least the logarithms rise, also where floats cannot tell them apart."""

_DECIMALS = 1e9
_OFF = 1e-9
_SMALL = 1e-12
_FIRST = 1e-300
_HALVINGS = 60


class Beliefs(NamedTuple):
    """What is believed of the propensities of some rows, (rows, offers) each."""

    mean: Floats
    """The propensity."""
    strength: Floats
    """How many responses it is worth, the prior among them; 0 where it was not learned."""


def chances_of_largest(priority: Floats, beliefs: Beliefs, open_to: Bools) -> Floats:
    """Return the chance of each open offer to have the largest priority, (rows, offers).

    An offer is drawn if its propensity was learned, is neither 0 nor 1, and its priority is not 0:
    its priority is then what is told times the propensity drawn over that told. Others are their
    priority; of equals the first declared wins.

    Parameters
    ----------
    priority
        (rows, offers), rounded.
    beliefs
        What is believed of the propensities.
    open_to
        (rows, offers): among which offers is chosen; at least one in each row.

    Returns
    -------
    chances
        (rows, offers), rounded to nine decimals; 0 for offers that are not open.

    Examples
    --------
    Two offers are welcome to one in four, as far as is known: from 4 responses, and from 400.

    >>> beliefs = Beliefs(np.full((1, 2), 0.25), np.array([[4.0, 400.0]]))
    >>> open_to = np.full((1, 2), True)
    >>> chances_of_largest(np.full((1, 2), 2.5), beliefs, open_to).round(3).tolist()
    [[0.423, 0.577]]
    """
    drawn = open_to & (beliefs.strength > 0.0) & (beliefs.mean > 0.0) & (beliefs.mean < 1.0)
    drawn &= priority > 0.0
    certain = np.where(open_to & ~drawn, priority, -np.inf)
    best = certain.argmax(axis=1)
    rows: Ints = np.arange(len(priority))
    sure = certain[rows, best]
    bound = np.where(sure > 0.0, np.log(np.where(sure > 0.0, sure, 1.0)), -np.inf)
    known = [np.where(drawn, one, 0.0) for one in (priority, *beliefs)]
    alike, group = np.unique(np.concatenate(known, axis=1), axis=0, return_inverse=True)
    found, none = np.zeros_like(priority), np.ones(len(priority))
    by_group = np.split(group.argsort(kind="stable"), np.cumsum(np.bincount(group))[:-1])
    for one, own in zip(alike.reshape(len(alike), 3, -1), by_group, strict=True):
        places = np.flatnonzero(one[0])
        if len(places):
            chances, none[own] = _largest(one[:, places]).above(bound[own])
            found[own[:, None], places] = chances.T
    some = np.flatnonzero(sure > -np.inf)
    found[some, best[some]] = none[some]
    return np.asarray(np.rint(found * _DECIMALS) / _DECIMALS)


def _largest(known: Floats) -> Largest:
    """Return what may be the largest, of the priorities, means and strengths of some offers."""
    scales = np.log(known[0] / known[1])
    beliefs = zip(known[1].tolist(), known[2].tolist(), strict=True)
    values = [scale + log_ends(*one) for scale, one in zip(scales, beliefs, strict=True)]
    return Largest(np.array(values), LEVELS)


@lru_cache(maxsize=4096)
def log_ends(mean: float, strength: float) -> Floats:
    """Return the logarithms of the ends of the pieces of a posterior, rising by `APART` at least.

    Parameters
    ----------
    mean
        Of the posterior; between 0 and 1.
    strength
        The sum of its two parameters.

    Examples
    --------
    >>> np.exp(log_ends(0.5, 2.0)[[32, 64, 128]]).round(6).tolist()
    [0.103516, 0.5, 1.0]
    """
    found = _log_quantiles(mean * strength, (1.0 - mean) * strength)
    found[0] = found[1] - (found[2] - found[1])
    rising: Floats = np.maximum.accumulate(found) + np.arange(PIECES + 1) * APART
    rising.flags.writeable = False
    return rising


def _log_quantiles(a: float, b: float) -> Floats:
    """Return the logarithms of the quantiles of Beta(a, b) at `LEVELS`, but for the first."""
    from scipy.special import betaln

    plain = _quantiles(a, b)
    small = plain < _SMALL
    # Near 0 the chance of lying below x is x^a / (a B(a, b)), also where no float is so small.
    near = (np.log(np.where(small, LEVELS, 1.0) + _FIRST) + np.log(a) + betaln(a, b)) / a
    return np.asarray(np.where(small, near, np.log(np.where(small, 1.0, plain))))


def _quantiles(a: float, b: float) -> Floats:
    """Return the quantiles of Beta(a, b) at `LEVELS`."""
    from scipy.special import betainc, betaincinv

    found = np.asarray(betaincinv(a, b, LEVELS), dtype=np.float64)
    off = np.abs(betainc(a, b, found) - LEVELS)
    at_an_end = (found <= _SMALL) | (found >= 1.0 - _SMALL)
    if (at_an_end | (off <= _OFF)).all():
        return found
    # For some parameters (mean 1e-6 of 1e9 responses, say) the inverse misses by far.
    low, high = np.zeros(len(LEVELS)), np.ones(len(LEVELS))
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        below = betainc(a, b, middle) < LEVELS
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    high[[0, -1]] = 0.0, 1.0
    return high
