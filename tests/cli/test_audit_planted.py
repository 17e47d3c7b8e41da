"""Whatever is planted in a record is found by `rtm audit`, and named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.audited import Capture, acts, found, records, write
from tests.measure.recorded import Record

Change = Callable[[Record], object]


def some(one: Record, stage: str | None) -> Record:
    """Return a candidate that ended at a stage."""
    return next(c for c in one["candidates"] if c["stage_dropped"] == stage)


def dropped(one: Record) -> bool:
    """Tell whether nothing passed."""
    return bool(one["reason"] == "no_eligible_action")


def low(one: Record) -> bool:
    """Tell whether something passed and was below the floor."""
    return bool(one["reason"] == "below_floor")


def won(one: Record) -> Record:
    """Return the winner."""
    return some(one, None)


def explained(one: Record) -> bool:
    """Tell whether it is told what made the score."""
    return one["contributions"] is not None


def more(table: Record, name: str, by: float) -> Record:
    """Add to a number; return what it stands in."""
    table[name] = round(table[name] + by, 9)
    return table


def somebody_else(one: Record) -> None:
    """Make it a decision on another person of the same name."""
    one["subject_type"] = "user" if one["subject_type"] == "anonymous" else "anonymous"


PLANTED: list[tuple[set[str], Callable[[Record], bool], Change]] = [
    ({"identity"}, acts, lambda one: one.update(decision_id="0" * 32)),
    ({"identity"}, acts, lambda one: one["trigger"].update(event_ids=["another"])),
    ({"identity"}, acts, somebody_else),
    ({"priority", "choice"}, acts, lambda one: more(one, "value", 0.00001)),
    ({"priority", "choice"}, acts, lambda one: one.update(levers=None)),
    ({"priority", "choice"}, acts, lambda one: one.update(levers=1.00000001)),
    ({"priority"}, dropped, lambda one: one.update(priority=0.1)),
    ({"priority", "winner"}, acts, lambda one: more(one, "priority", 0.000001)),
    ({"priority", "choice"}, acts, lambda one: one.update(cost=9.0)),
    ({"chance"}, acts, lambda one: one.update(action_prob=0.5)),
    (
        {"chance", "choice"},
        acts,
        lambda one: (one.update(action_prob=0.5), won(one).update(action_prob=0.5)),
    ),
    ({"chance"}, dropped, lambda one: one["candidates"][0].update(action_prob=0.25)),
    ({"chance"}, dropped, lambda one: one.update(action_prob=0.0)),
    ({"winner", "counts"}, acts, lambda one: one.update(name="another")),
    ({"winner"}, acts, lambda one: one.update(treatment="another")),
    (
        {"winner", "chance", "nothing", "counts"},
        dropped,
        lambda one: one["candidates"][0].update(stage_dropped=None),
    ),
    ({"winner"}, dropped, lambda one: one["candidates"][0].update(reason=None)),
    ({"winner"}, dropped, lambda one: one["candidates"][0].update(priority=0.1)),
    (
        {"nothing", "choice", "counts"},
        low,
        lambda one: some(one, "arbitration").update(reason="outranked"),
    ),
    (
        {"choice", "counts"},
        low,
        lambda one: (
            some(one, "arbitration").update(reason="below_cost"),
            one.update(reason="below_cost"),
        ),
    ),
    (
        {"winner", "choice", "counts"},
        acts,
        lambda one: one["candidates"].insert(0,
            {"name": "better", "treatment": "better", "priority": one["priority"] + 1,
             "action_prob": 0.0, "stage_dropped": "arbitration", "reason": "outranked"}
        ),
    ),
    (
        {"winner", "chance", "choice", "counts"},
        acts,
        lambda one: one["candidates"].insert(0, won(one)),
    ),
    ({"choice", "counts"}, acts, lambda one: one["candidates"].remove(some(one, "eligibility"))),
    ({"nothing", "counts"}, low, lambda one: one.update(reason="no_eligible_action")),
    ({"nothing", "counts"}, dropped, lambda one: one.update(reason="below_floor")),
    ({"nothing", "counts"}, dropped, lambda one: one.update(reason="tired")),
    ({"nothing"}, dropped, lambda one: one.update(issue="grow")),
    ({"nothing"}, acts, lambda one: one.update(reason="below_floor")),
    ({"choice"}, low, lambda one: some(one, "arbitration").update(priority=0.2)),
    ({"choice"}, acts, lambda one: one.update(channel="fax")),
    ({"choice"}, acts, lambda one: one.update(placement="top")),
    ({"delivery", "choice"}, acts, lambda one: one.update(expires_at="2020-01-01T00:00:00Z")),
    ({"delivery"}, acts, lambda one: one.update(not_before=None)),
    ({"delivery", "choice"}, acts, lambda one: one.update(not_before="2020-01-01T00:00:00Z")),
    (
        {"delivery"},
        dropped,
        lambda one: one.update(
            not_before=one["decision_time"], expires_at="2099-01-01T00:00:00Z"
        ),
    ),
    ({"features"}, acts, lambda one: more(one["features"], next(iter(one["features"])), 1e-6)),
    ({"choice"}, acts, lambda one: one.update(items=["another"])),
    ({"superseded"}, acts, lambda one: one.update(supersedes="0" * 32)),
    ({"nothing"}, dropped, lambda one: one.update(items=["another"])),
    (
        {"choice", "nothing", "counts"},
        low,
        lambda one: some(one, "arbitration").update(stage_dropped="suppression", reason="bought"),
    ),
    (
        {"choice", "nothing", "counts"},
        low,
        lambda one: some(one, "arbitration").update(stage_dropped="contact_policy", reason="tired"),
    ),
    ({"features"}, acts, lambda one: one.update(features_hash="0" * 16)),
    ({"contributions"}, explained, lambda one: more(one["contributions"], "rest", 2e-9)),
    ({"contributions"}, explained, lambda one: more(one["contributions"], "base", -2e-9)),
    (
        {"contributions"},
        explained,
        lambda one: (
            more(one["contributions"], "logit", 0.001),
            more(one["contributions"], "rest", 0.001),
        ),
    ),
    ({"arms"}, acts, lambda one: one.update(held_out=True)),
    ({"arms"}, dropped, lambda one: one.update(arms=[{"experiment": "layer", "arm": None}])),
    ({"arms"}, dropped, lambda one: one.update(policy="rules")),
]  # fmt: skip


@pytest.mark.no_cover
@pytest.mark.parametrize(("checks", "where", "change"), PLANTED)
def test_what_is_planted_in_a_record_is_found(
    capsys: Capture,
    copy: Path,
    events: Path,
    checks: set[str],
    where: Callable[[Record], bool],
    change: Change,
) -> None:
    """By the checks that are for it, with the id of the decision; and nothing else is found."""
    decisions = records(copy)
    place = [at for at, one in enumerate(decisions) if where(one)][3]
    change(decisions[place])
    write(copy, decisions)

    told = found(capsys, copy, "--input", events)
    assert {check for check, _ in told} == checks
    assert {one for check, one in told if check != "counts"} == {decisions[place]["decision_id"]}
