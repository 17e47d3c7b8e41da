"""Lines of any number put into order, through the disk.

In: lines, each with what orders it. Out: the lines in that order. Those of some megabytes are in
memory; it refuses to know what they say.
"""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import BinaryIO, NamedTuple

import msgspec

_MEMORY_BYTES = 64 << 20
_MOST_FILES = 256


class Line(NamedTuple):
    """A line, and what comes before it: two texts, and two numbers which no two have both."""

    first: str
    second: str
    number: int
    place: int
    value: bytes


class SortedLines:
    r"""Lines that are to be put into order.

    Parameters
    ----------
    memory_bytes
        Bytes of lines that may be in memory.

    Examples
    --------
    >>> lines = SortedLines()
    >>> lines.add(Line("b", "", 0, 7, b"later"))
    >>> lines.add(Line("a", "", 0, 9, b"sooner"))
    >>> list(lines.values())
    [b'sooner', b'later']
    """

    def __init__(self, memory_bytes: int = _MEMORY_BYTES) -> None:
        self._most = memory_bytes
        self._lines: list[Line] = []
        self._size = 0
        self._files: list[BinaryIO] = []
        self._open = ExitStack()

    def add(self, line: Line) -> None:
        """Take one in; its value has no line break."""
        self._lines.append(line)
        self._size += len(line.value)
        if self._size >= self._most:
            self._lines.sort()
            self._put_down(self._lines)
            self._lines, self._size = [], 0
            if len(self._files) == _MOST_FILES:
                self._join()

    def values(self) -> Iterator[bytes]:
        """Yield the lines in order; then nothing is left."""
        self._lines.sort()
        for line in heapq.merge(*map(_read, self._files), self._lines):
            yield line.value
        self.close()

    def close(self) -> None:
        """Let go of all."""
        self._open.close()
        self._files, self._lines, self._size = [], [], 0

    def _join(self) -> None:
        """Make one file of all."""
        files, self._files = self._files, []
        self._put_down(heapq.merge(*map(_read, files)))
        for file in files:
            file.close()

    def _put_down(self, lines: Iterable[Line]) -> None:
        file = self._open.enter_context(tempfile.TemporaryFile(prefix="rtm-"))  # noqa: SIM115
        for line in lines:
            file.write(msgspec.json.encode(line[:-1]) + b"\n" + line.value + b"\n")
        self._files.append(file)


def _read(file: BinaryIO) -> Iterator[Line]:
    file.seek(0)
    for head in file:
        first, second, number, place = msgspec.json.decode(head, type=tuple[str, str, int, int])
        yield Line(first, second, number, place, next(file)[:-1])
