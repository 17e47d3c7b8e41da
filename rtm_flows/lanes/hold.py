"""The hold: rows that wait until every feed has come past them.

In: rows by lane, and limits by lane. Out: the rows that are free to go. What waits is part of a
lane's state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table, concat
from rtm_flows.lanes.progress import Ints
from rtm_flows.lanes.span import Span, join
from rtm_flows.people.pool import spread


class Released(NamedTuple):
    """Rows that are free to go, not copied yet: `whole.take(chosen)`."""

    whole: Table
    chosen: Ints
    lanes: Ints

    @property
    def rows(self) -> Table:
        """The rows, in the order in which they came."""
        return self.whole if len(self.chosen) == len(self.whole) else self.whole.take(self.chosen)


class Hold:
    """Rows of all lanes of a worker that wait, in the order in which they came.

    Attributes
    ----------
    number
        Of each row its place among all that ever came to its lane.
    """

    def __init__(self) -> None:
        self._rows: Table | None = None
        self._lane: Ints = np.zeros(0, dtype=np.int64)
        self.number: Ints = np.zeros(0, dtype=np.int64)
        self._next: Ints = np.zeros(0, dtype=np.int64)
        self._parts: list[tuple[int, Span]] = []
        self._dealt: tuple[Ints, Ints] | None = None

    def __len__(self) -> int:
        """Return the number of rows that wait."""
        self._join()
        return len(self._lane)

    def add(self, parts: list[tuple[int, Span]]) -> None:
        """Let the rows of some lanes wait."""
        self._parts += parts

    def _join(self) -> None:
        if not self._parts:
            return
        spans = [span for _, span in self._parts]
        lanes = np.array([lane for lane, _ in self._parts], dtype=np.int64)
        sizes = np.array([len(span) for span in spans], dtype=np.int64)
        self._lane = np.concatenate([self._lane, lanes.repeat(sizes)])
        self.number = np.concatenate([self.number, self._numbers(lanes, sizes)])
        self._dealt = None
        come = join(spans)
        self._rows = come if self._rows is None else concat([self._rows, come])
        self._parts = []

    def release(self, free: Callable[[Table, Ints], NDArray[np.bool_]]) -> Released | None:
        """Take out the rows for which `free(rows, lanes)` is true; None if there are none."""
        self._join()
        if self._rows is None:
            return None
        rows, lanes = self._rows, self._lane
        mask = free(rows, lanes)
        index = np.flatnonzero(mask)
        if not len(index):
            return None
        self._dealt = None
        if len(index) == len(lanes):
            self._rows, self._lane, self.number = None, lanes[:0], self.number[:0]
        else:
            left = np.flatnonzero(~mask)
            self._rows, self._lane = rows.take(left), lanes[left]
            self.number = self.number[left]
        return Released(rows, index, lanes[index])

    def least(self, column: str, lanes: int) -> Ints:
        """Return the least value of a column by lane; the largest integer where none waits."""
        self._join()
        least = np.full(lanes, np.iinfo(np.int64).max, dtype=np.int64)
        if self._rows is not None:
            np.minimum.at(least, self._lane, self._rows[column])
        return least

    def add_table(self, lane: int, rows: Table) -> None:
        """Let a table of rows of one lane wait."""
        self.add([(lane, Span(rows, 0, len(rows)))])

    def of_lane(self, lane: int) -> Table | None:
        """Return the rows of one lane that wait, or None."""
        places = self.places(lane)
        return None if self._rows is None or not len(places) else self._rows.take(places)

    def places(self, lane: int) -> Ints:
        """Return where the rows of one lane stand, in their order.

        To ask for one lane after the other costs as much as to ask for one.
        """
        self._join()
        if self._dealt is None:
            lanes = self._lane.astype(np.int16)
            order = np.argsort(lanes, kind="stable")
            every = np.arange(int(lanes.max(initial=-1)) + 2, dtype=np.int16)
            self._dealt = order, np.searchsorted(lanes[order], every)
        order, bounds = self._dealt
        return order[bounds[lane] : bounds[lane + 1]] if lane + 1 < len(bounds) else order[:0]

    def some(self, places: Ints) -> Table:
        """Return the rows at some of the places; there must be any."""
        if self._rows is None or not len(places):
            msg = "no rows wait at these places: a fault of the caller"
            raise ValueError(msg)
        return self._rows.take(places)

    def next(self, lane: int) -> int:
        """Return the number of the next row that comes to a lane."""
        self._join()
        return int(self._next[lane]) if lane < len(self._next) else 0

    def restore(self, lane: int, rows: Table | None, numbers: Ints, following: int) -> None:
        """Let rows of one lane wait again under their numbers, before any other of the lane."""
        self._join()
        if rows is not None:
            self.add_table(lane, rows)
            self._join()
            self.number[len(self.number) - len(rows) :] = numbers
        self._reach(lane)
        self._next[lane] = following

    def _numbers(self, lanes: Ints, sizes: Ints) -> Ints:
        """Return the numbers of rows, so many at a time, that come to lanes one after the other."""
        self._reach(int(lanes.max()))
        order = np.argsort(lanes, kind="stable")
        rows = sizes[order]
        before = rows.cumsum() - rows
        # Of a lane that is there several times, what has come to all lanes before its first.
        of_others = before[np.searchsorted(lanes[order], lanes[order])]
        firsts = np.empty_like(sizes)
        firsts[order] = self._next[lanes[order]] + before - of_others
        np.add.at(self._next, lanes, sizes)
        return spread(firsts, sizes)

    def _reach(self, lane: int) -> None:
        """Let there be a next number for every lane so far."""
        if lane >= len(self._next):
            more = np.zeros(lane + 1 - len(self._next), dtype=np.int64)
            self._next = np.concatenate([self._next, more])
