"""What must be true of a decision: each thing that may be wrong is told, and by itself."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from rtm_flows.audit import proofs
from rtm_flows.audit.limits import LimitBook, Rule
from rtm_flows.audit.outcomes import Outcomes
from rtm_flows.audit.record import Decision
from tests.audit.test_limits import outcome
from tests.measure.recorded import Record, decision
from tests.measure.recorded import nothing as no_action

FLOOR = 0.6
Proof = Callable[[Decision], Iterator[str]]


def floored(one: Decision) -> Iterator[str]:
    """Prove that nothing is done where it should be, with a floor."""
    return proofs.nothing(one, FLOOR)


ALL: dict[str, Proof] = proofs.PROOFS | {"nothing": floored}


def told(record: Record) -> dict[str, list[str]]:
    """Return what each check finds in a record, where it finds something."""
    one = msgspec.convert(record, Decision)
    found = {check: list(proof(one)) for check, proof in ALL.items()}
    return {check: texts for check, texts in found.items() if texts}


@pytest.mark.parametrize("record", [decision(), no_action()])
def test_a_sound_record_is_proved(record: Record) -> None:
    """Nothing is found in it."""
    assert told(record) == {}


def odds(greet: float, nudge: float, mail: float) -> Callable[[Record], None]:
    """Return a change of the candidates' chances; the first one won."""

    def change(record: Record) -> None:
        record["action_prob"] = greet
        for candidate, chance in zip(record["candidates"], (greet, nudge, mail), strict=True):
            candidate["action_prob"] = chance

    return change


WRONG: list[tuple[Record, Callable[[Record], Any], dict[str, list[str]]]] = [
    (decision(), odds(0.0, 1.0, 0.0), {"chance": ["what was done had no chance"]}),
    (decision(), odds(0.5, 0.0, 0.5), {"chance": ["'mail' was dropped, but had the chance 0.5"]}),
    (decision(), odds(0.5, 0.25, 0.0), {"chance": ["the chances add up to 0.750000"]}),
    (decision(), odds(0.333333, 0.666668, 0.0), {}),
    (
        decision(),
        odds(1.5, -0.5, 0.0),
        {"chance": ["a chance is not from 0 to 1: [1.5, -0.5, 0.0]"]},
    ),
    (
        decision(),
        lambda one: one["candidates"].append(dict(one["candidates"][2])),
        {"winner": ["an action is twice among the candidates: ['greet', 'nudge', 'mail', 'mail']"]},
    ),
    (
        decision(),
        lambda one: one.update(reasons=[{"code": "explored"}], candidates=[
            one["candidates"][0], one["candidates"][1] | {"priority": 9.0},
        ]),
        {},
    ),
    (
        no_action(),
        lambda one: one.update(reasons=[{"code": "no_eligible_action"}]),
        {"nothing": ["the reason is 'below_floor', the reasons are ['no_eligible_action']"]},
    ),
    (
        no_action(),
        lambda one: one["candidates"][0].update(priority=FLOOR),
        {"nothing": ["a candidate with 0.6 is said to be below the floor 0.6"]},
    ),
    (
        no_action(),
        lambda one: one.update(candidates=[]),
        {"nothing": ["all is said to be below the floor, but nothing passed"]},
    ),
    (
        decision(),
        lambda one: one.update(priority=0.5, value=2.0, candidates=[
            one["candidates"][0] | {"priority": 0.5}, *one["candidates"][1:],
        ]),
        {"nothing": ["the priority 0.5 is below the floor 0.6"]},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("record", "change", "texts"), WRONG)
def test_what_is_wrong_is_told(
    record: Record, change: Callable[[Record], Any], texts: dict[str, list[str]]
) -> None:
    """And nothing else is."""
    wrong = copy.deepcopy(record)
    change(wrong)

    assert told(wrong) == texts


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (None, 0),
        (outcome(), 1),
        # Told at the very time of the next decision: the decider may not have known it yet.
        (outcome(time="2024-01-01T00:02:00Z"), 0),
        (outcome(time="2024-01-01T00:01:59.999Z"), 1),
        (outcome(user_id="8"), 0),
    ],
)
def test_a_contact_that_expired_counts_once_it_is_told(line: bytes | None, found: int) -> None:
    """Before the next decision, and by the same person."""
    assert second_mail([] if line is None else [line], expires="2024-01-01T00:01:00Z") == found


@pytest.mark.parametrize(
    ("time", "found"), [("2024-01-01T00:02:00Z", 0), ("2024-01-01T00:02:00.001Z", 1)]
)
def test_a_contact_that_failed_counts_until_it_is_told(time: str, found: int) -> None:
    """At the very time of the next decision the decider may have known it."""
    lines = [outcome(type="failed", time=time)]

    assert second_mail(lines, expires="2024-01-02T00:00:00Z") == found


def second_mail(lines: list[bytes], expires: str) -> int:
    """Return how many violations a second mail within the hour is, two minutes after the first."""
    outcomes = Outcomes()
    outcomes.read(lines)
    book = LimitBook([Rule(name="gap", channels="email", interval="PT1H")], outcomes)
    mails = [
        decision(decision_id=one, decision_time=time, expires_at=expires, channel="email")
        for one, time in (("a", "2024-01-01T00:00:00Z"), ("b", "2024-01-01T00:02:00Z"))
    ]
    first, second = (list(book.enter(msgspec.convert(mail, Decision))) for mail in mails)
    assert first == []
    return len(second)
