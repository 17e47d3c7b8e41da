"""Windows of losses: whether the latest have risen above those before them.

In: losses, in order. Out: where they had risen. It refuses to know whose losses they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BLOCK = 100
"""Losses that are added up before they are looked at."""

LENGTHS = np.array([1, 4, 16, 64])
"""Blocks of the latest losses, each of these many in turn."""

REFERENCE = 128
"""Blocks before the latest with which they are compared, at most."""

KEPT = REFERENCE + 64
"""Blocks that are kept."""

ERRORS = {"low": 4.0, "medium": 3.5, "high": 3.0}
"""Standard errors that a rise must have."""

_LEAST_VARIANCE = 1e-6


class WindowsState(msgspec.Struct, kw_only=True, frozen=True):
    """State of a detector as plain values; arrays as little-endian bytes of float64."""

    waiting: bytes
    blocks: bytes


class Windows:
    """A test of two means over windows of 100, 400, 1,600 and 6,400 losses.

    After each full block the mean of the latest losses is compared with the mean of those before,
    12,800 at most. It alarms if the rise is above so many standard errors of the difference
    (Welch, 1947; the latest losses count with the larger of the two variances, since a few of
    them may hide theirs). A short window finds what is large and sudden, a long one what is small
    or slow. Looking at windows of many lengths is the idea of ADWIN (Bifet, Gavalda, 2007), whose
    state in River is out of reach; forgetting the reference keeps a model's first, poor losses
    from hiding what comes later.

    Parameters
    ----------
    sensitivity
        Key of `ERRORS`.
    warm_up
        Losses of the reference, at least.

    Examples
    --------
    >>> windows = Windows("medium", 1000)
    >>> windows.add([0.1, 0.2] * 1000 + [0.3, 0.4] * 1000)
    [2099]
    """

    def __init__(self, sensitivity: str, warm_up: int) -> None:
        self._errors = ERRORS[sensitivity]
        self._least = np.maximum(-(-warm_up // BLOCK), LENGTHS)
        self._waiting: Array = np.empty(0)
        self._blocks: Array = np.empty((0, 2))

    def add(self, losses: Sequence[float] | Array) -> list[int]:
        """Take losses in; return the places of those at which it alarmed."""
        first = -len(self._waiting)
        values = np.concatenate([self._waiting, losses])
        full = len(values) // BLOCK * BLOCK
        # A copy: a view would keep the whole call's losses alive.
        self._waiting = values[full:].copy()
        # Added one after the other: numpy's own sum groups its terms.
        rows = values[:full].reshape(-1, BLOCK)
        sums = np.stack([rows, rows * rows], axis=2)
        alarms = []
        for number, block in enumerate(np.add.accumulate(sums, axis=1)[:, -1:], start=1):
            self._blocks = np.concatenate([self._blocks, block])[-KEPT:]
            if self._risen():
                alarms.append(first + number * BLOCK - 1)
                self._blocks = np.empty((0, 2))
        return alarms

    def state(self) -> WindowsState:
        """Return the whole state."""
        return WindowsState(
            waiting=self._waiting.astype("<f8").tobytes(),
            blocks=self._blocks.astype("<f8").tobytes(),
        )

    def restore(self, state: WindowsState) -> None:
        """Take up a state.

        Raises
        ------
        ValueError
            If it is of no such detector.
        """
        waiting = np.frombuffer(state.waiting, dtype="<f8").astype(np.float64)
        blocks = np.frombuffer(state.blocks, dtype="<f8").astype(np.float64).reshape(-1, 2)
        if len(waiting) >= BLOCK or len(blocks) > KEPT:
            msg = f"{len(waiting)} losses waiting, {len(blocks)} blocks"
            raise ValueError(msg)
        if not (np.isfinite(waiting).all() and np.isfinite(blocks).all()):
            msg = "losses that are not finite"
            raise ValueError(msg)
        self._waiting, self._blocks = waiting, blocks

    def _risen(self) -> bool:
        starts = len(self._blocks) - LENGTHS
        froms = np.maximum(starts - REFERENCE, 0)
        enough = starts - froms >= self._least
        if not enough.any():
            return False
        starts, froms, lengths = starts[enough], froms[enough], LENGTHS[enough]
        prefix = np.add.accumulate(np.concatenate([np.zeros((1, 2)), self._blocks]))
        before, mean_before, variance = _moments(prefix, froms, starts)
        after, mean_after, variance_after = _moments(prefix, starts, starts + lengths)
        error = np.sqrt(variance / before + np.maximum(variance, variance_after) / after)
        return bool((mean_after - mean_before > self._errors * error).any())


def _moments(
    prefix: Array, start: NDArray[np.int64], stop: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Array, Array]:
    """Return count, mean and variance of the losses between blocks."""
    count = (stop - start) * BLOCK
    total, squares = (prefix[stop] - prefix[start]).T
    mean = total / count
    return count, mean, np.maximum(squares / count - mean * mean, _LEAST_VARIANCE)
