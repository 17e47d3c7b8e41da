"""The hold: rows that wait until every feed has come past them.

In: rows by lane, and limits by lane. Out: the rows that are free to go. What waits is part of a
lane's state.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table, concat
from rtm_flows.lanes.progress import Ints
from rtm_flows.lanes.span import Span, join


class Hold:
    """Rows of all lanes of a worker that wait, in the order in which they came."""

    def __init__(self) -> None:
        self._rows: Table | None = None
        self._lane: Ints = np.zeros(0, dtype=np.int64)
        self._parts: list[tuple[int, Span]] = []

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
        sizes = [len(span) for span in spans]
        lanes = np.repeat(np.array([lane for lane, _ in self._parts], dtype=np.int64), sizes)
        self._lane = np.concatenate([self._lane, lanes])
        come = join(spans)
        self._rows = come if self._rows is None else concat([self._rows, come])
        self._parts = []

    def release(
        self, free: Callable[[Table, Ints], NDArray[np.bool_]]
    ) -> tuple[Table, Ints] | None:
        """Take out the rows for which `free(rows, lanes)` is true, with their lanes."""
        self._join()
        if self._rows is None:
            return None
        mask = free(self._rows, self._lane)
        if not mask.any():
            return None
        gone = (self._rows, self._lane) if mask.all() else (self._rows.take(mask), self._lane[mask])
        self._rows = None if mask.all() else self._rows.take(~mask)
        self._lane = self._lane[~mask]
        return gone

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
        self._join()
        if self._rows is None:
            return None
        rows = self._rows.take(self._lane == lane)
        return rows if len(rows) else None
