"""Rows of one pass: events of many people, each person's in processing order, as one run.

In: the slot of each row's person and the clock. Out: where each person's run starts and ends,
and questions that every kernel asks of runs. It knows nothing of events or features.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
S = TypeVar("S", bound=np.generic)
"""The type of a column's values."""


class Rows:
    """The runs of a pass; `slot` must hold each person's rows side by side.

    Parameters
    ----------
    slot
        Row of the person in the state columns, one per event.
    clock
        The person's clock at the event, in milliseconds; never falls within a run.

    Examples
    --------
    >>> rows = Rows(np.array([5, 5, 9]), np.array([10, 20, 5]))
    >>> rows.starts.tolist(), rows.ends.tolist(), rows.people.tolist()
    ([0, 2], [1, 2], [5, 9])
    """

    def __init__(self, slot: Ints, clock: Ints) -> None:
        n = len(slot)
        self.slot = slot
        self.clock = clock
        self.n = n
        self.index: Ints = np.arange(n, dtype=np.int64)
        self.first: Bools = np.ones(n, dtype=np.bool_)
        self.first[1:] = slot[1:] != slot[:-1]
        self.starts: Ints = np.flatnonzero(self.first)
        self.ends: Ints = np.append(self.starts[1:], n)[: len(self.starts)] - 1
        self.people: Ints = slot[self.starts]
        self.rank: Ints = np.cumsum(self.first) - 1
        self.start: Ints = self.starts[self.rank]

    def previous(self, values: Ints, carried: Ints | np.int64) -> Ints:
        """Return the value one row earlier in the run; `carried` (per row) at its start.

        Here and in `latest` rows are along the last axis: many columns can be asked at once.
        """
        shifted = np.empty_like(values)
        shifted[..., 1:] = values[..., :-1]
        return np.where(self.first, carried, shifted)

    def latest(self, mask: Bools) -> Ints:
        """Return the index of the latest masked row so far in the run, or -1 if there is none."""
        seen = np.maximum.accumulate(np.where(mask, self.index, -1), axis=-1)
        return np.where(seen >= self.start, seen, -1)

    def latest_before(self, mask: Bools) -> Ints:
        """Return the index of the latest masked row strictly earlier in the run, or -1."""
        return self.previous(self.latest(mask), _NONE)


_NONE = np.int64(-1)


def pick(found: Ints, of_rows: NDArray[S], carried: NDArray[S]) -> NDArray[S]:
    """Return `of_rows[found]`, and the carried value where `found` is -1.

    Examples
    --------
    >>> pick(np.array([-1, 1]), np.array([7, 8]), np.array([3, 3])).tolist()
    [3, 8]
    """
    if not len(of_rows):
        return carried
    return np.where(found >= 0, of_rows[np.maximum(found, 0)], carried)


def pick_rows(
    rows: Rows, told: Bools, values: NDArray[np.generic], state: NDArray[np.generic]
) -> Ints:
    """Return for every row the value of the latest told row of its run.

    Parameters
    ----------
    told
        Rows that have a value of their own.
    values
        One for each told row, in their order.
    state
        By slot: what held before this pass.

    Examples
    --------
    >>> rows = Rows(np.array([1, 1, 1]), np.array([1, 2, 3]))
    >>> pick_rows(rows, np.array([False, True, False]), np.array([7]), np.array([5, 6])).tolist()
    [6, 7, 7]
    """
    result = state[rows.slot].astype(np.int64)
    if not len(values):
        return result
    latest = rows.latest(told)
    some = np.flatnonzero(latest >= 0)
    result[some] = values[np.cumsum(told)[latest[some]] - 1]
    return result
