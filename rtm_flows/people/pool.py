"""Rows of which every person has another number, all in one array.

In: the rows of some people, as records. Out: the rows of some people. What it costs follows the
people asked for, not the people known; it knows nothing of what the rows mean.
"""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table
from rtm_flows.people.rows import Ints

Records = NDArray[np.void]
_SIZES: Ints = np.array([0, 1, *(n << k for k in range(40) for n in (2, 3))], dtype=np.int64)
"""Sizes of the places that rows lie in: 0, 1, 2, 3, 4, 6, 8, 12, 16, ..."""
_ROOM = 4
"""An array that is full becomes so many times as long."""


class Pool:
    """A run of records for every slot, of any length, in one array that grows.

    Parameters
    ----------
    dtype
        The fields of a record.

    Notes
    -----
    A person's records lie side by side in a place of the least size that holds them. A place that
    was left is used again for records of the same size. Where records lie depends on the order of
    the calls, what `read` returns does not.

    Examples
    --------
    >>> pool = Pool(np.dtype([("n", "i4")]))
    >>> ann, bob = np.array([0]), np.array([7])
    >>> pool.write(bob, np.array([2]), np.array([(5,), (6,)], dtype=[("n", "i4")]))
    >>> counts, records = pool.read(np.concatenate([ann, bob]))
    >>> counts.tolist(), records["n"].tolist()
    ([0, 2], [5, 6])
    """

    def __init__(self, dtype: np.dtype[np.void]) -> None:
        self.dtype, self._whole = dtype, _opaque(dtype)
        self._records: Records = np.empty(1024, dtype=dtype)
        self._used = 0
        self._start = np.zeros(1024, dtype=np.int64)
        self._count = np.zeros(1024, dtype=np.int32)
        self._free: dict[int, array[int]] = {}

    @property
    def nbytes(self) -> int:
        """Bytes of all places in use or left free, and of what tells where they are."""
        return self._used * self.dtype.itemsize + self._start.nbytes + self._count.nbytes

    def read(self, slots: Ints) -> tuple[Ints, Records]:
        """Return how many records each slot has, and all of them, slot after slot."""
        if not len(slots):
            return np.zeros(0, dtype=np.int64), self._records[:0].copy()
        self._reach(slots)
        counts = self._count[slots].astype(np.int64)
        return counts, self._records.take(spread(self._start[slots], counts))

    def write(self, slots: Ints, counts: Ints, records: Records) -> None:
        """Replace the records of some slots.

        Parameters
        ----------
        slots
            Each at most once.
        counts
            How many records each slot is to have.
        records
            All of them, slot after slot.
        """
        if not len(slots):
            return
        self._reach(slots)
        size = np.searchsorted(_SIZES, counts)
        before = np.searchsorted(_SIZES, self._count[slots])
        moved = np.flatnonzero(size != before)
        if len(moved):
            self._leave(slots[moved], before[moved])
            self._place(slots[moved], size[moved])
        self._count[slots] = counts
        if not len(records):
            return
        at = spread(self._start[slots], counts)
        self._records.view(self._whole)[at] = records.view(self._whole)

    def export(self, slots: Ints) -> tuple[Ints, Table]:
        """Return how many records each slot has, and all of them by field, slot after slot."""
        counts, records = self.read(slots)
        return counts, Table({name: records[name] for name in self.dtype.names or ()})

    def restore(self, slots: Ints, counts: Ints, table: Table) -> None:
        """Enter what `export` returned."""
        records = np.empty(len(table), dtype=self.dtype)
        for name in self.dtype.names or ():
            records[name] = table[name]
        self.write(slots, counts, records)

    def widen(self, dtype: np.dtype[np.void]) -> None:
        """Give the fields other types, which must hold all that is stored; everything is copied."""
        wider = np.empty(len(self._records), dtype=dtype)
        for name in dtype.names or ():
            wider[name][: self._used] = self._records[name][: self._used]
        self.dtype, self._whole, self._records = dtype, _opaque(dtype), wider

    def _reach(self, slots: Ints) -> None:
        """Let there be an entry for every slot; one not met before has no records."""
        most = int(slots.max(initial=-1))
        if most >= len(self._count):
            more = max(most + 1, 2 * len(self._count)) - len(self._count)
            self._start = np.append(self._start, np.zeros(more, dtype=np.int64))
            self._count = np.append(self._count, np.zeros(more, dtype=np.int32))

    def _leave(self, slots: Ints, size: Ints) -> None:
        for one in _present(size):
            if one:
                left = self._start[slots[size == one]]
                self._free.setdefault(one, array("q")).frombytes(left.tobytes())

    def _place(self, slots: Ints, size: Ints) -> None:
        for one in _present(size):
            if one:
                taking = slots[size == one]
                self._start[taking] = self._take(one, len(taking))

    def _take(self, size: int, number: int) -> Ints:
        """Return where so many places of a size begin: those left, then new ones."""
        free = self._free.setdefault(size, array("q"))
        kept = max(0, len(free) - number)
        again = np.array(free[kept:], dtype=np.int64)
        del free[kept:]
        fresh, length = number - len(again), int(_SIZES[size])
        first = self._used
        self._used += fresh * length
        if self._used > len(self._records):
            # What is not written to yet takes no memory.
            larger = np.empty(max(self._used, _ROOM * len(self._records)), dtype=self.dtype)
            larger.view(self._whole)[:first] = self._records[:first].view(self._whole)
            self._records = larger
        return np.append(again, first + length * np.arange(fresh))


def _opaque(dtype: np.dtype[np.void]) -> Any:
    """Return a record as opaque bytes: as it is, numpy would copy it field by field."""
    return np.dtype((np.void, dtype.itemsize))


def _present(sizes: Ints) -> list[int]:
    """Return which numbers occur, from the least."""
    found: list[int] = np.flatnonzero(np.bincount(sizes)).tolist()
    return found


def spread(starts: Ints, counts: Ints) -> Ints:
    """Return the numbers `start`, `start + 1`, ... of each run, run after run.

    Examples
    --------
    >>> spread(np.array([10, 5, 20]), np.array([2, 0, 3])).tolist()
    [10, 11, 20, 21, 22]
    """
    if not len(counts):
        return np.zeros(0, dtype=np.int64)
    ends = counts.cumsum()
    return np.asarray((starts - ends + counts).repeat(counts) + np.arange(ends[-1]))
