"""Stacks: what is shown adds up, whatever is put together, and cells are called by their times."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.measure.overview.cells import Cell, Course
from rtm_flows.report.plot import Axes
from rtm_flows.report.run.stacks import STYLES, Series, ranked, stacked, start, tick
from tests.report.tables import SVG


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


@given(st.lists(st.lists(st.integers(0, 50), min_size=3, max_size=3), min_size=1, max_size=8))
def test_columns_are_as_high_as_their_counts(counts: list[list[int]]) -> None:
    """Parts stand on one another from the axis up, the first at the bottom."""
    names = ("a", "b", "c")
    course = Course(
        24, [Cell("2026-03-02T00:00Z", dict(zip(names, n, strict=True))) for n in counts]
    )
    series = [Series(name, f"s{name}", (name,)) for name in names]
    drawn = stacked("k", "Title", course, series, "Told.")
    columns = [
        [(float(r.attrib["y"]), float(r.attrib["height"])) for r in group.iter(f"{SVG}rect")]
        for group in ET.fromstring(drawn).iter(f"{SVG}g")
    ]
    top = max(1, *(sum(n) for n in counts))
    axis = Axes((0.0, 1.0), (0.0, float(top)))

    met = [n for n in counts if any(n)]
    assert len(columns) == len(met)
    for bars, own in zip(columns, met, strict=True):
        low = 0
        shown = [n for n in own if n]
        for (y, height), n in zip(bars, shown, strict=True):
            assert y + height == pytest.approx(axis.y(low), abs=0.11)
            assert y == pytest.approx(axis.y(low + n), abs=0.11)
            low += n


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
