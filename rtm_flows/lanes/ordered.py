"""Ordered lines: what one output writes, in the one order in which it is written.

In: lines from many feeds, each with what it waits for and what puts it in order. Out: the lines
that nothing can precede any more. It knows nothing of files or topics.
"""

from __future__ import annotations

import msgspec
import numpy as np

from rtm_flows.columns import Column, as_text
from rtm_flows.lanes.line_block import LineBlock, Piece, joined
from rtm_flows.lanes.messages import Lines
from rtm_flows.lanes.progress import END, START, Ints


class _Saved(msgspec.Struct, array_like=True):
    marks: bytes
    release: bytes
    order: bytes
    ties: list[str]
    lines: bytes


class Ordered:
    r"""The lines of one output that wait.

    Parameters
    ----------
    feeds
        Number of feeds that must come past a line before it is written.

    Examples
    --------
    >>> from rtm_flows.lanes.line_block import block_of
    >>> one = np.array([0])
    >>> output = Ordered(feeds=1)
    >>> output.add(Lines("out", one, np.array([5]), np.array([4, 3]), np.array([9, 8]), None,
    ...                  block_of([b"later", b"sooner"])))
    >>> output.ready().data
    b'sooner\nlater\n'
    """

    def __init__(self, feeds: int) -> None:
        self._marks: Ints = np.full(feeds, START, dtype=np.int64)
        self._written = START
        self._parts: list[Lines] = []

    @property
    def ended(self) -> bool:
        """Whether every feed has ended, so that nothing more will be written."""
        return bool((self._marks >= END).all()) and not self._parts

    def add(self, part: Lines) -> None:
        """Let lines wait."""
        self._marks[part.feeds] = part.marks
        if len(part.lines):
            self._parts.append(part)

    def ready(self) -> LineBlock:
        """Take out the lines that every feed has passed, in order."""
        mark = int(self._marks.min())
        if mark <= self._written or not self._parts:
            return LineBlock()
        self._written = mark
        waiting = self._join()
        free = waiting.release < mark
        index = np.flatnonzero(free)
        self._parts = [] if free.all() else [_chosen(waiting, np.flatnonzero(~free))]
        tie = None if waiting.tie is None else waiting.tie[index]
        return waiting.lines.take(index[in_order(waiting.order[index], tie)])

    def save(self) -> bytes:
        """Return the state: what waits, and how far the feeds have come."""
        waiting = self._join()
        ties = [""] * len(waiting.lines) if waiting.tie is None else waiting.tie.tolist()
        return msgspec.msgpack.encode(
            _Saved(
                self._marks.tobytes(),
                waiting.release.tobytes(),
                waiting.order.tobytes(),
                ties,
                waiting.lines.data,
            )
        )

    def load(self, state: bytes) -> None:
        """Restore the state."""
        saved = msgspec.msgpack.decode(state, type=_Saved)
        marks = np.frombuffer(saved.marks, dtype=np.int64)
        # Where people came to other lanes since, none of these has told more than all have.
        self._marks[:] = marks if len(marks) == len(self._marks) else marks.min()
        self._written = START
        nobody = np.zeros(0, dtype=np.int64)
        release, order = (np.frombuffer(b, dtype=np.int64) for b in (saved.release, saved.order))
        lines = LineBlock([Piece(saved.lines, len(release))])
        part = Lines("", nobody, nobody, release, order, as_text(saved.ties), lines)
        self._parts = [part] if len(lines) else []

    def _join(self) -> Lines:
        parts = self._parts
        if len(parts) == 1:
            return parts[0]
        nobody = np.zeros(0, dtype=np.int64)
        ties = [p.tie if p.tie is not None else _blank(len(p.lines)) for p in parts]
        return Lines(
            output="",
            feeds=nobody,
            marks=nobody,
            release=np.concatenate([nobody, *(p.release for p in parts)]),
            order=np.concatenate([nobody, *(p.order for p in parts)]),
            tie=np.concatenate([as_text([]), *ties]),
            lines=joined(p.lines for p in parts),
        )


def _blank(size: int) -> Column:
    return as_text([""] * size)


def _chosen(part: Lines, index: Ints) -> Lines:
    return part._replace(
        release=part.release[index],
        order=part.order[index],
        tie=None if part.tie is None else part.tie[index],
        lines=part.lines.take(index),
        keys=None,
    )


def in_order(keys: Ints, ties: Column | None) -> Ints:
    """Return the places of keys by rising key, then tie, then arrival.

    Examples
    --------
    >>> in_order(np.array([7, 5, 7]), as_text(["b", "x", "a"])).tolist()
    [1, 2, 0]
    """
    order: Ints = np.argsort(keys, kind="stable")
    if ties is not None:
        _settle(order, keys[order], ties)
    return order


def _settle(order: Ints, keys: Ints, ties: Column) -> None:
    """Put the places of equal keys into the order of their ties, keeping arrival among equals."""
    same = np.flatnonzero(keys[1:] == keys[:-1])
    if not len(same):
        return
    breaks = np.flatnonzero(np.diff(same) > 1)
    starts = same[np.append(0, breaks + 1)].tolist()
    ends = (same[np.append(breaks, len(same) - 1)] + 2).tolist()
    for start, end in zip(starts, ends, strict=True):
        order[start:end] = sorted(order[start:end].tolist(), key=ties.__getitem__)
