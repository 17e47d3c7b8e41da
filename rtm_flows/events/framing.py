"""Framing: which lines of a block can be decoded in one go without changing their meaning.

In: bytes. Out: a mask of lines, and whether a line is nested too deep. It knows nothing of fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

MAX_DEPTH: Final = 32
"""Objects and lists within each other; a record nested deeper is a dead letter."""

_NEWLINE, _QUOTE, _OPEN, _CLOSE, _LIST = b'\n"{}['

Codes = NDArray[np.uint8]
Places = NDArray[np.intp]
Mask = NDArray[np.bool_]


def regular_lines(block: bytes, max_bytes: int) -> Mask:
    r"""Tell of each line of a block whether it may be decoded together with its neighbours.

    A decoder of many objects does not care where lines end: it takes two objects on one line, or
    one on two, so that a torn line could swallow its neighbour. Where every line begins with
    `{` and ends with `}`, that cannot be: inside an object no `{` follows a `}` at once. Beyond
    that, a regular line is valid UTF-8, and neither too long nor too deep.

    Examples
    --------
    >>> regular_lines(b'{"a":1}\n{"a":\n1}\n', 100).tolist()
    [True, False, False]
    """
    codes = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero(codes == _NEWLINE)
    starts = np.concatenate(([0], ends[:-1] + 1))
    framed = (codes[starts] == _OPEN) & (codes[ends - 1] == _CLOSE)
    regular: Mask = framed & (ends - starts <= max_bytes)
    opening = codes == _OPEN
    if b"[" in block:
        opening |= codes == _LIST
    rich = np.flatnonzero(_is_rich(opening, ends, regular)).tolist()
    if rich:
        regular[rich] = _depths([block[starts[n] : ends[n]] for n in rich]) <= MAX_DEPTH
    if not _is_utf8(block):
        regular &= [_is_utf8(line) for line in block.split(b"\n")[:-1]]
    return regular


def _is_utf8(block: bytes) -> bool:
    if block.isascii():
        return True
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_rich(opening: Mask, ends: Places, regular: Mask) -> Mask:
    """Tell which regular lines have more opening brackets than they may be deep."""
    if np.count_nonzero(opening) < np.count_nonzero(regular) + MAX_DEPTH:
        return np.zeros_like(regular)  # as each regular line has one at least
    upto = np.searchsorted(np.flatnonzero(opening), ends)
    return regular & (np.diff(upto, prepend=0) > MAX_DEPTH)


def is_too_deep(line: bytes) -> bool:
    """Tell whether the objects and lists of a line are nested deeper than `MAX_DEPTH`.

    Examples
    --------
    >>> is_too_deep(b"[" * 33 + b"]" * 33), is_too_deep(b'{"a":"' + b"[" * 33 + b'"}')
    (True, False)
    """
    if line.count(b"{") + line.count(b"[") <= MAX_DEPTH:
        return False
    return bool(_depths([line])[0] > MAX_DEPTH)


def _depths(lines: Sequence[bytes]) -> NDArray[np.int64]:
    """Return the deepest nesting of each line, of which each has a bracket at least.

    Brackets in strings do not count.
    """
    text = b"\n".join(lines)
    if b"\\" in text:  # what is escaped neither ends a string nor escapes what follows
        text = text.replace(b"\\\\", b"  ").replace(b'\\"', b"  ")
    starts = np.cumsum([0, *(len(line) + 1 for line in lines[:-1])])
    codes = np.frombuffer(text, dtype=np.uint8)
    lower = codes | 32  # makes braces of brackets
    at = np.flatnonzero((lower == _OPEN) | (lower == _CLOSE))
    first = np.searchsorted(at, starts)
    quotes = np.cumsum(codes == _QUOTE, dtype=np.uint8)  # wraps, but stays odd or even
    earlier = np.repeat(quotes[starts] - (codes[starts] == _QUOTE), np.diff(first, append=len(at)))
    steps = np.where(lower[at] == _OPEN, 1, -1) * ((quotes[at] - earlier) % 2 == 0)
    level = np.cumsum(steps)
    deepest: NDArray[np.int64] = np.maximum.reduceat(level, first) - (level - steps)[first]
    return deepest
