"""Decisions added up are what a plain count of the records says."""

from __future__ import annotations

import io
import json
from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.errors import InputError
from rtm_flows.measure.overview.decided import OTHERS, Decided
from rtm_flows.measure.overview.deciding import EXAMPLES, decided
from rtm_flows.measure.scan import lines
from tests.measure.recorded import Record, as_lines, decision, decision_id, nothing

RULES = st.tuples(
    st.sampled_from(["greet", "mail", "call"]),
    st.sampled_from(["eligibility", "suitability", "later_stage", "arbitration", None]),
    st.sampled_from(["a > 1", "b > 2", None]),
)


@st.composite
def records(draw: st.DrawFn) -> list[Record]:
    """Return decisions of some actions, reasons, triggers and channels."""
    made = []
    for number in range(draw(st.integers(0, 30))):
        candidates = [
            {"name": name, "stage_dropped": stage, "reason": rule, "unknown": 1}
            for name, stage, rule in draw(st.lists(RULES, max_size=4))
        ]
        changed: dict[str, Any] = {
            "candidates": candidates,
            "trigger": {"type": draw(st.sampled_from(["event:search", "silence"]))},
            "action_prob": draw(st.sampled_from([1.0, 0.9])),
        }
        if draw(st.booleans()):
            reason = draw(st.sampled_from(["below_floor", "no_eligible_action", "control"]))
            made.append(nothing(number * 5000, reason=reason, **changed))
        else:
            name, channel = draw(st.sampled_from([("greet", "onsite"), ("mail", "email")]))
            priority = draw(st.integers(0, 10**7)) / 1e6
            own = {"name": name, "channel": channel, "priority": priority}
            made.append(decision(number * 5000, **own, **changed))
    return draw(st.permutations(made))


def added(made: list[Record]) -> Decided:
    """Add up records as lines."""
    return decided(lines(io.BytesIO(as_lines(made))), "decisions.jsonl")


@given(records())
def test_every_count_is_that_of_the_records(made: list[Record]) -> None:
    """By what was decided, rule, channel, trigger and time; only known fields are looked at."""
    found = added(made)

    whats = Counter((r["name"], r["reason"]) for r in made)
    assert {(one.name, one.reason): one.n for one in found.choices} == whats
    assert [one.n for one in found.choices] == sorted(whats.values(), reverse=True)
    rules = Counter(
        (c["name"], c["stage_dropped"], c["reason"] or "")
        for r in made for c in r["candidates"] if c["stage_dropped"] not in {None, "arbitration"}
    )  # fmt: skip
    assert {(one.action, one.stage, one.rule): one.n for one in found.rules} == rules
    ways = Counter((r["channel"], r["treatment"], r["name"]) for r in made if r["channel"])
    assert {(one.channel, one.treatment, one.name): one.n for one in found.ways} == ways
    fired = Counter(r["trigger"]["type"] for r in made)
    assert {one.trigger: one.n for one in found.triggers} == fired
    assert all(one.n == sum(one.decided.values()) for one in found.triggers)
    assert sum(sum(cell.counts.values()) for cell in found.course.cells) == len(made) == found.n
    channels = Counter(r["channel"] for r in made if r["channel"])
    assert {c: sum(found.channels.values(c)) for c in channels} == channels
    assert found.by_chance == sum(r["action_prob"] < 1 for r in made)
    times = sorted(r["decision_time"] for r in made)
    assert (found.first, found.last) == ((times[0], times[-1]) if times else (None, None))


@given(records())
def test_priorities_are_means(made: list[Record]) -> None:
    """Of each kind of decision."""
    for one in added(made).choices:
        own = [r["priority"] for r in made if (r["name"], r["reason"]) == (one.name, one.reason)]
        assert one.priority == pytest.approx(sum(own) / len(own), abs=1e-6)


@given(records())
def test_examples_are_of_their_kind(made: list[Record]) -> None:
    """As many as are kept, if there are; that of a rule is a decision in which it failed."""
    found = added(made)
    kinds = {r["decision_id"]: (r["name"], r["reason"]) for r in made}
    fell = {
        (r["decision_id"], c["name"], c["stage_dropped"], c["reason"] or "")
        for r in made for c in r["candidates"]
    }  # fmt: skip

    for one in found.choices:
        assert len(set(one.examples)) == min(EXAMPLES, one.n)
        assert all(kinds[own] == (one.name, one.reason) for own in one.examples)
    for rule in found.rules:
        assert (rule.example, rule.action, rule.stage, rule.rule) in fell


@given(records())
def test_the_order_of_lines_changes_no_count(made: list[Record]) -> None:
    """Nor the examples of decisions; only those of rules are of the order in which they came."""
    one, two = (json.loads(msgspec.json.encode(added(order))) for order in (made, made[::-1]))
    for found in (one, two):
        for rule in found["rules"]:
            rule["example"] = ""

    assert one == two


def test_fields_that_are_not_there_are_named() -> None:
    """Flat records tell time and action under other names."""
    flat = [{"user_id": "7", "action": "mail", "time": 1_704_067_200_000}]
    found = added(flat)

    assert (found.n, found.choices[0].name, found.choices[0].priority) == (1, "mail", None)
    assert found.first == "2024-01-01T00:00:00.000Z"
    assert found.lacking == ["decision_id", "candidates", "trigger", "channel"]
    assert added([{"score": 0.5}]).lacking[1:3] == ["time", "name"]
    assert added([decision()]).lacking == []


def test_memory_is_bounded_by_kinds() -> None:
    """A reason with a number in it is not kept a million times; nothing goes uncounted."""
    made = [
        decision(
            number,
            trigger={"type": f"t{number}"},
            candidates=[{"name": "mail", "stage_dropped": "policy", "reason": f"{number} sent"}],
            reason=f"because {number}",
        )
        for number in range(5_000)
    ]
    found = added(made)

    for kinds in (found.choices, found.rules, found.triggers):
        assert len(kinds) < 4_500
        assert sum(one.n for one in kinds) == 5_000
    assert any(rule.rule == OTHERS for rule in found.rules)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b'{"decision_id":"0a"', "is no record"),
        (b"[]", "is no record"),
        (b'{"decision_id":7}', "is not a record as a run writes it"),
        (b'{"decision_time":"soon","name":"mail"}', "has no time of a decision"),
    ],
)
def test_a_broken_line_is_named_with_its_place(line: bytes, fault: str) -> None:
    """The file, the byte, and what is wrong."""
    data = as_lines([decision()]) + line + b"\n"

    with pytest.raises(InputError, match=f"decisions.jsonl, the line at byte .*{fault}"):
        decided(lines(io.BytesIO(data)), "decisions.jsonl")


def test_ids_are_drawn_not_the_first() -> None:
    """Of many decisions the examples are spread over all of them."""
    numbers = {decision_id(number): number for number in range(900)}
    found = added([decision(number) for number in range(900)])
    places = sorted(numbers[one] for one in found.choices[0].examples)

    assert places[-1] - places[0] > 90
