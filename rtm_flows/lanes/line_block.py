r"""Line blocks: many lines as one piece of bytes.

A line of JSON holds no line break, so a block is its lines one after the other, each with a break
at its end. Lines that lie side by side are chosen, joined and written without touching each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from rtm_flows.lanes.progress import Ints

_BREAK = ord("\n")


class LineBlock:
    r"""Lines, each ended by a line break and without any other.

    Examples
    --------
    >>> block = LineBlock(b"one\ntwo\nthree\n")
    >>> len(block), block.take(np.array([2, 0, 1])).data
    (3, b'three\none\ntwo\n')
    """

    __slots__ = ("_ends", "data")

    def __init__(self, data: bytes = b"") -> None:
        self.data = data
        self._ends: Ints = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == _BREAK) + 1

    def __len__(self) -> int:
        """Return the number of lines."""
        return len(self._ends)

    def __iter__(self) -> Iterator[bytes]:
        """Iterate over the lines, without their breaks."""
        return iter(self.data.split(b"\n")[:-1])

    def __reduce__(self) -> tuple[type[LineBlock], tuple[bytes]]:
        """Travel as plain bytes."""
        return LineBlock, (self.data,)

    def take(self, places: Ints) -> LineBlock:
        """Return the lines at these places, in this order."""
        if not len(places):
            return LineBlock()
        view, ends = memoryview(self.data), self._ends
        breaks = np.flatnonzero(places[1:] != places[:-1] + 1)
        first = places[np.append(0, breaks + 1)]
        last = places[np.append(breaks, len(places) - 1)]
        starts = np.where(first > 0, ends[first - 1], 0).tolist()
        runs = zip(starts, ends[last].tolist(), strict=True)
        return LineBlock(b"".join([view[start:end] for start, end in runs]))


def block_of(lines: Iterable[bytes]) -> LineBlock:
    r"""Return lines without their ends as a block.

    Examples
    --------
    >>> block_of([b"one", b"two"]).data
    b'one\ntwo\n'
    """
    return LineBlock(b"".join([line + b"\n" for line in lines]))


def joined(blocks: Sequence[LineBlock]) -> LineBlock:
    """Return the lines of blocks as one."""
    return blocks[0] if len(blocks) == 1 else LineBlock(b"".join([b.data for b in blocks]))
