"""Intake: what becomes of the records of one partition, in their order of arrival.

In: batches of parsed events of one partition. Out: the events in time with the partition's
progress, the late ones, and counts. Lateness is judged here, against this partition's own largest
time: no other partition, and no worker, can change it. Section 2 of docs/semantics.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.lanes.progress import END, START, Ints, Progress


class Taken(NamedTuple):
    """One batch, judged."""

    rows: Table
    late: Table
    """The late rows, with `behind`: milliseconds behind the mark's partition top."""
    progress: Progress


class Judged(NamedTuple):
    """What somebody else has found of a batch whose rows are in time."""

    late: Table
    """As in `Taken`."""
    round: int
    before: int
    """The mark before its round."""
    mark: int
    top: int


def behind_top(time: Ints, first: int) -> Ints:
    """Return how far each time is behind the largest before it; `first` is that before them all.

    Examples
    --------
    >>> behind_top(np.array([5, 9, 7]), 6).tolist()
    [1, -3, 2]
    """
    tops = np.maximum.accumulate(np.concatenate([[first], time]))
    return np.asarray(tops[:-1] - time)


class Intake:
    """The judge of one partition.

    Parameters
    ----------
    partition
        Number of the partition.
    lateness_ms
        How far behind the largest time an event may come; None when the input is sorted.
    log_order
        Whether rows must carry their place in the log.
    mark
        The mark before the first batch; `START` where nothing was read before.
    marks
        Whether rows must carry the mark that nothing behind them can be before: of sorted rows
        their time, of others the mark before their round.
    """

    def __init__(
        self,
        partition: int,
        lateness_ms: int | None,
        *,
        log_order: bool,
        mark: int = START,
        marks: bool = False,
    ) -> None:
        self.partition = partition
        self.lateness_ms = lateness_ms or 0
        self.log_order = log_order
        self._carries, self._sorted = marks, lateness_ms is None
        self.mark = mark
        self.round = 0
        self.top = START

    def take(self, events: Table) -> Taken:
        """Judge one batch; it is the next round of this partition."""
        time = events["time"]
        behind = behind_top(time, max(self.top, self.mark + self.lateness_ms))
        late = behind > self.lateness_ms
        before = self._mark()
        self.top = max(self.top, int(time.max(initial=START)))
        rows = events
        if late.any():
            rows = events.take(~late)
        if self.log_order:
            rows = rows.with_columns(self._place(len(rows)))
        if self._carries:
            marks = rows["time"] if self._sorted else np.full(len(rows), before, dtype=np.int64)
            rows = rows.with_columns({"mark": marks})
        progress = Progress.of(self.partition, self.round, self._mark(), self.top)
        self.round += 1
        return Taken(rows, events.take(late).with_columns({"behind": behind[late]}), progress)

    def admit(self, events: Table, judged: Judged) -> Taken:
        """Take a batch that was judged at its source, which also numbers the rounds."""
        self.round, self.top = judged.round, judged.top
        if self.log_order:
            events = events.with_columns(self._place(len(events)))
        if self._carries:
            marks = np.full(len(events), judged.before, dtype=np.int64)
            events = events.with_columns({"mark": marks})
        progress = Progress.of(self.partition, self.round, judged.mark, judged.top)
        self.round += 1
        return Taken(events, judged.late, progress)

    def end(self) -> Progress:
        """Return the progress of this partition when no more will follow."""
        return Progress.of(self.partition, END, END, self.top)

    def _mark(self) -> int:
        return self.mark if self.top == START else max(self.mark, self.top - self.lateness_ms)

    def _place(self, rows: int) -> dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]]:
        return {
            "round": np.full(rows, self.round, dtype=np.int64),
            "partition": np.full(rows, self.partition, dtype=np.int64),
        }
