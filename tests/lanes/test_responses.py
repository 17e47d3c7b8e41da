"""Responses: what came of decisions that were shown, at the edges of every span."""

from __future__ import annotations

import json
import random
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.decisions.identity import decision_id
from tests.lanes.answers import Answer, of_core

START = 1_767_225_600_000
HORIZON, WITHIN = 60_000, 10_000
JOB: dict[str, Any] = {
    "name": "tiny",
    "lanes": 3,
    "input": {"sort": True},
    "time": {"tick": "PT1S"},
    "responses": {"horizon": "PT1M", "within": "PT10S", "remembered": 2, "waiting": 2},
    "triggers": {"types": ["search"]},
    "features": [{"name": "n", "kind": "session_count", "types": ["*"]}],
    "actions": [{"name": "call", "propensity": "learned", "prior": 0.5, "prior_weight": 1}],
}
Said = tuple[int, str]
"""Time of an outcome after its decision, and its type."""


def asks(number: int = 0, after: int = 0, person: str = "ann") -> dict[str, Any]:
    """Return an event that fires a decision."""
    return {"id": f"ask-{number}", "time": START + after, "type": "search", "user_id": person}


def says(
    said: str, after: int, number: int = 0, of: int = 0, person: str = "ann", **changed: Any
) -> dict[str, Any]:
    """Return an outcome of the decision that `asks(number, of)` of ann fires."""
    named = decision_id("tiny", "u:ann", "event:search", (START + of, "tiny", f"ask-{number}"))
    return {
        "id": f"{said}-{after}-{number}-{person}",
        "time": START + after,
        "type": said,
        "user_id": person,
        "decision_id": named,
        "action": "call",
        **changed,
    }


def later(seconds: int = 3600) -> dict[str, Any]:
    """Return an event that moves time on."""
    return {"id": "later", "time": START + 1000 * seconds, "type": "page_view", "user_id": "zoe"}


def heard(*events: dict[str, Any], **keys: Any) -> Answer:
    """Return what a job says of some events."""
    return of_core({**JOB, **keys}, [[[json.dumps(event).encode() for event in events]]])


def labels(found: Answer) -> list[bool]:
    """Return the labels of all responses, in the order of their lines."""
    return [one["label"] for one in found["responses"]]


def reasons(found: Answer) -> list[str]:
    """Return why outcomes are orphans, in the order of their lines."""
    return [one["reason"] for one in found["orphans"]]


@pytest.mark.parametrize(
    ("said", "label", "orphans"),
    [
        ([(5, "impression")], False, []),
        ([(5, "impression"), (5, "clicked")], True, []),
        ([(5, "clicked"), (900, "impression")], True, []),
        ([(5, "impression"), (HORIZON + 5, "clicked")], True, []),
        ([(5, "impression"), (HORIZON + 6, "clicked")], False, ["settled"]),
        ([(WITHIN, "impression"), (HORIZON + WITHIN, "accepted")], True, []),
        ([(5, "rejected")], False, []),
        ([(5, "rejected"), (6, "converted")], True, []),
        ([(5, "impression"), (HORIZON + 6, "impression")], False, ["settled"]),
        ([(5, "clicked"), (9, "clicked"), (11, "rejected")], True, []),
    ],
)
def test_a_success_within_the_horizon_makes_the_label(
    said: list[Said], label: bool, orphans: list[str]
) -> None:
    """The first outcome opens the wait, whatever it is; the end of the horizon still counts."""
    found = heard(asks(), *(says(kind, after) for after, kind in said), later())

    assert labels(found) == [label]
    assert reasons(found) == orphans
    (one,), shown = found["responses"], min(after for after, _ in said)
    wanted = {"shown_time": shown, "label_time": shown + HORIZON, "decision_time": 0}
    assert {name: _ms(one[name]) - START for name in wanted} == wanted


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (says("impression", WITHIN + 1), "too_late"),
        (says("impression", WITHIN + HORIZON + 1), "unknown_decision"),
        (says("impression", 5, person="bob"), "unknown_decision"),
        (says("impression", 5, number=7), "unknown_decision"),
        (says("impression", 5, decision_id="no id"), "unknown_decision"),
        (says("impression", 5, decision_id="0" * 32), "unknown_decision"),
        (says("impression", 5, decision_id=None), "no_decision_id"),
        (says("impression", 5, action="write"), "unknown_action"),
        (says("impression", 5, action="no_action"), "unknown_action"),
        (says("impression", 5, action=None), "unknown_action"),
        (says("impression", 5, treatment="letter"), "unknown_action"),
    ],
)
def test_an_outcome_of_nothing_known_is_an_orphan(outcome: dict[str, Any], reason: str) -> None:
    """It is told with its reason, counted, and changes nothing."""
    found = heard(asks(), outcome, later())

    assert found["responses"] == []
    assert reasons(found) == [reason]
    assert found["answers"]["orphans"] == {reason: 1}
    said = {name: outcome.get(name) for name in ("type", "decision_id", "action", "treatment")}
    assert {name: found["orphans"][0][name] for name in said} == said


