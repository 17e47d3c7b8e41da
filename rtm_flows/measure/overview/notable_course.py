"""What stands out in the course of the decisions: what became more, or less, or stopped.

In: an overview. Out: sentences. It refuses to look at records and scores.
"""

from __future__ import annotations

from collections.abc import Iterator

from rtm_flows.measure.figures import wilson
from rtm_flows.measure.overview.cells import Cell
from rtm_flows.measure.overview.overview import Overview
from rtm_flows.measure.overview.sentences import Notable, day, percent, some
from rtm_flows.measure.overview.summary import NO_ACTION

MOVED = 1.5
"""A share that became so many times larger or smaller is worth a word."""

STOPPED = 20
"""An action is too, that won so often before, and never in the last fifth of the time."""

_FIFTH = 5


def in_course(run: Overview) -> Iterator[Notable]:
    """Tell what changed from the first to the last fifth of the time."""
    cells = run.decided.course.cells
    if len(cells) >= _FIFTH:
        fifth = len(cells) // _FIFTH
        yield from _moved(run, cells[:fifth], cells[-fifth:])
        yield from _stopped(run, cells, fifth)
    yield from _gaps(run)


def _moved(run: Overview, first: list[Cell], last: list[Cell]) -> Iterator[Notable]:
    """Tell if something is done in another share of the decisions, and not by accident."""
    idle = [one.told for one in run.decided.choices if one.name == NO_ACTION]
    totals = [sum(sum(cell.counts.values()) for cell in part) for part in (first, last)]
    acted = [
        n - sum(cell.counts.get(told, 0) for cell in part for told in idle)
        for n, part in zip(totals, (first, last), strict=True)
    ]
    if not all(totals):
        return
    low, high = sorted(zip(acted, totals, strict=True), key=lambda pair: pair[0] / pair[1])
    apart = wilson(*low)[1] < wilson(*high)[0]
    if apart and high[0] * low[1] >= MOVED * low[0] * high[1]:
        text = (
            f"Something was done in {percent(acted[0], totals[0])} of the decisions of the first "
            f"fifth of the time, in {percent(acted[1], totals[1])} of those of the last."
        )
        yield Notable("caution", "decisions", text)


def _stopped(run: Overview, cells: list[Cell], fifth: int) -> Iterator[Notable]:
    """Name the actions that won before and do not any more."""
    for choice in run.decided.choices:
        wins = [cell.counts.get(choice.told, 0) for cell in cells]
        if choice.name == NO_ACTION or sum(wins) < STOPPED or any(wins[-fifth:]):
            continue
        last = max(at for at, n in enumerate(wins) if n)
        text = (
            f"{choice.name} won {some(sum(wins), 'time')}, but not since {day(cells[last].start)}: "
            "has it ended, or does something keep it out?"
        )
        yield Notable("caution", "decisions", text)


def _gaps(run: Overview) -> Iterator[Notable]:
    """Tell of days without any decision between days with some."""
    course = run.decided.course
    if course.hours < 24:
        return
    empty = [cell.start for cell in course.cells if not cell.counts]
    if empty:
        what = "day" if course.hours == 24 else "stretch"
        text = (
            f"{some(len(empty), what)} without any decision, first {day(empty[0])}: did the input "
            "stop?"
        )
        yield Notable("caution", "decisions", text)
