"""Ordered lines: what one output writes, in the one order in which it is written.

In: lines from many feeds, each with what it waits for and what puts it in order. Out: the lines
that nothing can precede any more. It knows nothing of files or topics.
"""

from __future__ import annotations

import msgspec
import numpy as np

from rtm_flows.columns import Column, as_text
from rtm_flows.lanes.messages import Lines
from rtm_flows.lanes.progress import END, START, Ints


class _Saved(msgspec.Struct, array_like=True):
    marks: bytes
    release: bytes
    order: bytes
    ties: list[str]
    lines: list[bytes]


class Ordered:
    """The lines of one output that wait.

    Parameters
    ----------
    feeds
        Number of feeds that must come past a line before it is written.

    Examples
    --------
    >>> one = np.array([0])
    >>> output = Ordered(feeds=1)
    >>> output.add(Lines("out", one, np.array([5]), np.array([4, 3]), np.array([9, 8]), None,
    ...                  [b"later", b"sooner"]))
    >>> output.ready()
    [b'sooner', b'later']
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
        if part.lines:
            self._parts.append(part)

    def ready(self) -> list[bytes]:
        """Take out the lines that every feed has passed, in order."""
        mark = int(self._marks.min())
        if mark <= self._written or not self._parts:
            return []
        self._written = mark
        waiting = self._join()
        free = waiting.release < mark
        index = np.flatnonzero(free)
        self._parts = [] if free.all() else [_chosen(waiting, np.flatnonzero(~free))]
        order = index[np.argsort(waiting.order[index], kind="stable")].tolist()
        _settle(order, waiting)
        return [waiting.lines[i] for i in order]

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
                waiting.lines,
            )
        )

    def load(self, state: bytes) -> None:
        """Restore the state."""
        saved = msgspec.msgpack.decode(state, type=_Saved)
        self._marks = np.frombuffer(saved.marks, dtype=np.int64).copy()
        self._written = START
        nobody = np.zeros(0, dtype=np.int64)
        release, order = (np.frombuffer(b, dtype=np.int64) for b in (saved.release, saved.order))
        part = Lines("", nobody, nobody, release, order, as_text(saved.ties), saved.lines)
        self._parts = [part] if saved.lines else []

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
            lines=[line for p in parts for line in p.lines],
        )


def _blank(size: int) -> Column:
    return as_text([""] * size)


def _chosen(part: Lines, index: Ints) -> Lines:
    return part._replace(
        release=part.release[index],
        order=part.order[index],
        tie=None if part.tie is None else part.tie[index],
        lines=[part.lines[i] for i in index.tolist()],
    )


def _settle(order: list[int], part: Lines) -> None:
    """Put lines of equal order into the order of their ties, keeping arrival among equals."""
    if part.tie is None:
        return
    keys, ties = part.order[order], part.tie
    same = np.flatnonzero(keys[1:] == keys[:-1])
    if not len(same):
        return
    breaks = np.flatnonzero(np.diff(same) > 1)
    starts = same[np.append(0, breaks + 1)].tolist()
    ends = (same[np.append(breaks, len(same) - 1)] + 2).tolist()
    for start, end in zip(starts, ends, strict=True):
        order[start:end] = sorted(order[start:end], key=lambda i: str(ties[i]))
