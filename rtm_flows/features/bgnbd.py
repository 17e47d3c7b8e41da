"""BG/NBD: whether a customer without a contract still is one, and how often they will buy.

In: per customer the repeat occasions x, when the last one was (t_x) and how long they have been
known (T), all in one unit of time, and the four parameters. Out: P(alive), and the occasions to
expect in a horizon. It refuses to know where the parameters come from (`rtm_flows.models.bgnbd`
fits them) and what an occasion is. A customer's number takes only additions, products and
quotients (P(alive) also `exp` and `log1p`), as many as that customer needs: its bits do not depend
on whose numbers are computed beside it.

References
----------
Fader, Hardie, Lee: "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model.
Marketing Science 24 (2), 2005.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_BLOCK = 32
"""Terms of the series between two looks at who is done."""
_ENOUGH = 1e-13
"""What the terms left out may add, relative to those taken."""
_LARGE, _SMALLER = 2.0**200, 2.0**-400


class BgNbd(NamedTuple):
    """The parameters of a population of customers.

    While a customer is one, purchases come at a constant rate; after each, the customer leaves
    with a constant probability. Rates differ between people as Gamma(r, alpha) (shape, rate),
    probabilities as Beta(a, b). `alpha` is in the unit of time of t_x and T.
    """

    r: float
    alpha: float
    a: float
    b: float


def check_parameters(parameters: BgNbd) -> None:
    """Refuse parameters that are not positive and finite.

    Raises
    ------
    ValueError
        Naming the parameter.
    """
    for name, value in parameters._asdict().items():
        if not 0.0 < value < math.inf:
            msg = f"`{name}` must be positive and finite; got {value}"
            raise ValueError(msg)


def p_alive(parameters: BgNbd, x: Floats, t_x: Floats, age: Floats) -> Floats:
    """Return the probability that each customer has not left.

    Parameters
    ----------
    parameters
        Of the population.
    x
        Repeat occasions: all but the first.
    t_x
        From the first occasion to the last, 0 if there is only one.
    age
        T: from the first occasion to now, not less than t_x.

    Returns
    -------
    Floats
        In (0, 1]. It is 1 for whoever bought only once: the model lets nobody leave but right
        after a repeat purchase. So it does not rank customers by their chance to buy again;
        `expected_purchases` does.

    Notes
    -----
    1 / (1 + a / (b + x - 1) * ((alpha + T) / (alpha + t_x))^(r + x)) where x > 0: Fader, Hardie,
    Lee: Computing P(alive) Using the BG/NBD Model, 2008.

    Examples
    --------
    >>> weekly = BgNbd(0.243, 4.414, 0.793, 2.426)
    >>> x, t_x, age = np.array([[0.0, 2.0, 2.0], [0.0, 30.0, 5.0], [39.0, 39.0, 39.0]])
    >>> p_alive(weekly, x, t_x, age).round(3).tolist()
    [1.0, 0.72, 0.123]
    """
    r, alpha, a, b = parameters
    silent = np.log1p((age - t_x) / (alpha + t_x))
    # Beyond e^700 there is nothing left of the probability, and then nothing overflows.
    odds = a / (b + np.maximum(x, 1.0) - 1.0) * np.exp(np.minimum((r + x) * silent, 700.0))
    return np.where(x > 0, 1.0 / (1.0 + odds), 1.0)


def expected_purchases(
    parameters: BgNbd, x: Floats, t_x: Floats, age: Floats, horizon: float
) -> Floats:
    """Return how many occasions to expect of each customer in the next `horizon`.

    Parameters
    ----------
    parameters, x, t_x, age
        As for `p_alive`.
    horizon
        In the same unit of time, not negative.

    Notes
    -----
    P(alive) times the expectation of somebody alive: `while_alive`, which is equation (10) of the
    paper without its hypergeometric function.

    Examples
    --------
    >>> weekly = BgNbd(0.243, 4.414, 0.793, 2.426)
    >>> x, t_x, age = np.array([[2.0], [30.43], [38.86]])
    >>> expected_purchases(weekly, x, t_x, age, 39.0).round(3).tolist()
    [1.226]
    """
    return p_alive(parameters, x, t_x, age) * while_alive(parameters, x, age, horizon)


def while_alive(parameters: BgNbd, x: Floats, age: Floats, horizon: float) -> Floats:
    """Return the occasions to expect of customers who have not left by now.

    Notes
    -----
    If nobody ever left, the occasions of a customer in a horizon t would be negative binomial:
    n of them with probability w_n (1 - z)^(r + x), where z = t / (alpha + T + t) and
    w_n = (r + x)_n / n! z^n. Of n chances, those are taken that come before the customer leaves:
    e_n = sum over k < n of (b + x)_k / (a + b + x)_k on average, since that quotient is the mean
    of (1 - p)^k. So the answer is sum(w_n e_n) / sum(w_n).

    It is the paper's (a + b + x - 1) / (a - 1) [1 - (1 - z)^(r + x) 2F1(r + x, b + x;
    a + b + x - 1; z)] where that is defined. But no term is negative, so that nothing cancels; it
    has no hole at a = 1; and the weights are kept from overflowing by powers of two, where the
    paper's two factors leave the range of numbers for some hundreds of purchases. About
    30 (1 + t / (alpha + T)) terms are needed, and as many as there are chances.
    """
    shape, stays = parameters.r + x, parameters.b + x
    z = horizon / (parameters.alpha + age + horizon)
    result = np.zeros(len(x), dtype=np.float64)
    left = np.arange(len(x), dtype=np.int64)
    state = _start(shape, stays, stays + parameters.a, z)
    n = 0
    while len(left):
        state = _block(state, n)
        n += _BLOCK
        done = _is_done(state, n)
        result[left[done]] = (state.total / state.weights)[done]
        left = left[~done]
        state = _Series(*(column[~done] for column in state))
    return result


class _Series(NamedTuple):
    """The sums after some terms; one value a customer left."""

    shape: Floats
    stays: Floats
    all: Floats
    z: Floats
    weight: Floats
    taken: Floats
    chance: Floats
    weights: Floats
    total: Floats


def _start(shape: Floats, stays: Floats, whole: Floats, z: Floats) -> _Series:
    ones, zeros = np.ones(len(z), dtype=np.float64), np.zeros(len(z), dtype=np.float64)
    return _Series(shape, stays, whole, z, ones, zeros, ones, ones, zeros)


def _block(before: _Series, n: int) -> _Series:
    """Add terms n + 1 to n + 32, after bringing weights that have grown large down again."""
    shape, stays, whole, z, *carried = before
    weight, taken, chance, weights, total = carried
    factor = np.where(weight > _LARGE, _SMALLER, 1.0)
    k = np.arange(n, n + _BLOCK, dtype=np.float64)[:, None]
    weight = _products(weight * factor, (shape + k) / (k + 1.0) * z)
    chance = _products(chance, (stays + k) / (whole + k))
    taken = _sums(taken, chance[:-1])
    weights = _sums(weights * factor, weight[1:])
    total = _sums(total * factor, weight[1:] * taken[1:])
    last = (column[-1] for column in (weight, taken, chance, weights, total))
    return _Series(shape, stays, whole, z, *last)


def _products(start: Floats, factors: Floats) -> Floats:
    """Return the products with each factor in turn, from the start on; rows are terms."""
    return np.multiply.accumulate(np.concatenate([start[None], factors]), axis=0)


def _sums(start: Floats, summands: Floats) -> Floats:
    return np.add.accumulate(np.concatenate([start[None], summands]), axis=0)


def _is_done(state: _Series, n: int) -> NDArray[np.bool_]:
    """Tell where the terms from n + 1 on, bounded by a geometric series, add too little."""
    ratio = np.maximum((state.shape + n) / (n + 1.0) * state.z, state.z)
    falls = ratio < 1.0
    rest = np.where(falls, 1.0 - ratio, 1.0)
    tail = state.weight * (ratio / rest) * (state.taken + 1.0 / rest)
    return falls & (tail <= _ENOUGH * state.total)