def test_only_the_latest_decisions_are_remembered() -> None:
    """With two remembered the third pushes out the first; what already waits goes on waiting."""
    asked = [asks(number, number) for number in range(3)]
    shown = [says("impression", 10 + n, number=n, of=n) for n in range(3)]
    found = heard(*asked, *shown, later())
    assert reasons(found) == ["unknown_decision"]
    assert labels(found) == [False, False]

    found = heard(asks(), says("impression", 0), *asked[1:], says("clicked", 9), later())
    assert reasons(found) == []
    assert labels(found) == [True]


KEEN = {"name": "keen", "kind": "score_crossing", "above": 0.04}
"""The score is the prior, 0.05: it crosses on the first event of a person."""


def of_keen(number: int, of: int) -> str:
    """Return the id that the decision of ann would have if her score rose on an event."""
    return decision_id("tiny", "u:ann", "keen", (START + of, "tiny", f"ask-{number}"))


def test_the_decision_of_a_score_that_rose_is_answered() -> None:
    """It is labelled and learned as others are, with the features that it was made from."""
    shown = says("impression", 5, decision_id=of_keen(0, 0))
    clicked = says("clicked", 900, decision_id=of_keen(0, 0))
    found = heard(asks(), shown, clicked, later(), triggers={"types": [], "moments": [KEEN]})

    (decision,) = (one for one in found["decisions"] if one["subject_id"] == "ann")
    (response,) = found["responses"]
    assert decision["trigger"]["type"] == "keen"
    for name in ("decision_id", "decision_time", "features_hash"):
        assert response[name] == decision[name]
    assert (labels(found), reasons(found)) == ([True], [])


def test_scores_that_could_have_risen_push_out_no_other_decision() -> None:
    """Of two events that are remembered the oldest goes; a trigger's decision stays."""
    views = [{**asks(n, n), "type": "page_view"} for n in range(1, 5)]
    third, fourth = (of_keen(number, number) for number in (3, 4))
    triggers = {"types": ["search"], "moments": [KEEN]}
    shown = says("impression", 10, decision_id=third), says("impression", 20)
    found = heard(asks(), *views, *shown, later(), triggers=triggers)
    assert (labels(found), reasons(found)) == ([False, False], [])

    shown = says("impression", 10, decision_id=fourth), says("impression", 11, decision_id=third)
    found = heard(asks(), *views, *shown, later(), triggers=triggers)
    # The first outcome is an event too: it has pushed out the third view.
    assert (labels(found), reasons(found)) == ([False], ["unknown_decision"])


def test_only_so_many_decisions_wait_at_a_time() -> None:
    """One more has to be told of again when there is room."""
    asked = [asks(number, number) for number in range(3)]
    shown = [says("impression", 10 + n, number=n, of=n) for n in range(3)]
    rule = {**JOB["responses"], "remembered": 3, "within": "PT1H"}
    again = says("clicked", HORIZON + 11, number=2, of=2)
    found = heard(*asked, *shown, again, later(), responses=rule)

    assert reasons(found) == ["too_many_waiting"]
    assert labels(found) == [False, False, True]


def test_another_action_is_no_outcome_of_what_was_shown() -> None:
    """A success of something else leaves the label as it is."""
    actions = [*JOB["actions"], {"name": "write"}]
    clicked = says("clicked", 9, action="write")
    found = heard(asks(), says("impression", 5), clicked, later(), actions=actions)

    assert (labels(found), reasons(found)) == ([False], ["another_action"])


def test_what_the_end_of_input_cuts_off_is_censored() -> None:
    """It is counted, and taught to nobody."""
    found = heard(asks(), says("clicked", 5))

    assert found["responses"] == []
    assert {name: found["answers"][name] for name in ("settled", "censored")} == {
        "settled": 0, "censored": 1,
    }  # fmt: skip


def test_what_was_learned_is_served_after_the_lag() -> None:
    """Two ticks after its label time, and not before."""
    due = HORIZON + 5
    asked = [asks(n, (due // 1000 + n) * 1000) for n in range(1, 5)]
    found = heard(asks(), says("clicked", 5), *asked)

    served = [one["propensity"] for one in found["decisions"]]
    assert served == [0.5, 0.5, 0.75, 0.75, 0.75]


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, 20_000),
        st.sampled_from(["impression", "clicked", "rejected"]),
    ),
    max_size=12,
    unique=True,
)


@given(EVENTS, st.randoms(use_true_random=False))
def test_outcomes_out_of_order_come_to_the_same(
    outcomes: list[tuple[int, int, str]], rng: random.Random
) -> None:
    """In event order, however they arrive within the lateness."""
    asked = [asks(number, 100 * number) for number in range(4)]
    events = [*asked, *(says(kind, after, n, of=100 * n) for n, after, kind in outcomes)]
    keys = {"input": {"sort": False}, "time": {"tick": "PT1S", "lateness": "PT1M"}}
    straight = heard(*sorted(events, key=lambda one: one["time"]), later(), **keys)
    rng.shuffle(events)
    shuffled = heard(*events, later(), **keys)

    for part in ("responses", "orphans", "answers", "decisions"):
        assert shuffled[part] == straight[part]


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
