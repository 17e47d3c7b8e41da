"""Loyalty: how often somebody comes, and when for the last time. The truth behind churn.

In: a random generator, and how visits ended. Out: shares of visits, chances of leaving, and who
left. No line tells any of it; a reader sees who came when.

Notes
-----
The shop has a fixed number of places, each held by one person at a time, as in the BG/NBD model of
Fader, Hardie and Lee (Marketing Science 2005): while somebody stays, visits come by chance at a
personal rate, gamma-distributed over places (shape 0.7); after each visit the person leaves for
good with a personal chance, beta-distributed (0.35 and 6.65, so one in twenty in the mean). Beyond
the model, that chance is half as large after a visit with a purchase, and three times as large
after one that ends with an open service case. Who leaves is followed by a new person, so that the
shop stays as busy as it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_SPREAD = 0.7
_BUSIEST = 6.0  # times the mean: nobody visits a shop fifty times a day
_LEAVING = (0.35, 6.65)
_HABIT = 0.8
_BOUGHT, _UNANSWERED = 0.5, 3.0

# Visits by weekday from Monday: a little less towards Friday, and Sundays are busy.
_WEEK = np.array([1.0, 0.96, 0.94, 0.96, 0.92, 1.04, 1.18])


def busy(day: int) -> float:
    """Return the visits of a day since 1970 in terms of an average one.

    Examples
    --------
    >>> busy(0)  # 1970-01-01 was a Thursday
    0.96
    """
    return float(_WEEK[(day + 3) % 7])


def shares(rng: np.random.Generator, places: int) -> Floats:
    """Return the share of all visits that is made by who holds each place."""
    rates = np.minimum(rng.gamma(_SPREAD, 1.0 / _SPREAD, places), _BUSIEST)
    # A place that nobody ever comes from is none.
    rates = np.maximum(rates, 1e-3)
    share: Floats = rates / rates.sum()
    return share


def leanings(rng: np.random.Generator, people: int) -> Floats:
    """Return for new people the chance to leave after a visit."""
    chances: Floats = rng.beta(*_LEAVING, people)
    return chances


def shyness(rng: np.random.Generator, people: int, mean: float) -> Floats:
    """Return for new people the chance that a visit is made without login: for most, near 0 or 1.

    Parameters
    ----------
    mean
        Of all people, from 0 to 1.
    """
    if mean in (0.0, 1.0):
        return np.full(people, mean)
    chances: Floats = rng.beta(_HABIT * mean, _HABIT * (1.0 - mean), people)
    return chances


def leave(rng: np.random.Generator, leaning: Floats, bought: Bools, unanswered: Bools) -> Bools:
    """Return who leaves for good after a visit.

    Parameters
    ----------
    leaning
        Each one's chance, as `leanings` gave it.
    bought, unanswered
        Whether the visit saw a purchase, and whether a case was open at its end.
    """
    chance = leaning * np.where(bought, _BOUGHT, 1.0) * np.where(unanswered, _UNANSWERED, 1.0)
    left: Bools = rng.random(len(leaning)) < chance
    return left
