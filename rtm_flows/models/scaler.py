"""The standard scaler: running mean and variance of each feature, many examples at once.

In: rows of features in the order in which they are learned. Out: each row scaled with what was
known once it was learned, and the statistics before and after. It refuses to know labels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

FLAT = 1e-150
"""Deviation that stands for none: what it divides is 0 too."""


class Scaled(NamedTuple):
    """What a run of examples gave, one row an example."""

    x: Matrix
    """The examples, scaled with the statistics that include them."""
    mean: Matrix
    """Means; one row more, the first being those before the run."""
    std: Matrix
    """Deviations, never below `FLAT`; one row more, too."""


class Scaler:
    """River's `StandardScaler`, in columns.

    Kept are sums: of the distances from the first example, and of the squared distances from the
    running mean (Welford, 1962). A running sum has the same bits however the examples are cut
    into runs, and a feature that never varies has distances of exactly 0.

    Parameters
    ----------
    size
        Number of features.

    Attributes
    ----------
    n
        Examples learned.
    origin
        The first example: distances are taken from it.
    total, squares
        The two sums.

    Examples
    --------
    >>> scaler = Scaler(1)
    >>> scaler.learn(np.array([[1.0], [3.0]])).x.tolist()
    [[0.0], [1.0]]
    >>> scaler.mean.tolist(), scaler.var.tolist()
    ([2.0], [1.0])
    """

    def __init__(self, size: int) -> None:
        self.n = 0
        self.origin: Vector = np.zeros(size)
        self.total: Vector = np.zeros(size)
        self.squares: Vector = np.zeros(size)

    @property
    def mean(self) -> Vector:
        """Running mean of each feature."""
        return self.origin + self.total / max(self.n, 1)

    @property
    def var(self) -> Vector:
        """Running population variance of each feature."""
        return self.squares / max(self.n, 1)

    @property
    def std(self) -> Vector:
        """Running deviation of each feature, never below `FLAT`."""
        return np.maximum(np.sqrt(self.var), FLAT)

    def widened(self, values: Vector) -> Scaler:
        """Return the scaler that would be, had further features held these values all along."""
        more = np.zeros(len(values))
        wide = Scaler(len(self.origin) + len(values))
        wide.n = self.n
        wide.origin = np.concatenate([self.origin, values if self.n else more])
        wide.total = np.concatenate([self.total, more])
        wide.squares = np.concatenate([self.squares, more])
        return wide

    def learn(self, x: Matrix) -> Scaled:
        """Learn the rows in turn; at least one, each usable (see `logistic.usable`)."""
        before = self.mean
        if not self.n:
            self.origin = x[0].copy()
        counts = np.arange(self.n, self.n + len(x) + 1, dtype=np.float64)[:, None]
        counts[0] = max(self.n, 1)
        total = _running(self.total, x - self.origin)
        mean = self.origin + total / counts
        mean[0] = before
        distance = x - mean[:-1]
        # What is left of the distance once the mean has moved by 1/n of it.
        rest = distance * ((counts[1:] - 1.0) / counts[1:])
        squares = _running(self.squares, distance * rest)
        std = np.maximum(np.sqrt(squares / counts), FLAT)
        self.n += len(x)
        self.total, self.squares = total[-1].copy(), squares[-1].copy()
        return Scaled(rest / std[1:], mean, std)

    def learn_some(self, x: Matrix, new: NDArray[np.bool_]) -> tuple[NDArray[np.int64], Scaled]:
        """Learn some of the rows in turn, and scale the others by what is known by then.

        Parameters
        ----------
        x
            Usable rows, at least one.
        new
            Which of them are learned.

        Returns
        -------
        NDArray[np.int64], Scaled
            How many were learned before the first and after each row; and what `learn` gives.
        """
        count: NDArray[np.int64] = np.append(0, np.cumsum(new))
        first = self.n
        if new.all():
            return first + count, self.learn(x)
        before = Scaled(x[:0], self.mean[None], self.std[None])
        scaled = self.learn(x[new]) if new.any() else before
        mean, std = scaled.mean[count], scaled.std[count]
        near = (x - mean[1:]) / std[1:]
        near[new] = scaled.x
        return first + count, Scaled(near, mean, std)


def _running(before: Vector, steps: Matrix) -> Matrix:
    """Return the running sum of steps, with what it was before them as the first row."""
    rows = np.empty((len(steps) + 1, len(before)))
    rows[0] = before
    rows[1:] = steps
    return np.add.accumulate(rows, axis=0, out=rows)
