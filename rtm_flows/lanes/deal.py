"""Dealing: one table of rows into one span a lane."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.lanes.progress import Ints
from rtm_flows.lanes.span import Span


def lane_of(hashes: np.ndarray[tuple[int], np.dtype[np.uint32]], lanes: int) -> Ints:
    """Return the lane of each hash.

    Examples
    --------
    >>> lane_of(np.array([5, 130], dtype=np.uint32), 128).tolist()
    [5, 2]
    """
    return (hashes % np.uint32(lanes)).astype(np.int64)


def deal(rows: Table, lanes: Ints) -> Iterator[tuple[int, Span]]:
    """Yield each lane that has rows, ascending, with its rows in their order.

    Examples
    --------
    >>> table = Table({"n": np.arange(4)})
    >>> [(lane, part.table["n"].tolist()) for lane, part in deal(table, np.array([7, 2, 7, 2]))]
    [(2, [1, 3]), (7, [0, 2])]
    """
    if not len(rows):
        return
    order = np.argsort(lanes.astype(np.int16), kind="stable")
    sorted_lanes = lanes[order]
    changes = np.flatnonzero(sorted_lanes[1:] != sorted_lanes[:-1]) + 1
    starts = [0, *changes.tolist()]
    grouped = rows if (order[:-1] < order[1:]).all() else rows.take(order)
    for lane, start, end in zip(
        sorted_lanes[starts].tolist(), starts, [*starts[1:], len(order)], strict=True
    ):
        yield lane, Span(grouped, start, end)
