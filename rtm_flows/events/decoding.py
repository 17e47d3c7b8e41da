"""Decoding of many lines, some of which may be broken.

In: lines of JSON, of which it is known whether they are regular. Out: rows, the lines they are
from, and dead letters. It knows nothing of what is in a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import Any, Final, NamedTuple

import msgspec

from rtm_flows.events.diagnosis import Diagnosis
from rtm_flows.events.outcome import BadRecord
from rtm_flows.events.row_type import RowType

_FEW: Final = 4


class Lines(NamedTuple):
    """Lines with their numbers; those that are `regular` may be decoded together."""

    numbers: list[int]
    texts: list[bytes]
    regular: list[bool]

    def where(self, mask: Sequence[bool]) -> Lines:
        """Return the lines chosen by a mask."""
        return Lines(
            list(compress(self.numbers, mask)),
            list(compress(self.texts, mask)),
            list(compress(self.regular, mask)),
        )

    def take(self, places: Sequence[int]) -> Lines:
        """Return the lines at some places, in the order of these."""
        return Lines(
            [self.numbers[place] for place in places],
            [self.texts[place] for place in places],
            [self.regular[place] for place in places],
        )

    def join(self, other: Lines) -> Lines:
        """Return these lines and then the others."""
        return Lines(
            self.numbers + other.numbers, self.texts + other.texts, self.regular + other.regular
        )


class Decoded(NamedTuple):
    """Rows beside the lines they were decoded from, and the dead letters among the lines."""

    rows: list[Any]
    lines: Lines
    bad: list[BadRecord]

    def join(self, other: Decoded) -> Decoded:
        """Return these rows and then the others."""
        lines = self.lines.join(other.lines)
        return Decoded(self.rows + other.rows, lines, self.bad + other.bad)

    def where(self, mask: Sequence[bool]) -> Decoded:
        """Return the rows chosen by a mask."""
        return Decoded(list(compress(self.rows, mask)), self.lines.where(mask), self.bad)

    def in_order(self) -> Decoded:
        """Return the rows in the order of their lines."""
        numbers = self.lines.numbers
        places = sorted(range(len(numbers)), key=numbers.__getitem__)
        rows = [self.rows[place] for place in places]
        return Decoded(rows, self.lines.take(places), self.bad)


def decode_block(row_type: RowType, block: bytes, count: int) -> list[msgspec.Struct] | None:
    """Decode a block of regular lines; None if one is not as wanted, or holds two records."""
    try:
        rows = row_type.decode_lines(block)
    except msgspec.DecodeError:
        return None
    return rows if len(rows) == count else None


def decode_lines(row_type: RowType, diagnosis: Diagnosis, lines: Lines) -> Decoded:
    """Decode the regular lines together as far as they let themselves, the others one by one.

    Where a bad line stands among regular ones, halves of them are tried, down to a few lines:
    so one bad line costs little. Rows keep the order of their lines.
    """
    if all(lines.regular):
        return _decode_halves(row_type, diagnosis, lines)
    together = _decode_halves(row_type, diagnosis, lines.where(lines.regular))
    alone = _decode_each(row_type, diagnosis, lines.where([not r for r in lines.regular]))
    return together.join(alone).in_order() if alone.rows else together.join(alone)


def _decode_halves(row_type: RowType, diagnosis: Diagnosis, lines: Lines) -> Decoded:
    count = len(lines.texts)
    if count <= _FEW:
        return _decode_each(row_type, diagnosis, lines)
    rows = decode_block(row_type, b"\n".join(lines.texts), count)
    if rows is not None:
        return Decoded(rows, lines, [])
    first = _decode_halves(row_type, diagnosis, lines.take(range(count // 2)))
    return first.join(_decode_halves(row_type, diagnosis, lines.take(range(count // 2, count))))


def _decode_each(row_type: RowType, diagnosis: Diagnosis, lines: Lines) -> Decoded:
    numbered = zip(lines.numbers, lines.texts, strict=True)
    found = [diagnosis.decode(row_type, number, text) for number, text in numbered]
    bad = [row for row in found if isinstance(row, BadRecord)]
    return Decoded(found, lines, bad).where([not isinstance(row, BadRecord) for row in found])
