"""Intake: what is late is judged record by record, by the partition's own largest time."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import Table
from rtm_flows.lanes.intake import Intake, Judged
from rtm_flows.lanes.progress import END, START

T = 1_767_225_600_000
LATENESS = 5_000
TIMES = st.lists(
    st.sampled_from([0, 1, 700, LATENESS - 1, LATENESS, LATENESS + 1, 20_000]).map(T.__add__),
    max_size=20,
)


def table(times: list[int]) -> Table:
    """Return rows of these times, numbered."""
    return Table({"time": np.array(times, dtype=np.int64), "row": np.arange(len(times))})


@given(TIMES, st.lists(st.integers(0, 20), max_size=4))
def test_lateness_is_that_of_a_loop_whatever_the_batches(times: list[int], cuts: list[int]) -> None:
    """A record is late when it lies further behind the largest time before it than allowed."""
    top, late, behind = START, [], []
    for index, time in enumerate(times):
        if top - time > LATENESS:
            late.append(index)
            behind.append(top - time)
        else:
            top = max(top, time)
    bounds = sorted(min(cut, len(times)) for cut in cuts)

    for cutting in (bounds, [], list(range(len(times)))):
        intake = Intake(0, LATENESS, log_order=False)
        found, found_behind, kept = [], [], []
        for start, stop in itertools.pairwise([0, *cutting, len(times)]):
            taken = intake.take(table(times[start:stop]))
            found += [start + row for row in taken.late["row"].tolist()]
            found_behind += taken.late["behind"].tolist()
            kept += [start + row for row in taken.rows["row"].tolist()]
        assert (found, found_behind) == (late, behind)
        assert sorted(found + kept) == list(range(len(times)))
        assert kept == sorted(kept)
        assert intake.top == top


@pytest.mark.parametrize(("behind", "late"), [(0, 0), (LATENESS, 0), (LATENESS + 1, 1)])
def test_at_exactly_the_lateness_it_is_in_time(behind: int, late: int) -> None:
    """A time equal to the mark is not before it, in one batch or in two."""
    together = Intake(0, LATENESS, log_order=False).take(table([T, T - behind]))
    apart = Intake(0, LATENESS, log_order=False)
    apart.take(table([T]))

    assert len(together.late) == len(apart.take(table([T - behind])).late) == late


def test_the_mark_follows_the_largest_time() -> None:
    """Before the first event there is no mark; then it is the top less the lateness."""
    intake = Intake(3, LATENESS, log_order=False)
    told = [
        intake.take(table([])).progress,
        intake.take(table([T, T - 1])).progress,
        intake.take(table([T - 2 * LATENESS])).progress,
    ]

    assert [p.rounds.tolist() for p in told] == [[0], [1], [2]]
    assert [p.feeds.tolist() for p in told] == [[3]] * 3
    assert [p.marks.tolist() for p in told] == [[START], [T - LATENESS], [T - LATENESS]]
    assert [p.tops.tolist() for p in told] == [[START], [T], [T]]
    end = intake.end()
    assert (end.rounds.tolist(), end.marks.tolist(), end.tops.tolist()) == ([END], [END], [T])


def test_the_mark_of_a_sorted_input_is_its_top() -> None:
    """Without a lateness nothing is late that is in order, and equal times are in order."""
    intake = Intake(0, None, log_order=False)
    taken = intake.take(table([T, T, T + 1]))

    assert (len(taken.late), taken.progress.marks.tolist()) == (0, [T + 1])


def test_in_log_order_rows_carry_their_place() -> None:
    """Round and partition are added to rows in time only."""
    intake = Intake(2, 0, log_order=True)
    intake.take(table([]))
    taken = intake.take(table([T, T - 1, T]))

    assert taken.rows["round"].tolist() == [1, 1]
    assert taken.rows["partition"].tolist() == [2, 2]
    assert "round" not in Intake(2, 0, log_order=False).take(table([T])).rows.columns


@pytest.mark.parametrize(("lateness", "mark"), [(LATENESS, T), (LATENESS, T - 1), (None, T)])
def test_after_another_input_its_mark_holds(lateness: int | None, mark: int) -> None:
    """What is before it is late, by as much as it is behind; the top is that of this input only."""
    intake = Intake(0, lateness, log_order=False, mark=mark)
    taken = intake.take(table([mark - 1, mark, mark + 1]))

    assert taken.rows["time"].tolist() == [mark, mark + 1]
    assert taken.late["behind"].tolist() == [(lateness or 0) + 1]
    assert taken.progress.tops.tolist() == [mark + 1]
    assert taken.progress.marks.tolist() == [max(mark, mark + 1 - (lateness or 0))]


def test_what_its_source_has_judged_is_admitted_as_it_is() -> None:
    """Round, mark and top are those that the source tells, and nothing is late any more."""
    events = Table({"time": np.array([5, 90], dtype=np.int64)})
    intake = Intake(2, 10, log_order=True)
    taken = intake.admit(events, Judged(events.slice(0, 0), round=7, before=30, mark=40, top=100))

    assert taken.rows["time"].tolist() == [5, 90]
    assert taken.rows["round"].tolist() == [7, 7]
    assert [part.tolist() for part in taken.progress] == [[2], [7], [40], [100]]
    assert (intake.round, intake.top) == (8, 100)


@pytest.mark.parametrize(("lateness", "marks"), [(10, [T - 10] * 2), (None, [T + 1, T + 5])])
def test_rows_carry_the_mark_that_nothing_behind_them_is_before(
    lateness: int | None, marks: list[int]
) -> None:
    """That before their round; of sorted rows their time; and none if nobody asks."""
    intake = Intake(0, lateness, log_order=True, marks=True)
    first = intake.take(table([T]))

    assert first.rows["mark"].tolist() == [START if lateness else T]
    assert intake.take(table([T + 1, T + 5])).rows["mark"].tolist() == marks
    judged = Judged(first.rows.slice(0, 0), round=7, before=30, mark=40, top=100)
    assert intake.admit(table([T]), judged).rows["mark"].tolist() == [30]
    assert "mark" not in Intake(0, lateness, log_order=True).take(table([T])).rows.columns
