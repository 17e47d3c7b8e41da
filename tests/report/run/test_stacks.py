"""Stacks: what is shown adds up, whatever is put together, and cells are called by their times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.measure.overview.cells import Cell, Course
from rtm_flows.report.run.stacks import STYLES, ranked, start, tick


@given(st.dictionaries(st.text(min_size=1), st.integers(0, 9), max_size=12))
def test_every_count_belongs_to_one_series(totals: dict[str, int]) -> None:
    """The most frequent have their own, in their order; the others share one."""
    series = ranked(totals, "other")
    cell = Cell("2026-03-02T00:00Z", totals)
    counts = [one.of(cell) for one in series]

    assert sum(counts) == sum(totals.values())
    assert len(series) <= len(STYLES) + 1
    own = counts[: len(STYLES)]
    assert own == sorted(own, reverse=True)
    assert len({one.style for one in series}) == len(series)


def cells(hours: int, *starts: str) -> Course:
    """Return empty cells."""
    return Course(hours, [Cell(at, {}) for at in starts])


@pytest.mark.parametrize(
    ("course", "label", "row"),
    [
        (cells(1, "2026-03-02T09:00Z", "2026-03-02T10:00Z"), "09:00", "2 Mar 2026, 09:00"),
        (cells(3, *["2026-03-02T09:00Z"] * 20), "2 Mar", "2 Mar 2026, 09:00"),
        (cells(24, "2026-03-02T00:00Z"), "2 Mar", "2 Mar 2026"),
        (cells(168, *["2026-03-02T00:00Z"] * 50), "Mar 2026", "2 Mar 2026"),
    ],
)
def test_cells_are_called_by_when_they_begin(course: Course, label: str, row: str) -> None:
    """By hour on one day, by day, by month over a year; between cells nothing is written."""
    assert tick(course, 0.0) == label
    assert start(course, course.cells[0]) == row
    assert tick(course, 0.5) == tick(course, float(len(course.cells))) == tick(course, -1.0) == ""
