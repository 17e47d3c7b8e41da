"""Stacks: counts over time as bars one above the other, with their table.

In: a course, and names with the styles of their bars. Out: a figure. It refuses to know what is
counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rtm_flows.measure.overview.cells import Cell, Course
from rtm_flows.report import words
from rtm_flows.report.markup import Markup
from rtm_flows.report.plot import Axes, legend
from rtm_flows.report.tables import figure, folded, table

STYLES = ("sa", "sb", "sc", "sd", "se", "sf")
REST = "sz"
"""Style of what is not told apart."""

_YEAR = 24 * 300


class Series(NamedTuple):
    """Counts that are one colour: what they are called, and the names whose counts they add."""

    told: str
    style: str
    names: tuple[str, ...]

    def of(self, cell: Cell) -> int:
        """Return how many a cell has."""
        return sum(cell.counts.get(name, 0) for name in self.names)


def ranked(totals: Mapping[str, int], called: str) -> list[Series]:
    """Return a series for each of the most frequent names, and one for all others, called so.

    Examples
    --------
    >>> [one.told for one in ranked({"a": 1, "b": 3}, "other action")]
    ['b', 'a']
    """
    names = sorted((n for n in totals if totals[n]), key=lambda name: (-totals[name], name))
    most = len(STYLES) if len(names) > len(STYLES) else len(names)
    found = [
        Series(name, style, (name,)) for name, style in zip(names[:most], STYLES, strict=False)
    ]
    rest = tuple(names[most:])
    return [*found, Series(words.some(len(rest), called), REST, rest)] if rest else found


def stacked(key: str, title: str, course: Course, series: Sequence[Series], note: str) -> Markup:
    """Return counts over time as a figure; `note` says in a sentence what is seen."""
    heights = [sum(one.of(cell) for one in series) for cell in course.cells]
    axes = Axes((0.0, float(max(1, len(heights)))), (0.0, float(max([1, *heights]))))
    axes.scale(lambda at: tick(course, at), words.short, f"{each(course)} (UTC)")
    for at, cell in enumerate(course.cells):
        low, parts, told = 0, [], []
        for one in series:
            n = one.of(cell)
            parts.append((one.style, (float(low), float(low + n))))
            low += n
            told += [f"{one.told} {n:,}"] if n else []
        axes.bars(at, at + 1, parts, f"{start(course, cell)}: {', '.join(told)}")
    return figure(
        title,
        axes.drawn(key, title, note),
        legend(*((one.style, one.told) for one in series)) if len(series) > 1 else None,
        folded("The numbers", _numbers(title, course, series), about=title),
    )


def _numbers(title: str, course: Course, series: Sequence[Series]) -> Markup:
    rows = [
        [start(course, cell), *(words.count(one.of(cell)) for one in series)]
        for cell in course.cells
    ]
    heads = [f"{each(course)} (UTC)".capitalize(), *(one.told for one in series)]
    return table(title, heads, rows)


def each(course: Course) -> str:
    """Return what a cell is, in words.

    Examples
    --------
    >>> each(Course(24, [])), each(Course(3, [])), each(Course(672, []))
    ('day', '3 hours from', '4 weeks from')
    """
    hours = course.hours
    if hours in {1, 24, 168}:
        return {1: "hour", 24: "day", 168: "week from"}[hours]
    return f"{hours} hours from" if hours < 168 else f"{hours // 168} weeks from"


def start(course: Course, cell: Cell) -> str:
    """Return when a cell begins."""
    return words.moment(cell.start, hour=course.hours < 24, year=True)


def tick(course: Course, at: float) -> str:
    """Return what stands below the cell of this number; nothing between and beyond cells."""
    if at != round(at) or not 0 <= at < len(course.cells):
        return ""
    time = course.cells[round(at)].start
    if course.hours < 24 and len(course.cells) * course.hours <= 24:
        return time[11:16]
    long = len(course.cells) * course.hours > _YEAR
    return words.month(time) if long else words.moment(time)
