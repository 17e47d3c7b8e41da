"""Draws by hash: every random number is a function of the seed, the person and what it is for.

In: keys and numbers. Out: numbers from 0 to 1, and values of a distribution. Nothing is drawn in
turn, so that it makes no difference who else is simulated, in what order, or how many at a time.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rtm_flows.people.draw import mix64

Hashes = NDArray[np.uint64]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Number = TypeVar("Number", np.float64, np.int64)

_ODD = 0xD1342543DE82EF95
_WORD = (1 << 64) - 1
_FINE = 1 << 14


def keys(seed: int, numbers: Ints) -> Hashes:
    """Return the key of each number under a seed.

    Examples
    --------
    >>> len(set(keys(1, np.arange(1000)).tolist()) & set(keys(2, np.arange(1000)).tolist()))
    0
    """
    salt = np.array([seed & _WORD], dtype=np.uint64)
    return mix64(mix64(numbers.astype(np.uint64)) + mix64(mix64(salt)))


def draw(key: Hashes, purpose: int) -> Hashes:
    """Return one hash a key for a purpose."""
    return mix64(key + np.uint64((purpose * _ODD) & _WORD))


def draw_each(key: Hashes, purposes: Ints) -> Hashes:
    """Return one hash a key, each for a purpose of its own."""
    return mix64(key + purposes.astype(np.uint64) * np.uint64(_ODD))


def unit(hashes: Hashes) -> Floats:
    """Return numbers from 0 to below 1, of 53 bits.

    Examples
    --------
    >>> round(float(unit(keys(1, np.arange(100_000))).mean()), 2)
    0.5
    """
    numbers: Floats = (hashes >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return numbers


def pick(table: NDArray[Number], hashes: Hashes) -> NDArray[Number]:
    """Return a value of a table of quantiles by the lowest bits, which `unit` does not look at.

    Parameters
    ----------
    table
        As many values as a power of two, 2^14 at most.
    """
    picked: NDArray[Number] = table[(hashes & np.uint64(len(table) - 1)).astype(np.int64)]
    return picked


def midpoints(size: int = _FINE) -> Floats:
    """Return the middles of as many equal parts of the range from 0 to 1."""
    return (np.arange(size) + 0.5) / size


def normal_quantiles(size: int = 2048) -> Floats:
    """Return the quantiles of the standard normal distribution."""
    from scipy.special import ndtri

    table: Floats = ndtri(midpoints(size))
    return table


def quantile(table: Floats, numbers: Floats) -> Floats:
    """Return a value of a table for each number from 0 to 1."""
    return table[(numbers * len(table)).astype(np.int64)]


def gamma_quantiles(shape: float) -> Floats:
    """Return the quantiles of the gamma distribution with this shape and the mean 1."""
    from scipy.special import gammaincinv

    table: Floats = gammaincinv(shape, midpoints()) / shape
    return table


def beta_quantiles(a: float, b: float) -> Floats:
    """Return the quantiles of a beta distribution."""
    from scipy.special import betaincinv

    table: Floats = betaincinv(a, b, midpoints())
    return table
