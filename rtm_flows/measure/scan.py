"""Scan: the lines of an output file that hold certain bytes, or all of them, block by block.

In: a file of lines, open for reading bytes. Out: its lines, each with its place. No more than one
block and one line is in memory, however long the file is. It refuses to know what the lines say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

BLOCK = 1 << 22
"""Bytes that are read at once."""

Seen = Callable[[int], None]
"""Is told how many more bytes were read."""


class Line(NamedTuple):
    """A line without its line break, and the byte of the file at which it begins."""

    offset: int
    data: bytes


def lines(
    file: BinaryIO, *, block: int = BLOCK, seen: Seen | None = None, growing: bool = False
) -> Iterator[Line]:
    r"""Yield every line that is not empty.

    Parameters
    ----------
    file
        Read from where it stands to its end.
    block
        Bytes to read at once.
    seen
        Is told how many bytes each block had.
    growing
        Somebody may still write to the file: what follows the last line break is no line yet.

    Examples
    --------
    >>> import io
    >>> [line.data for line in lines(io.BytesIO(b"one\n\ntwo\nthr"), block=2)]
    [b'one', b'two', b'thr']
    >>> [line.offset for line in lines(io.BytesIO(b"one\n\ntwo\nthr"), growing=True)]
    [0, 5]
    """
    for at, data in _whole(file, block, seen, growing=growing):
        offset = at
        for line in data.split(b"\n"):
            if line:
                yield Line(offset, line)
            offset += len(line) + 1


def lines_with(
    file: BinaryIO,
    needle: bytes,
    *,
    block: int = BLOCK,
    seen: Seen | None = None,
    growing: bool = False,
) -> Iterator[Line]:
    r"""Yield the lines that hold some bytes, which have no line break in them; as `lines` else.

    Lines without are never looked at one by one: this is as fast as bytes are searched.

    Examples
    --------
    >>> import io
    >>> list(lines_with(io.BytesIO(b"one\ntwo\nnone\n"), b"one"))
    [Line(offset=0, data=b'one'), Line(offset=8, data=b'none')]
    """
    for offset, data in _whole(file, block, seen, growing=growing):
        found = data.find(needle)
        while found >= 0:
            start = data.rfind(b"\n", 0, found) + 1
            end = data.find(b"\n", found)
            end = len(data) if end < 0 else end
            yield Line(offset + start, data[start:end])
            found = data.find(needle, end)


def _whole(
    file: BinaryIO, block: int, seen: Seen | None, *, growing: bool
) -> Iterator[tuple[int, bytes]]:
    """Yield blocks of whole lines with their place; a line longer than a block makes a long one."""
    offset, rest = file.tell(), [b""]
    while data := file.read(block):
        if seen is not None:
            seen(len(data))
        end = data.rfind(b"\n") + 1
        if not end:
            rest.append(data)
            continue
        whole = b"".join([*rest, data[:end]])
        yield offset, whole
        offset += len(whole)
        rest = [data[end:]]
    left = b"".join(rest)
    if left and not growing:
        yield offset, left


def seek_ordered(file: BinaryIO, size: int, comes_before: Callable[[bytes], bool]) -> int:
    r"""Return the byte at which the lines begin that do not come before something.

    Parameters
    ----------
    file
        Lines in an order in which all that come before it stand first.
    size
        Bytes of the file to look at.
    comes_before
        Tells of a line whether it comes before it.

    Examples
    --------
    >>> import io
    >>> seek_ordered(io.BytesIO(b"1\n2\n30\n44\n"), 10, lambda line: int(line) < 30)
    4
    """
    low, high = 0, size
    # All lines that begin before `low` come before; none that begins at or after `high` does.
    while low < high:
        middle = (low + high) // 2
        start = _line_start(file, middle) if middle > low else low
        file.seek(start)
        line = file.readline()
        if start >= high or not comes_before(line):
            high = middle
        else:
            low = start + len(line)
    return low


def _line_start(file: BinaryIO, at: int) -> int:
    """Return where the first line begins that begins at a byte or after it."""
    file.seek(at - 1)
    return at - 1 + len(file.readline())


def last_line(file: BinaryIO, size: int) -> Line | None:
    r"""Return the last line of a file, None if it is empty.

    Examples
    --------
    >>> import io
    >>> last_line(io.BytesIO(b"one\ntwo\n"), 8), last_line(io.BytesIO(b""), 0)
    (Line(offset=4, data=b'two'), None)
    """
    reach = 1 << 16
    while size:
        start = max(0, size - reach)
        file.seek(start)
        found = file.read(size - start).rstrip(b"\n")
        begin = found.rfind(b"\n") + 1
        if begin or not start:
            return Line(start + begin, found[begin:]) if found else None
        reach *= 2
    return None


def whole_size(file: BinaryIO, size: int) -> int:
    r"""Return where the last line of a file that is still being written ends.

    Examples
    --------
    >>> import io
    >>> whole_size(io.BytesIO(b"one\ntw"), 6), whole_size(io.BytesIO(b"on"), 2)
    (4, 0)
    """
    while size:
        start = max(0, size - (1 << 16))
        file.seek(start)
        found = file.read(size - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        size = start
    return 0
