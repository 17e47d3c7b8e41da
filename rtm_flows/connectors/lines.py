"""Whole lines out of bytes, whatever is found there.

In: bytes of a file from somewhere in it. Out: newline-terminated lines, those too long blanked,
and the numbers of lines. It refuses to know what a line means.
"""

from __future__ import annotations

from typing import NamedTuple

from rtm_flows.connectors.files import open_file, unreadable

BOM = b"\xef\xbb\xbf"
_CHUNK = 1 << 20


def enough(limit: int) -> int:
    """Return how many bytes of a line have to be read to know that it is longer than `limit`.

    A line of `limit` bytes may have two more that end it, and a byte order mark before it.
    """
    return limit + 2 + len(BOM)


class Lines(NamedTuple):
    """Lines, each ended by a newline; those whose index is in `oversized` are left blank."""

    data: bytes
    oversized: list[int]


def whole_lines(data: bytes, limit: int) -> Lines:
    r"""Return the lines of some bytes that begin at a line start.

    A missing last line end is added. A line of more than `limit` bytes, its end not counted, is
    replaced by an empty one, so that the indices of the others stay true.

    Examples
    --------
    >>> whole_lines(b"one\nseventeen\nlast", limit=6)
    Lines(data=b'one\n\nlast\n', oversized=[1])
    """
    if data and not data.endswith(b"\n"):
        data += b"\n"
    oversized: list[int] = []
    if _has_oversized(data, limit):
        lines = data.split(b"\n")
        oversized = [
            index
            for index, line in enumerate(lines)
            if len(line) > limit and len(line.removesuffix(b"\r")) > limit
        ]
        for index in oversized:
            lines[index] = b""
        data = b"\n".join(lines)
    return Lines(data, oversized)


def _has_oversized(data: bytes, limit: int) -> bool:
    # Leaps from one line end to the last one within reach: a step costs one backward search.
    start = 0
    while len(data) - start > limit + 1:
        end = data.rfind(b"\n", start, start + limit + 1)
        if end < 0:
            return True
        start = end + 1
    return False


class LineCounter:
    """Counts the lines of a file up to an offset; cheapest when asked in rising order."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._offset = 0
        self._count = 0

    def before(self, offset: int) -> int:
        """Return how many line ends lie before the offset, in bytes.

        Raises
        ------
        InputError
            If the file can no longer be read.
        """
        if offset < self._offset:
            self._offset = self._count = 0
        with open_file(self._path) as file:
            file.seek(self._offset)
            while self._offset < offset:
                try:
                    chunk = file.read(min(_CHUNK, offset - self._offset))
                except OSError as error:
                    raise unreadable(self._path, error) from error
                if not chunk:
                    break
                self._count += chunk.count(b"\n")
                self._offset += len(chunk)
        return self._count
