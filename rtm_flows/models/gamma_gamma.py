"""Gamma-Gamma fitted: the parameters under which what customers spent was most likely.

In: per customer the number of occasions and what was spent at them. Out: the best parameters. A
batch job, as `rtm_flows.models.bgnbd` is. It refuses to know of streams.

References
----------
Fader, Hardie: The Gamma-Gamma Model of Monetary Value, 2013, equation (1a).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.features.gamma_gamma import GammaGamma
from rtm_flows.models.likelihood import maximise

Floats = NDArray[np.float64]


class SpendFit(NamedTuple):
    """The most likely parameters, and the log likelihood of all customers under them."""

    parameters: GammaGamma
    log_likelihood: float


def fit_spend(occasions: Floats, spent: Floats) -> SpendFit:
    """Return the parameters of the largest likelihood.

    The search starts at p = q = 1 and v = the mean spend, goes by the logarithms of the
    parameters (BFGS with the exact gradient), and sums exactly, whatever the order.

    Parameters
    ----------
    occasions
        At least 1 each.
    spent
        The sum of them, above 0: leave out who only ever paid nothing.

    Raises
    ------
    ValueError
        If a number is out of its range, or there is no maximum to be found.
    """
    if not len(occasions) or not ((occasions >= 1) & (spent > 0) & np.isfinite(spent)).all():
        msg = "customers need occasions >= 1 and spent > 0, finite; leave the others out"
        raise ValueError(msg)
    people = len(occasions)
    level = math.fsum((spent / occasions).tolist()) / people

    def mean(parameters: Floats) -> tuple[float, Floats]:
        value, slopes = _each(GammaGamma(*parameters.tolist()), occasions, spent)
        sums = [math.fsum(column.tolist()) / people for column in (value, *slopes)]
        return sums[0], np.array(sums[1:])

    best = GammaGamma(*maximise(mean, [1.0, 1.0, level], "Gamma-Gamma"))
    value, _ = _each(best, occasions, spent)
    return SpendFit(best, math.fsum(value.tolist()))


def _each(parameters: GammaGamma, n: Floats, spent: Floats) -> tuple[Floats, list[Floats]]:
    """Return the log likelihood of each customer's mean spend, and its slopes by p, q and v."""
    from scipy.special import gammaln, psi

    p, q, v = parameters
    shape, level = p * n, np.log(v + spent)
    value = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * math.log(v)
    value += shape * np.log(spent) - (shape + q) * level - np.log(spent / n)
    by_p = n * (psi(shape + q) - psi(shape) + np.log(spent) - level)
    by_q = psi(shape + q) - psi(q) + math.log(v) - level
    by_v = q / v - (shape + q) / (v + spent)
    return value, [by_p, by_q, by_v]
