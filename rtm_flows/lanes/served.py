"""Served versions: those of one model, as long as rows may need them.

In: versions as the fold tells them, in any order and perhaps twice. Out: the version that holds at
a tick. It refuses to know when a row wants which.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from rtm_flows.lanes.progress import Ints
from rtm_flows.models.versioned import Taught

Matrix = NDArray[np.float64]


class Served:
    """Versions by tick.

    Parameters
    ----------
    width
        Number of parameters of a version.

    Examples
    --------
    >>> served = Served(width=1)
    >>> served.add(Taught(np.array([3, 5]), np.array([[0.3], [0.5]])))
    >>> served.index(np.array([2, 3, 4, 7])).tolist()
    [-1, 0, 0, 1]
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.ticks: Ints = np.zeros(0, dtype=np.int64)
        self.parameters: Matrix = np.zeros((0, width), dtype=np.float64)

    def add(self, new: Taught) -> None:
        """Enter versions; those already known are the same and are passed over."""
        if not len(new.ticks):
            return
        if (
            len(self.ticks)
            and new.ticks[-1] <= self.ticks[-1]
            and np.isin(new.ticks, self.ticks).all()
        ):
            return
        ticks = np.concatenate([self.ticks, new.ticks])
        self.ticks, first = np.unique(ticks, return_index=True)
        self.parameters = np.concatenate([self.parameters, new.parameters])[first]

    def index(self, ticks: Ints) -> NDArray[np.intp]:
        """Return the index of the latest version at or before each tick, -1 if there is none."""
        return np.searchsorted(self.ticks, ticks, side="right") - 1

    def hashes(self, ticks: Ints) -> list[str | None]:
        """Return the hash of the version of each tick, None where there is none.

        It is BLAKE2b (8 bytes, hexadecimal) over the parameters as little-endian float64.
        """
        which, inverse = np.unique(self.index(ticks), return_inverse=True)
        known = [None if at < 0 else self._hash(at) for at in which.tolist()]
        return [known[at] for at in inverse.tolist()]

    def _hash(self, at: int) -> str:
        return blake2b(self.parameters[at].astype("<f8").tobytes(), digest_size=8).hexdigest()

    def counts(self, ticks: Ints) -> tuple[Ints, Ints]:
        """Return how many examples the version of each tick had learned, and how many positive."""
        known = np.concatenate([self.parameters[:, :2], np.zeros((1, 2))]).astype(np.int64)
        which = self.index(ticks)
        return known[which, 0], known[which, 1]

    def since(self, tick: int) -> Taught:
        """Return the version that holds at `tick` and all later ones."""
        first = max(0, int(np.searchsorted(self.ticks, tick, side="right")) - 1)
        return Taught(self.ticks[first:], self.parameters[first:])

    def forget(self, tick: int) -> None:
        """Drop the versions that are succeeded by another at or before `tick`."""
        self.ticks, self.parameters = self.since(tick)
