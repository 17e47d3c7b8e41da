"""Population stability: how far a score or a feature has moved over its bins.

In: counts of two samples over the same bins. Out: one number. It refuses to know how the bins
were cut.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SMOOTHING = 0.5
"""Added to each count of a bin: a bin that one sample misses stays finite."""


def psi(
    reference_counts: Sequence[int] | NDArray[np.int64],
    current_counts: Sequence[int] | NDArray[np.int64],
) -> float:
    """Return the population stability index of two samples, in nats; 0 or more.

    Parameters
    ----------
    reference_counts, current_counts
        Whole numbers, one a bin, of the same bins in the same order.

    Returns
    -------
    float
        0.0 if both samples are the same, or one is empty, which says nothing.

    Raises
    ------
    ValueError
        If the bins differ in number, there are none, or a count is negative or not whole.

    Examples
    --------
    >>> psi([100, 100], [100, 100])
    0.0
    >>> round(psi([900, 100], [700, 300]), 4)
    0.269

    Notes
    -----
    The sum over bins of `(c - r) * ln(c / r)`, where r and c are the shares of the reference and
    of the current sample: Jeffreys' divergence. A share is `(count + 0.5) / (total + bins / 2)`.
    By custom of credit scoring, below 0.1 little has changed and above 0.25 much; but two samples
    of n and m of the same population already differ by `(bins - 1) * (1 / n + 1 / m)` on average.

    References
    ----------
    H. Jeffreys, An invariant form for the prior probability in estimation problems, Proceedings of
    the Royal Society A, 1946. N. Siddiqi, Credit Risk Scorecards, 2006. B. Yurdakul and J. Naranjo,
    Statistical properties of the population stability index, Journal of Risk Model Validation,
    2020.
    """
    reference, current = _counts(reference_counts), _counts(current_counts)
    if len(reference) != len(current) or not reference:
        msg = f"need the same bins, at least one; got {len(reference)} and {len(current)} counts"
        raise ValueError(msg)
    if not (any(reference) and any(current)):
        return 0.0
    pairs = zip(_shares(reference), _shares(current), strict=True)
    return math.fsum((c - r) * math.log(c / r) for r, c in pairs)


def _counts(counts: Sequence[int] | NDArray[np.int64]) -> list[int]:
    values = np.asarray(counts)
    if values.ndim != 1 or (values.size and values.dtype.kind not in "iu") or (values < 0).any():
        msg = f"counts must be whole numbers of 0 or more; got {counts!r}"
        raise ValueError(msg)
    whole: list[int] = values.tolist()
    return whole


def _shares(counts: list[int]) -> list[float]:
    total = sum(counts) + SMOOTHING * len(counts)
    return [(count + SMOOTHING) / total for count in counts]
