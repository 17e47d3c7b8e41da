"""Intake: what becomes of the records of one partition, in their order of arrival.

In: batches of parsed events of one partition. Out: the events in time with the partition's
progress, the late ones, and counts. Lateness is judged here, against this partition's own largest
time: no other partition, and no worker, can change it. Section 2 of docs/semantics.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.lanes.progress import END, START, Progress


class Taken(NamedTuple):
    """One batch, judged."""

    rows: Table
    late: Table
    """The late rows, with `behind`: milliseconds behind the mark's partition top."""
    progress: Progress


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
    """

    def __init__(
        self, partition: int, lateness_ms: int | None, *, log_order: bool, mark: int = START
    ) -> None:
        self.partition = partition
        self.lateness_ms = lateness_ms or 0
        self.log_order = log_order
        self.mark = mark
        self.round = 0
        self.top = START

    def take(self, events: Table) -> Taken:
        """Judge one batch; it is the next round of this partition."""
        time = events["time"]
        first = max(self.top, self.mark + self.lateness_ms)
        tops = np.maximum.accumulate(np.concatenate([[first], time]))
        behind = tops[:-1] - time
        late = behind > self.lateness_ms
        self.top = max(self.top, int(time.max(initial=START)))
        rows = events
        if late.any():
            rows = events.take(~late)
        if self.log_order:
            rows = rows.with_columns(self._place(len(rows)))
        progress = Progress.of(self.partition, self.round, self._mark(), self.top)
        self.round += 1
        return Taken(rows, events.take(late).with_columns({"behind": behind[late]}), progress)

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
