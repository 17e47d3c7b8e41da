"""Cells: counts by stretches of time, which get longer as the history does.

In: times of lines, in any order. Out: at most so many stretches of one length, without gaps, each
with its counts. The length depends on the first and the last time alone, so the order of the lines
and their number change nothing. It refuses to know what is counted.
"""

from __future__ import annotations

import functools
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import msgspec

MOST = 62
"""Cells at most: two months by day."""

_STEPS = (1, 3, 24, 168, 672, 2_688, 10_752, 43_008)
"""Hours; each a multiple of the one before. The last covers what times may be."""

_MONDAY = 96
"""Hours from 1970-01-01 to the first Monday: weeks begin there."""

_EPOCH = date(1970, 1, 1).toordinal()
_HOUR = len("2026-03-02T10")


class Cell(msgspec.Struct, frozen=True):
    """A stretch of time: when it begins (UTC), and its counts."""

    start: str
    counts: dict[str, int]


class Course(msgspec.Struct, frozen=True):
    """Counts over time: cells of so many hours, one after the other."""

    hours: int
    cells: list[Cell]

    def values(self, name: str) -> list[int]:
        """Return the counts of one name, cell by cell."""
        return [cell.counts.get(name, 0) for cell in self.cells]


class Cells:
    """Counts by time.

    Parameters
    ----------
    most
        How many cells there may be.

    Examples
    --------
    >>> cells = Cells(most=3)
    >>> for time in ("2026-03-02T10:59:59Z", "2026-03-02T11:00:00Z", "2026-03-02T14:00:00Z"):
    ...     cells.at(time)["mail"] += 1
    >>> cells.course()
    Course(hours=3, cells=[Cell(start='2026-03-02T09:00Z', counts={'mail': 2}), \
Cell(start='2026-03-02T12:00Z', counts={'mail': 1})])
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._step = 0
        self._cells: dict[int, Counter[str]] = {}
        self._latest: tuple[str | None, Counter[str]] = (None, Counter())
        self._span: tuple[int, int] | None = None

    def at(self, time: str) -> Counter[str]:
        """Return the counts of the cell that holds a time (RFC 3339 with `Z`), to be added to.

        Raises
        ------
        ValueError
            If the text is no time.
        """
        # Lines are mostly in order of time, so the cell is mostly the last one.
        hour = time[:_HOUR]
        if hour != self._latest[0]:
            self._latest = hour, self._cell(_hours(hour))
        return self._latest[1]

    def course(self) -> Course:
        """Return all cells from the first to the last."""
        hours = _STEPS[self._step]
        if self._span is None:
            return Course(hours, [])
        first, last = (_place(hour, hours) for hour in self._span)
        places = range(first, last + 1)
        return Course(
            hours, [Cell(_start(at, hours), dict(self._cells.get(at, {}))) for at in places]
        )

    def _cell(self, hour: int) -> Counter[str]:
        low, high = self._span or (hour, hour)
        self._span = min(low, hour), max(high, hour)
        while self._length() > self._most and self._step + 1 < len(_STEPS):
            self._lengthen()
        return self._cells.setdefault(_place(hour, _STEPS[self._step]), Counter())

    def _length(self) -> int:
        low, high = self._span or (0, 0)
        step = _STEPS[self._step]
        return _place(high, step) - _place(low, step) + 1

    def _lengthen(self) -> None:
        old = _STEPS[self._step]
        self._step += 1
        longer: dict[int, Counter[str]] = {}
        for at, counts in self._cells.items():
            place = _place(_hour_of(at, old), _STEPS[self._step])
            longer.setdefault(place, Counter()).update(counts)
        self._cells = longer


@functools.lru_cache(maxsize=4096)
def _hours(text: str) -> int:
    """Return the hours from 1970 to a date and hour such as `2026-03-02T10`."""
    return (date.fromisoformat(text[:10]).toordinal() - _EPOCH) * 24 + int(text[11:])


def _place(hour: int, step: int) -> int:
    return (hour - (_MONDAY if step > 24 else 0)) // step


def _hour_of(place: int, step: int) -> int:
    return place * step + (_MONDAY if step > 24 else 0)


def _start(place: int, step: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=_hour_of(place, step))
    return moment.strftime("%Y-%m-%dT%H:00Z")
