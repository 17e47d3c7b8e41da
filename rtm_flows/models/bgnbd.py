"""BG/NBD fitted: the parameters under which what customers did was most likely.

In: per customer x, t_x and T (`rtm_flows.features.bgnbd` says what they are). Out: the log
likelihood of parameters, and the best parameters. A batch job for a quiet hour: its result is
written into the configuration by a person, who has looked at it. It refuses to know of streams.

References
----------
Fader, Hardie, Lee: "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model.
Marketing Science 24 (2), 2005, equation (6).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.features.bgnbd import BgNbd, check_parameters
from rtm_flows.models.likelihood import maximise

Floats = NDArray[np.float64]


class History(NamedTuple):
    """Different histories of customers, and how many customers have each.

    One value a history: repeat occasions `x`, `t_x` from the first occasion to the last, `age`
    (T) from the first occasion to the end of what is known, and `people`.
    """

    x: Floats
    t_x: Floats
    age: Floats
    people: Floats


class Fit(NamedTuple):
    """The most likely parameters, and the log likelihood of all customers under them."""

    parameters: BgNbd
    log_likelihood: float


def histories(x: Floats, t_x: Floats, age: Floats) -> History:
    """Count equal histories; the order of the customers does not matter after this.

    Raises
    ------
    ValueError
        If there are none, a number is negative or not finite, t_x exceeds age, or exactly one of
        x and t_x is 0.

    Examples
    --------
    >>> histories(np.array([0.0, 1.0, 0.0]), np.array([0.0, 2.0, 0.0]), np.full(3, 5.0)).people
    array([2., 1.])
    """
    rows = np.stack([x, t_x, age], axis=1).astype(np.float64) + 0.0
    sound = np.isfinite(rows).all(axis=1) & (rows >= 0.0).all(axis=1) & (rows[:, 1] <= rows[:, 2])
    sound &= (rows[:, 0] > 0.0) == (rows[:, 1] > 0.0)
    if not len(rows) or not sound.all():
        bad = rows[~sound][:1].tolist() or "none"
        msg = (
            "customers need x >= 0 and 0 <= t_x <= T, finite, with t_x = 0 just where x = 0;"
            f" got (x, t_x, T) = {bad}"
        )
        raise ValueError(msg)
    different, people = np.unique(rows, axis=0, return_counts=True)
    x, t_x, age = np.ascontiguousarray(different.T)
    return History(x, t_x, age, people.astype(np.float64))


def log_likelihood(parameters: BgNbd, of: History) -> float:
    """Return the log likelihood of all customers.

    Raises
    ------
    ValueError
        If a parameter is not positive and finite.

    Notes
    -----
    Of one customer: ln B(a, b + x) / B(a, b) + ln Gamma(r + x) / Gamma(r) + r ln alpha
    + ln[(alpha + T)^-(r + x) + [x > 0] a / (b + x - 1) (alpha + t_x)^-(r + x)].
    """
    check_parameters(parameters)
    return math.fsum((_each(parameters, of)[0] * of.people).tolist())


def fit(of: History) -> Fit:
    """Return the parameters of the largest likelihood.

    The search starts at r = a = b = 1 and alpha = the mean of T, goes by the logarithms of the
    parameters (BFGS with the exact gradient), and sums exactly: the same customers, in any order,
    give the same result.

    Raises
    ------
    ValueError
        If no customer came back, or there is no maximum to be found: then the data do not carry
        four parameters, and a simpler rule is better.
    """
    if not of.x.any():
        msg = "a BG/NBD needs customers who bought again; got only first purchases"
        raise ValueError(msg)
    total = math.fsum(of.people.tolist())
    age = math.fsum((of.age * of.people).tolist()) / total

    def mean(parameters: Floats) -> tuple[float, Floats]:
        value, slopes = _each(BgNbd(*parameters.tolist()), of)
        sums = [math.fsum((column * of.people).tolist()) / total for column in (value, *slopes)]
        return sums[0], np.array(sums[1:])

    best = BgNbd(*maximise(mean, [1.0, age, 1.0, 1.0], "BG/NBD"))
    return Fit(best, log_likelihood(best, of))


def _each(parameters: BgNbd, of: History) -> tuple[Floats, list[Floats]]:
    """Return the log likelihood of each history, and its slopes by r, alpha, a and b."""
    from scipy.special import gammaln, psi

    r, alpha, a, b = parameters
    x, again = of.x, of.x > 0
    stays = b + np.where(again, x - 1.0, 0.0)
    shape = r + x
    lives = -shape * np.log(alpha + of.age)
    left = np.where(again, np.log(a / stays) - shape * np.log(alpha + of.t_x), -np.inf)
    both = np.logaddexp(lives, left)
    alive = np.exp(lives - both)
    value = gammaln(shape) - gammaln(r) + r * math.log(alpha) + both
    value += gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    known, last = np.log(alpha + of.age), np.log(alpha + of.t_x)
    by_r = psi(shape) - psi(r) + math.log(alpha) - alive * known - (1.0 - alive) * last
    by_alpha = r / alpha - shape * (alive / (alpha + of.age) + (1.0 - alive) / (alpha + of.t_x))
    by_a = psi(a + b) - psi(a + b + x) + (1.0 - alive) / a
    by_b = psi(a + b) - psi(a + b + x) + psi(b + x) - psi(b) - (1.0 - alive) / stays
    return value, [by_r, by_alpha, by_a, by_b]
