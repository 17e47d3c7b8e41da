"""Wiring: who hears what of a pass, and who has ended."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rtm_flows.columns import Table, as_text
from rtm_flows.config import load
from rtm_flows.lanes.decide import Decided
from rtm_flows.lanes.fold import Fold
from rtm_flows.lanes.line_block import LineBlock
from rtm_flows.lanes.messages import Contribution, Counts, Known, Lines
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import END, START
from rtm_flows.lanes.wiring import (
    SUMMARY,
    Metrics,
    contribution_of,
    counting,
    output_of,
    outputs,
    rows_of,
    written_by_decide,
    written_by_fold,
    written_by_know,
)

RECORD_SUMS = 9


def plan(**changed: Any) -> Plan:
    """Return the plan of a job of four lanes that reads three partitions."""
    return Plan.of(load({"name": "tiny", "lanes": 4, **changed}), partitions=3)


def ints(*values: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return numbers as a column."""
    return np.array(values, dtype=np.int64)


def known() -> Known:
    """Return a pass of know over the lanes 0, 2 and 3, of which the last has ended."""
    return Known(
        rows=Table({"n": ints(0, 1, 2), "lane": ints(3, 0, 3)}),
        examples=Table({"n": ints(7)}),
        sessions=Table(
            {
                "person": as_text(["u:ann"]),
                "session": ints(1),
                "start": ints(0),
                "end": ints(1_000),
                "closed_at": ints(61_000),
                "cut": np.array([False]),
                "evicted": np.array([False]),
                "sums": np.zeros((1, RECORD_SUMS), dtype=np.int64),
            }
        ),
        lanes=ints(0, 2, 3),
        ticks=ints(5, START, END),
        counts={"accepted": 3},
    )


def test_outputs_have_the_feeds_that_tell_them() -> None:
    """Lanes tell of people, partitions of records; what is switched off is no output."""
    assert outputs(plan()) == {
        "sessions": 4, "decisions": 4, "scores": 4, "late": 3, "dead_letters": 3,
        "learning": 1,
    }  # fmt: skip
    quiet = plan(outputs={"scores": False, "sessions": False, "learning": False})
    assert set(outputs(quiet)) == {"decisions", "late", "dead_letters"}
    assert set(outputs(plan(responses={}))) - set(outputs(plan())) == {"responses", "orphans"}
    assert counting(plan()) == {"source": 3, "know": 4, "decide": 4, "fold": 1}


def test_each_lane_of_decide_hears_its_rows_and_how_far_know_is() -> None:
    """A lane without rows hears its tick; lanes that were not in the pass hear nothing."""
    told = {lane: (rows, tick) for lane, (rows, tick, _) in rows_of(known())}

    assert {lane: tick for lane, (_, tick) in told.items()} == {0: 5, 2: START, 3: END}
    found = {lane: rows.table["n"].tolist() for lane, (rows, _) in told.items() if rows is not None}
    assert found == {0: [1], 3: [0, 2]}


def test_the_fold_hears_examples_and_ticks() -> None:
    """All lanes of the pass contribute at once."""
    contribution = contribution_of(known())

    assert contribution.lanes.tolist() == [0, 2, 3]
    assert contribution.ticks.tolist() == [5, START, END]
    assert contribution.examples["n"].tolist() == [7]


def test_know_tells_counts_and_sessions() -> None:
    """Only the lanes that have ended tell their last; sessions are told if they are wanted."""
    counts, sessions = written_by_know(known(), plan())
    assert isinstance(counts, Counts)
    assert isinstance(sessions, Lines)
    assert (counts.step, counts.feeds.tolist(), counts.ended) == ("know", [3], True)
    assert counts.counts == {"accepted": 3}
    assert (len(sessions.lines), sessions.marks.tolist()) == (1, [5, START, END])
    assert (sessions.release.tolist(), sessions.order.tolist()) == ([1], [61_000])

    assert len(written_by_know(known(), plan(outputs={"sessions": False}))) == 1


@pytest.mark.parametrize(("marks", "ended"), [((5, 6), []), ((5, END), [2]), ((END, END), [0, 2])])
def test_decide_tells_lines_and_counts(marks: tuple[int, int], ended: list[int]) -> None:
    """A lane has ended when its mark has."""
    line = Lines("scores", ints(0, 2), ints(*marks), ints(), ints(), None, LineBlock())
    decided = Decided([line], {"triggers": 2}, ints(0, 2), ints(*marks), None)

    lines, counts = written_by_decide(decided)
    assert isinstance(counts, Counts)
    assert lines is line
    assert (counts.step, counts.feeds.tolist(), counts.ended) == ("decide", ended, bool(ended))


def test_the_fold_tells_metrics_and_that_it_has_ended() -> None:
    """It is one feed, and tells once, of every model; what it has learned it tells on the way."""
    plan = Plan.of(load({"name": "shop", "lanes": 1, "models": {"churn": {}}}), partitions=1)
    fold = Fold(plan)
    fold.run([Contribution(ints(0), ints(7), Table({}))])
    (on_the_way,) = written_by_fold(fold)
    fold.run([Contribution(ints(0), ints(END), Table({}))])
    last, *metrics, done = written_by_fold(fold)

    for told, mark in ((on_the_way, 7), (last, END)):
        assert isinstance(told, Lines)
        assert (told.output, told.marks.tolist(), len(told.lines)) == ("learning", [mark], 0)
    assert metrics == [Metrics(name, figures) for name, figures in fold.metrics().items()]
    assert len(metrics) == len(plan.models) == 2
    assert isinstance(done, Counts)
    assert (done.step, done.feeds.tolist(), done.ended) == ("fold", [0], True)


def test_lines_go_to_their_output_and_all_else_to_the_summary() -> None:
    """Each message is for one writer."""
    assert output_of(Lines("late", ints(), ints(), ints(), ints(), None, LineBlock())) == "late"
    assert output_of(Counts("know", ints(), ended=False, counts={})) == SUMMARY
    assert output_of(Metrics("intent", {})) == SUMMARY
