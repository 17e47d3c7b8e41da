r"""Line blocks: many lines as a few pieces of bytes.

A line of JSON holds no line break, so lines can stand one after the other in one piece, each with
a break at its end. Pieces that stay whole are chosen, joined and written without being looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

import numpy as np

from rtm_flows.lanes.progress import Ints

_BREAK = ord("\n")


class Piece:
    r"""Some lines in one piece of bytes, each ended by a line break and without any other.

    Examples
    --------
    >>> Piece(b"one\ntwo\nthree\n", 3).cut(1, 3).data
    b'two\nthree\n'
    """

    __slots__ = ("_ends", "data", "lines")

    def __init__(self, data: bytes, lines: int) -> None:
        self.data = data
        self.lines = lines
        self._ends: Ints | None = None

    def __reduce__(self) -> tuple[type[Piece], tuple[bytes, int]]:
        """Travel without what was found out."""
        return Piece, (self.data, self.lines)

    @property
    def ends(self) -> Ints:
        """Where each line ends, in bytes, its break included."""
        if self._ends is None:
            codes = np.frombuffer(self.data, dtype=np.uint8)
            self._ends = np.flatnonzero(codes == _BREAK) + 1
        return self._ends

    def cut(self, start: int, stop: int) -> Piece:
        """Return the lines from place `start` to before place `stop`."""
        if (start, stop) == (0, self.lines):
            return self
        begin = int(self.ends[start - 1]) if start else 0
        return Piece(self.data[begin : int(self.ends[stop - 1])], stop - start)


class LineBlock:
    r"""Lines in order, in pieces.

    Examples
    --------
    >>> block = LineBlock([Piece(b"one\ntwo\n", 2), Piece(b"three\n", 1)])
    >>> len(block), block.take(np.array([2, 0, 1])).data
    (3, b'three\none\ntwo\n')
    """

    __slots__ = ("_starts", "pieces")

    def __init__(self, pieces: Sequence[Piece] = ()) -> None:
        self.pieces = [piece for piece in pieces if piece.lines]
        self._starts = list(accumulate((piece.lines for piece in self.pieces), initial=0))

    def __len__(self) -> int:
        """Return the number of lines."""
        return self._starts[-1]

    def __iter__(self) -> Iterator[bytes]:
        """Iterate over the lines, without their breaks."""
        return iter(self.data.split(b"\n")[:-1])

    def __reduce__(self) -> tuple[type[LineBlock], tuple[list[Piece]]]:
        """Travel as pieces."""
        return LineBlock, (self.pieces,)

    @property
    def data(self) -> bytes:
        """All lines, each with its break."""
        return b"".join([piece.data for piece in self.pieces])

    def take(self, places: Ints) -> LineBlock:
        """Return the lines at these places, in this order."""
        if not len(places):
            return LineBlock()
        breaks = np.flatnonzero(places[1:] != places[:-1] + 1)
        if not len(breaks):
            return self._between(int(places[0]), int(places[-1]) + 1)
        whole = Piece(self.data, len(self))
        first = places[np.append(0, breaks + 1)]
        last = places[np.append(breaks, len(places) - 1)]
        starts = np.where(first > 0, whole.ends[first - 1], 0).tolist()
        view = memoryview(whole.data)
        runs = zip(starts, whole.ends[last].tolist(), strict=True)
        return LineBlock([Piece(b"".join([view[a:b] for a, b in runs]), len(places))])

    def _between(self, start: int, stop: int) -> LineBlock:
        """Return the lines from place `start` to before place `stop`."""
        found, at = [], bisect_right(self._starts, start) - 1
        while start < stop:
            begin, piece = self._starts[at], self.pieces[at]
            end = min(stop - begin, piece.lines)
            found.append(piece.cut(start - begin, end))
            start, at = begin + end, at + 1
        return LineBlock(found)


def block_of(lines: Iterable[bytes]) -> LineBlock:
    r"""Return lines without their breaks as a block.

    Examples
    --------
    >>> block_of([b"one", b"two"]).data
    b'one\ntwo\n'
    """
    ended = [line + b"\n" for line in lines]
    return LineBlock([Piece(b"".join(ended), len(ended))])


def joined(blocks: Iterable[LineBlock]) -> LineBlock:
    """Return the lines of blocks as one."""
    return LineBlock([piece for block in blocks for piece in block.pieces])
