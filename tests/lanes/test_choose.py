"""Choosing: one decision for every trigger, and none for what is no trigger."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import Table, as_text
from rtm_flows.config import load
from rtm_flows.decisions.fates import FATES
from rtm_flows.lanes.choose import Chooser
from rtm_flows.lanes.plan import Model, Plan
from rtm_flows.models.spec import Learning

TICK = 60_000
JOB: dict[str, Any] = {
    "name": "tiny",
    "floor": 0.5,
    "triggers": {"types": ["search", "purchase"]},
    "features": [{"name": "price", "kind": "property", "field": "price"}],
    "actions": [
        {"name": "greet", "propensity": 1.0, "eligible": "price >= 10"},
        {"name": "sell", "propensity": "score", "suitable": "price > 0"},
    ],
}
NOBODY = np.zeros(0, dtype=np.int64)
Rows = list[tuple[int, str, float, float]]


def scored(rows: Rows, models: int = 1) -> Table:
    """Return rows of (time, type, price, score) as decide has scored them.

    Of two models, the score of the second is the complement.
    """
    n = len(rows)
    score = np.array([row[3] for row in rows], dtype=np.float64)
    time = np.array([row[0] for row in rows], dtype=np.int64)
    return Table(
        {
            "time": time,
            "event_time": time,
            "person": as_text([f"u:{i % 2}" for i in range(n)]),
            "id": as_text([f"e{i}" for i in range(n)]),
            "type": as_text([row[1] for row in rows]),
            "source": as_text(["tiny"] * n),
            "x": np.array([[row[2]] for row in rows]).reshape(n, 1),
            "scores": np.stack([score, 1.0 - score], axis=1)[:, :models],
            "versions": np.full((n, models), -1, dtype=np.int64),
            "score": score,
            "profile_version": np.arange(1, n + 1),
            "snapshot_hash": as_text([None] * n),
            "version": np.full(n, -1, dtype=np.int64),
            "evidence": np.zeros(n, dtype=np.int64),
            "positives": np.zeros(n, dtype=np.int64),
        }
    )


def plan(**changed: Any) -> Plan:
    """Return the plan of the job with some keys changed."""
    return Plan.of(load({**JOB, **changed}), partitions=1)


def expected(price: float, score: float) -> tuple[str, str | None]:
    """Return the action of a row, and the reason of doing nothing."""
    if price >= 10:
        return "greet", None
    if price <= 0:
        return "no_action", "no_eligible_action"
    return ("sell", None) if score >= 0.5 else ("no_action", "below_floor")


TOLD = st.tuples(
    st.integers(0, 10**6),
    st.sampled_from(["search", "purchase", "view_item"]),
    st.sampled_from([0.0, 1.0, 10.0]),
    st.sampled_from([0.1, 0.5, 0.9]),
)


def in_order(rows: Rows) -> list[tuple[int, tuple[int, str, float, float]]]:
    """Return rows with their numbers, as they are written: by time and person, then arrival."""
    return sorted(enumerate(rows), key=lambda one: (one[1][0], one[0] % 2))


@given(st.lists(TOLD, max_size=12))
def test_every_trigger_ends_in_exactly_one_decision(rows: Rows) -> None:
    """Lines and counts agree with each other and with the rule, row by row."""
    lanes = np.array([0, 1])
    chosen = Chooser(plan()).lines(scored(rows), lanes, np.array([7, 8]))
    decisions, scores = chosen.lines
    ordered = in_order(rows)
    fired = [(i, row) for i, row in ordered if row[1] != "view_item"]
    wanted = [expected(price, score) for _, (_, _, price, score) in fired]

    told = [json.loads(line) for line in decisions.lines]
    assert [one["trigger"]["event_ids"] for one in told] == [[f"e{i}"] for i, _ in fired]
    assert [(one["name"], one["reason"]) for one in told] == wanted
    assert [json.loads(line)["event_id"] for line in scores.lines] == [f"e{i}" for i, _ in ordered]
    names = [name for name, _ in wanted]
    assert chosen.counts["triggers"] == len(fired)
    for name in ("greet", "sell", "no_action"):
        assert chosen.counts.get(f"decision:{name}", 0) == names.count(name)
    for reason in ("no_eligible_action", "below_floor"):
        count = chosen.counts.get(f"no_action:{reason}", 0)
        assert count == sum(why == reason for _, why in wanted)
    for action in ("greet", "sell"):
        by_fate = {fate: chosen.counts.get(f"funnel:{fate}:{action}", 0) for fate in FATES}
        assert sum(by_fate.values()) == chosen.counts.get(f"funnel:entered:{action}", 0)
        assert sum(by_fate.values()) == len(fired)
        assert by_fate["won"] == names.count(action)


@given(st.lists(TOLD, max_size=12))
def test_lines_wait_for_their_tick_and_are_put_in_order_by_time_and_person(rows: Rows) -> None:
    """Decisions carry the places of their own rows, not of those that fired nothing."""
    chosen = Chooser(plan()).lines(scored(rows), np.array([3]), np.array([9]))

    for lines in chosen.lines:
        ours = [
            (row[0], f"u:{i % 2}")
            for i, row in in_order(rows)
            if lines.output == "scores" or row[1] != "view_item"
        ]
        assert lines.order.tolist() == [time for time, _ in ours]
        assert lines.release.tolist() == [time // TICK for time, _ in ours]
        assert lines.tie is not None
        assert lines.tie.tolist() == [person for _, person in ours]
        assert (lines.feeds.tolist(), lines.marks.tolist()) == ([3], [9])


@given(st.lists(TOLD, max_size=12))
def test_every_model_has_a_line_of_scores_beside_the_others(rows: Rows) -> None:
    """A row's lines lie side by side, the models in their order, and wait together."""
    two = plan()._replace(models=(Model("intent", Learning()), Model("other", Learning())))
    decisions, scores = Chooser(two).lines(scored(rows, models=2), NOBODY, NOBODY).lines
    ordered = in_order(rows)

    told = [json.loads(line) for line in scores.lines]
    assert [(one["event_id"], one["model"], one["score"]) for one in told] == [
        (f"e{i}", model, score)
        for i, row in ordered
        for model, score in (("intent", row[3]), ("other", 1.0 - row[3]))
    ]
    assert scores.order.tolist() == [row[0] for _, row in ordered for _ in range(2)]
    assert len(decisions.lines) == sum(row[1] != "view_item" for row in rows)


def test_without_rows_the_marks_are_told_all_the_same() -> None:
    """An output must hear how far a lane has come, though it has nothing to write."""
    chosen = Chooser(plan()).lines(None, np.array([3]), np.array([9]))

    assert chosen.counts == {}
    for lines in chosen.lines:
        assert (list(lines.lines), lines.feeds.tolist(), lines.marks.tolist()) == ([], [3], [9])


def test_an_output_that_is_switched_off_is_not_written() -> None:
    """Without scores there are decisions only."""
    quiet = Chooser(plan(outputs={"scores": False}))

    rows: Rows = [(0, "search", 10.0, 0.1)]
    for given_rows in (scored(rows), None):
        chosen = quiet.lines(given_rows, NOBODY, NOBODY)
        assert [lines.output for lines in chosen.lines] == ["decisions"]


def test_decisions_can_be_flat_records() -> None:
    """With `fields`, a line holds just these, in this order."""
    flat = plan(outputs={"decisions": {"fields": ["event_id", "user_id", "action"]}})
    chosen = Chooser(flat).lines(scored([(0, "search", 10.0, 0.1)]), NOBODY, NOBODY)

    assert list(chosen.lines[0].lines) == [b'{"event_id":"e0","user_id":"0","action":"greet"}']
