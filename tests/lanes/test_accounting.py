"""The accounting: counts add up in any order, and the summary waits for the last."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.decisions.fates import FATES
from rtm_flows.lanes.accounting import Accounting
from rtm_flows.lanes.messages import Counts

FEEDS = {"source": 2, "know": 3}
NAMES = ("input", "accepted", "late", "decision:nudge", "no_action:below_floor", "sessions_gap",
         "dead_letter", "dead_letter:bad_time", "censored:intent")  # fmt: skip
GROUPS = (
    ("decisions", "decision:nudge", "nudge"),
    ("no_action", "no_action:below_floor", "below_floor"),
    ("sessions", "sessions_gap", "gap"),
    ("dead_letters", "dead_letter:bad_time", "bad_time"),
)


def counts(step: str, feed: int, *, ended: bool = False, **told: int) -> Counts:
    """Return what a feed tells."""
    return Counts(step, np.array([feed]), ended=ended, counts=told)


@st.composite
def histories(draw: st.DrawFn) -> list[Counts]:
    """Return counts of all feeds, each ending with its last, in any order of the feeds."""
    told = [
        Counts(
            step,
            np.array([feed]),
            ended=True,
            counts=draw(st.dictionaries(st.sampled_from(NAMES), st.integers(0, 10**12))),
        )
        for step, feeds in FEEDS.items()
        for feed in range(feeds)
    ]
    return draw(st.permutations(told))


@given(histories(), st.integers(0, 5))
def test_the_summary_does_not_depend_on_the_order(history: list[Counts], cut: int) -> None:
    """Counts in any order, saved and restored anywhere, give the sums."""
    accounting = Accounting(FEEDS, "shop")
    for number, told in enumerate(history):
        assert not accounting.ended
        accounting.add(told)
        if number == cut:
            saved, accounting = accounting.save(), Accounting(FEEDS, "shop")
            accounting.load(saved)
    totals = {name: sum(told.counts.get(name, 0) for told in history) for name in NAMES}
    summary: dict[str, Any] = accounting.summary()

    assert accounting.ended
    assert summary["input"] == totals["input"]
    assert summary["dead_letter"] == totals["dead_letter"]
    told_at_all = {name for told in history for name in told.counts}
    for group, name, short in GROUPS:
        assert summary[group] == ({short: totals[name]} if name in told_at_all else {})


def test_a_run_of_nothing_has_a_whole_summary() -> None:
    """Every key is there, with zeros and empty groups."""
    assert Accounting(FEEDS, "shop").summary() == {
        "job": "shop",
        "input": 0, "accepted": 0, "duplicate": 0, "late": 0, "ignored": 0, "dead_letter": 0,
        "clamped": 0, "conflicting": 0, "triggers": 0, "decisions": {}, "no_action": {},
        "dead_letters": {}, "sessions": {}, "funnel": {}, "models": {},
    }  # fmt: skip


@pytest.mark.parametrize("missing", [("source", 0), ("source", 1), ("know", 2)])
def test_it_ends_with_the_last_of_all_feeds(missing: tuple[str, int]) -> None:
    """One feed that has not ended keeps the summary open, though it tells counts."""
    accounting = Accounting(FEEDS, "shop")
    for step, feeds in FEEDS.items():
        for feed in range(feeds):
            accounting.add(counts(step, feed, ended=(step, feed) != missing, input=1))
            accounting.add(counts(step, feed, input=1))
    assert not accounting.ended

    step, feed = missing
    accounting.add(counts(step, feed, ended=True))
    assert accounting.ended


def test_candidates_are_told_by_action_and_fate() -> None:
    """Whatever an action is called, with zeros for the fates that none of its candidates had."""
    accounting = Accounting(FEEDS, "shop")
    for told in ({"funnel:entered:a:b": 3, "funnel:won:a:b": 1}, {"funnel:suitability:a:b": 2}):
        accounting.add(Counts("decide", np.array([0]), ended=False, counts=told))
    fates = dict.fromkeys(("entered", *FATES), 0)

    assert accounting.summary()["funnel"] == {
        "a:b": {**fates, "entered": 3, "suitability": 2, "won": 1}
    }


def test_responses_are_told_where_the_job_has_them() -> None:
    """What know has counted stands beside what the fold has learned, and is no model."""
    accounting = Accounting(FEEDS, "shop")
    for feed in (0, 1):
        told = {"response:settled": 2, "response:positives": 1, "censored:responses": 3,
                "outcome:shown": 5, "orphan:settled": feed + 1}  # fmt: skip
        accounting.add(Counts("know", np.array([feed]), ended=False, counts=told))
    assert "responses" not in accounting.summary()
    accounting.add_model("responses", {"actions": {"call": {}}})
    summary = accounting.summary()

    assert summary["models"] == {}
    assert summary["responses"] == {
        "settled": 4, "positives": 2, "censored": 6, "outcomes": {"shown": 10},
        "orphans": {"settled": 3}, "actions": {"call": {}},
    }  # fmt: skip


def test_models_are_told_with_what_was_censored() -> None:
    """A model's metrics come with the number of kept rows that never got a label."""
    accounting = Accounting(FEEDS, "shop")
    accounting.add_model("intent", {"n": 3, "roc_auc": None})
    accounting.add_model("other", {"n": 0})
    for feed, censored in ((0, 2), (1, 5)):
        told = {"censored:intent": censored}
        accounting.add(Counts("know", np.array([feed]), ended=False, counts=told))
    saved = accounting.save()
    other = Accounting(FEEDS, "shop")
    other.load(saved)

    for one in (accounting, other):
        models = one.summary()["models"]
        assert models == {
            "intent": {"n": 3, "roc_auc": None, "censored": 7},
            "other": {"n": 0, "censored": 0},
        }
