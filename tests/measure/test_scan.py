"""Lines found by bytes, block by block, are those that a plain loop finds."""

from __future__ import annotations

import io
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.measure.scan import Line, lines, lines_with, seek_ordered, whole_size

TEXTS = st.lists(st.text("ab\r", max_size=9).map(str.encode), max_size=12)
BLOCKS = st.integers(1, 12)


def plain(texts: list[bytes]) -> list[Line]:
    """Return the lines that are not empty, with their places."""
    starts = accumulate((len(text) + 1 for text in texts), initial=0)
    return [Line(at, text) for at, text in zip(starts, texts, strict=False) if text]


@given(TEXTS, BLOCKS, st.booleans(), st.text("ab", min_size=1, max_size=3).map(str.encode))
def test_lines_are_those_of_a_plain_loop(
    texts: list[bytes], block: int, ended: bool, needle: bytes
) -> None:
    """All of them, and those that hold some bytes; with a last line break or without."""
    data = b"\n".join(texts) + (b"\n" if ended and texts else b"")
    read: list[int] = []

    assert list(lines(io.BytesIO(data), block=block, seen=read.append)) == plain(texts)
    assert sum(read) == len(data)
    wanted = [line for line in plain(texts) if needle in line.data]
    assert list(lines_with(io.BytesIO(data), needle, block=block)) == wanted


@given(TEXTS, BLOCKS)
def test_of_a_growing_file_the_last_line_may_be_cut(texts: list[bytes], block: int) -> None:
    """What follows the last line break is not a line yet."""
    data = b"\n".join(texts)
    whole = plain(texts[:-1])

    assert list(lines(io.BytesIO(data), block=block, growing=True)) == whole
    assert list(lines_with(io.BytesIO(data), b"a", block=block, growing=True)) == [
        line for line in whole if b"a" in line.data
    ]
    assert whole_size(io.BytesIO(data), len(data)) == data.rfind(b"\n") + 1


def test_the_end_of_a_long_growing_line_is_found() -> None:
    """However far back the last line break is."""
    data = b"a\n" + b"b" * (1 << 17)

    assert whole_size(io.BytesIO(data), len(data)) == 2


@given(st.lists(st.integers(0, 200), max_size=15).map(sorted), st.integers(-1, 201))
def test_a_place_in_ordered_lines_is_found_by_halving(numbers: list[int], wanted: int) -> None:
    """The byte at which the first line stands that does not come before."""
    written = [b"%d\n" % number for number in numbers]
    file = io.BytesIO(b"".join(written))
    before = [line for line in written if int(line) < wanted]

    found = seek_ordered(file, len(file.getvalue()), lambda line: int(line) < wanted)

    assert found == sum(map(len, before))
