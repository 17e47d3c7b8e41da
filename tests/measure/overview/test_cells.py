"""Counts over time: nothing is lost, wherever the cells begin and however long they are."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.measure.overview.cells import MOST, Cells, Course
from rtm_flows.times import format_time

FIRST, LAST = 631_152_000_000, 4_102_444_799_999  # 1990 to 2099
TIMES = st.lists(st.integers(FIRST, LAST), max_size=40) | st.lists(
    st.integers(1_700_000_000_000, 1_700_900_000_000), max_size=40
)


def course(times: list[int], most: int = MOST) -> Course:
    """Return the course of these times."""
    cells = Cells(most)
    for time in times:
        cells.at(format_time(time))[str(time % 3)] += 1
    return cells.course()


def begin(start: str) -> int:
    """Return when a cell begins, in milliseconds."""
    return int(datetime.fromisoformat(start).timestamp() * 1000)


@given(TIMES, st.integers(24, 70))
def test_each_time_is_counted_in_its_cell(times: list[int], most: int) -> None:
    """Cells follow one another without gaps, and there are not more than wanted."""
    found = course(times, most)
    width = found.hours * 3_600_000
    starts = [begin(cell.start) for cell in found.cells]

    assert len(starts) <= most
    assert all(after - before == width for before, after in pairwise(starts))
    for start, cell in zip(starts, found.cells, strict=True):
        inside = Counter(str(time % 3) for time in times if start <= time < start + width)
        assert cell.counts == inside
    assert sum(sum(cell.counts.values()) for cell in found.cells) == len(times)


@given(TIMES)
def test_the_order_of_times_changes_nothing(times: list[int]) -> None:
    """Neither counts nor the length of the cells."""
    assert course(sorted(times)) == course(times) == course(times[::-1])


@pytest.mark.parametrize(
    ("days", "hours"), [(0.5, 1), (2, 1), (7, 3), (28, 24), (61, 24), (300, 168), (1200, 672)]
)
def test_cells_are_as_short_as_they_can_be(days: float, hours: int) -> None:
    """A month by day, a year by week."""
    begin_at = datetime.fromisoformat("2026-03-02T00:00:00+00:00")
    times = [begin_at + timedelta(days=days) * at / 7 for at in range(7)]

    assert course([int(time.timestamp() * 1000) for time in times]).hours == hours


def test_weeks_begin_on_monday() -> None:
    """As people count them."""
    found = course([begin("2026-03-04T10:00Z"), begin("2026-12-24T10:00Z")])

    assert found.hours == 168
    assert all(datetime.fromisoformat(cell.start).weekday() == 0 for cell in found.cells)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-02T10:00:00Z", "2026-03-02Txx:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """With an error that a reader of lines can give a place."""
    with pytest.raises(ValueError):  # noqa: PT011
        Cells().at(text)
