"""The largest likelihood of positive parameters, found the same way every time.

In: a function that gives the mean log likelihood and its slopes, and where to start. Out: the
parameters at its maximum, or an error that says why there is none. It refuses to know of what.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Likelihood = Callable[[Floats], tuple[float, Floats]]

_FLAT = 1e-6
"""The steepest slope, by the logarithm of a parameter, at which the ground counts as flat."""
_FAR = 30.0
"""How far a parameter may go: e^30 times 1 or less has no maximum on the way."""


def maximise(mean: Likelihood, start: Sequence[float], name: str) -> list[float]:
    """Return the parameters that make a mean log likelihood largest.

    Parameters
    ----------
    mean
        Takes positive parameters; gives the mean log likelihood and its slopes by them.
    start
        Where the search (BFGS on the logarithms) starts.
    name
        Of the model, for the error.

    Raises
    ------
    ValueError
        If the likelihood is nowhere flat on the way.

    Examples
    --------
    >>> exponential = lambda p: (math.log(p[0]) - 2 * p[0], 1 / p - 2)  # of a mean of 2
    >>> round(maximise(exponential, [1.0], "exponential")[0], 6)
    0.5
    """
    from scipy.optimize import minimize

    def downhill(logs: Floats) -> tuple[float, Floats]:
        parameters = np.exp(np.clip(logs, -_FAR, _FAR))
        value, slopes = mean(parameters)
        return -value, -slopes * parameters

    found = minimize(downhill, np.log(np.array(start)), jac=True, method="BFGS",
                     options={"gtol": 1e-9, "maxiter": 1000})  # fmt: skip
    steepest = float(np.max(np.abs(downhill(found.x)[1])))
    parameters: list[float] = np.exp(found.x).tolist()
    # BFGS also stops where the last bits no longer fall, which is as good as flat.
    if not (steepest <= _FLAT and all(abs(math.log(p)) < _FAR / 2 for p in parameters)):
        told = ", ".join(f"{p:.3g}" for p in parameters)
        msg = (
            f"the likelihood of the {name} has no maximum within reach: it still rises at {told};"
            " more customers, a longer history or a simpler rule are needed"
        )
        raise ValueError(msg)
    return parameters
