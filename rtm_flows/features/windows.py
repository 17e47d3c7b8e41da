"""Counts in exact sliding windows of whole cells.

In: rows of a pass and the types to count. Out: for every row, how many events of each type set
lie in the cells of its window. A person's state is a ring of cells, each with the number of its
step; a ring that was not visited for long needs no sweeping, since stale cells show their step.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rtm_flows.people.rows import Bools, Ints, Rows
from rtm_flows.people.state import Field, People

_LAST = 1 << 42
"""No time of an event, in milliseconds, is as late as this."""


class Window:
    """One sliding window, counting several sets of types.

    Parameters
    ----------
    name
        Prefix of its state columns.
    width_ms, step_ms
        Width and cell; the window of an event in cell c is the cells c - width / step + 1 to c.
    sets
        Number of type sets counted.
    """

    def __init__(self, name: str, width_ms: int, step_ms: int, sets: int) -> None:
        self.step_ms = step_ms
        self.cells = width_ms // step_ms
        last = _LAST // step_ms
        self._span = last + self.cells
        self._step, self._count = f"{name}_step", f"{name}_count"
        self.fields = [
            Field(self._step, "i4" if last < 1 << 31 else "i8", (self.cells,), -1),
            Field(self._count, "i4", (self.cells, sets), 0),
        ]

    def counts(self, rows: Rows, masks: Sequence[Bools], people: People) -> Ints:
        """Return the counts of every row, shape (rows, sets), and store the cells."""
        cell = rows.clock // self.step_ms
        key = rows.rank * self._span + cell
        before = np.searchsorted(key, key - self.cells, side="right")
        # One row a set: each running total lies side by side in memory.
        total = np.zeros((len(masks), rows.n + 1), dtype=np.int64)
        for running, mask in zip(total, masks, strict=True):
            np.cumsum(mask, out=running[1:])
        counts = total[:, 1:] - total.take(before, axis=1)
        counts += self._carried(rows, key, people)
        self._store(rows, cell, key, total, people)
        return counts.T

    def _carried(self, rows: Rows, key: Ints, people: People) -> Ints:
        """Count the cells from before this pass that lie in each row's window."""
        steps = people[self._step][rows.people]
        rank, cell = np.nonzero(steps >= 0)
        old = rank * self._span + steps[rank, cell]
        order = np.argsort(old, kind="stable")
        counts = people[self._count][rows.people[rank], cell][order]
        total = np.zeros((counts.shape[1], len(old) + 1), dtype=np.int64)
        np.cumsum(counts.T, axis=1, out=total[:, 1:])
        low = np.searchsorted(old[order], key - self.cells, side="right")
        high = np.cumsum(np.bincount(rank, minlength=len(rows.people)))[rows.rank]
        return total.take(np.maximum(high, low), axis=1) - total.take(low, axis=1)

    def _store(self, rows: Rows, cell: Ints, key: Ints, total: Ints, people: People) -> None:
        """Add each visited cell to the ring; cells that left the window by now are not written."""
        head = np.ones(rows.n, dtype=np.bool_)
        head[1:] = key[1:] != key[:-1]
        starts = np.flatnonzero(head)
        ends = np.append(starts[1:], rows.n)
        live = cell[starts] > cell[rows.ends[rows.rank[starts]]] - self.cells
        starts, ends = starts[live], ends[live]
        step, slot = cell[starts], rows.slot[starts]
        place = step % self.cells
        same = people[self._step][slot, place] == step
        old = np.where(same[:, None], people[self._count][slot, place], 0)
        people[self._count][slot, place] = old + (total[:, ends] - total[:, starts]).T
        people[self._step][slot, place] = step
