"""Gamma-Gamma: what a customer spends at an occasion, drawn towards the mean of all.

In: per customer the number of occasions and what was spent at them, and three parameters. Out:
the mean spend to expect. It refuses to know where the parameters come from
(`rtm_flows.models.gamma_gamma` fits them).

References
----------
Fader, Hardie: The Gamma-Gamma Model of Monetary Value, 2013, equation (5).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class GammaGamma(NamedTuple):
    """The parameters of a population of customers.

    What a customer spends at an occasion is Gamma(p, nu) (shape, rate), and the rate differs
    between people as Gamma(q, v). `v` is in the unit of money. Neither depends on how often.
    """

    p: float
    q: float
    v: float


def check_parameters(parameters: GammaGamma) -> None:
    """Refuse parameters that are not positive and finite, and a q under which no mean exists.

    Raises
    ------
    ValueError
        Naming the parameter.
    """
    for name, value in parameters._asdict().items():
        least = 1.0 if name == "q" else 0.0
        if not least < value < math.inf:
            msg = f"`{name}` must be above {least:g} and finite; got {value}"
            raise ValueError(msg)


def expected_spend(parameters: GammaGamma, occasions: Floats, spent: Floats) -> Floats:
    """Return the mean spend at an occasion to expect of each customer.

    Parameters
    ----------
    parameters
        Of the population.
    occasions
        How many there were; with none, the mean of the population is expected.
    spent
        The sum of all of them.

    Notes
    -----
    p (v + spent) / (p occasions + q - 1): a mean of the customer's own mean and that of all,
    p v / (q - 1), with a weight that grows with the occasions.

    Examples
    --------
    >>> cdnow = GammaGamma(6.25, 3.74, 15.44)
    >>> expected_spend(cdnow, np.array([0.0, 1.0, 7.0]), np.array([0.0, 100.0, 516.39])).round(2)
    array([35.22, 80.26, 71.5 ])
    """
    p, q, v = parameters
    return p * (v + spent) / (p * occasions + q - 1.0)
