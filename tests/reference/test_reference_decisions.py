"""The reference itself, by cases worked out by hand: decisions."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from .cases import BASE, event, job, replay
from .times import rfc3339


def action(name: str, **more: object) -> dict[str, Any]:
    """Return an action that is worth its value."""
    return {
        "name": name, "propensity": 1.0, "context_weight": 1.0, "value": 1.0, "levers": 1.0, **more,
    }  # fmt: skip


def decide(actions: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return the one decision on one view at a score of 0.05."""
    return replay(job(actions=actions, **more), event(0, id="e")).decisions[0]


def candidates(decision: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return what became of each action: name, priority, stage and reason, in order."""
    keys = ("name", "priority", "stage_dropped", "reason")
    return [tuple(one[key] for key in keys) for one in decision["candidates"]]


def test_a_priority_is_the_product_of_rounded_factors() -> None:
    """0.05 x 1.333333 x 10 x 0.5 is 0.333333: 1.33333333 is rounded before it is multiplied."""
    chosen = decide(
        [action("a", propensity="score", context_weight=1.33333333, value=10, levers=0.5)]
    )

    assert (chosen["name"], chosen["priority"], chosen["reason"]) == ("a", 0.333333, None)
    assert chosen["context_weight"] == 1.333333


def test_the_largest_priority_wins_and_ties_go_to_the_first() -> None:
    """0.95 (the complement) beats 0.5; of two equal ones the first declared wins."""
    actions = [action("a", value=0.5), action("b", propensity="1-score"), action("c", value=0.95)]
    chosen = decide(actions)

    assert chosen["name"] == "b"
    assert candidates(chosen) == [
        ("b", 0.95, None, None),
        ("c", 0.95, "arbitration", "outranked"),
        ("a", 0.5, "arbitration", "outranked"),
    ]
    assert [one["action_prob"] for one in chosen["candidates"]] == [1.0, 0.0, 0.0]


def test_the_first_failing_rule_is_the_reason() -> None:
    """1 is at least 1 and below 2; a score of 0.05 is not below 0.05; the type is not asked."""
    stages = {
        "suitable": ["0 <= intent < 0.05", "n > 5"],
        "eligible": "n >= 1",
        "applicable": ["n < 2", "n == 1"],
    }
    chosen = decide([action("a", **stages)])

    assert (chosen["name"], chosen["reason"]) == ("no_action", "no_eligible_action")
    assert candidates(chosen) == [("a", None, "suitability", "0 <= intent < 0.05")]


def test_all_failing_rules_are_told_where_they_are_asked_for() -> None:
    """Of one that was dropped by a rule, in the order in which they are tried."""
    log = {"decisions": {"all_reasons": True}}
    stages = {"suitable": "n > 5", "eligible": ["n > 0", "n > 1"]}
    dropped, won = action("a", **stages), action("b")
    told = decide([dropped, won], outputs=log)["candidates"]

    assert "failing" not in told[0]
    assert told[1]["failing"] == [
        {"stage": "eligibility", "rule": "n > 1"}, {"stage": "suitability", "rule": "n > 5"},
    ]  # fmt: skip
    assert told[1]["reason"] == "n > 1"


def test_every_candidate_is_counted_where_it_ended() -> None:
    """Of two events, the first is no search: a falls, then wins; b is outranked, and wins first."""
    actions = [action("a", applicable='type == "search"'), action("b", value=0.5)]
    funnel = replay(job(actions=actions), event(0), event(1, "search")).counts["funnel"]
    none = dict.fromkeys(
        (
            *("eligibility", "suitability", "not_drawn", "below_cost", "below_floor"),
            *("held_back", "suppressed"),
        ),
        0,
    )

    assert funnel == {
        "a": {**none, "entered": 2, "applicability": 1, "outranked": 0, "won": 1},
        "b": {**none, "entered": 2, "applicability": 0, "outranked": 1, "won": 1},
    }


def test_rules_see_rounded_values() -> None:
    """A view decayed for 1 s of a half-life of 3 s is 2^(-1/3) = 0.7937005: it is 0.793701."""
    decayed = {
        "name": "n", "kind": "decayed_count", "types": ["view_item"], "half_life": "PT3S",
    }  # fmt: skip
    rules = ["n == 0.793701", 'type in ["search"]']

    chosen = replay(
        job([decayed], actions=[action("a", eligible=rules)]), event(0), event(1, "search")
    )

    assert [decision["name"] for decision in chosen.decisions] == ["no_action", "a"]


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("n > 1", False),
        ("n > 0.999999", True),
        ("n < 1", False),
        ("n <= 1", True),
        ("n != 1", False),
        ("n in [2, 1]", True),
        ("not n in [2, 1]", False),
        ("n / 3 * 3 == 0.999999", True),
        ("n / (n - 1) > 0 or n == 1", True),
        ("not n / (n - 1) > 0", False),
        ("n / (n - 1) > 0 and n == 2", False),
        ("not (n / (n - 1) > 0 and n == 2)", True),
        ("-max(n, 3, 2) + abs(-3) == 0", True),
        ("n + 2 * 3 == 7", True),
        ("0 < n < 1", False),
        ('type == "view_item" and type not in ["search"]', True),
    ],
)
def test_rules_by_hand(rule: str, holds: bool) -> None:
    """Of a count of 1, on a view."""
    chosen = decide([action("a", eligible=rule)])

    assert (chosen["name"] == "a") is holds


def test_below_the_floor_nothing_is_done() -> None:
    """A priority of 0.5 is not below a floor of 0.5, but below one of 0.500001."""
    assert decide([action("a", value=0.5)], floor=0.5)["name"] == "a"
    assert decide([action("a", value=0.5)], floor=0.500001)["reason"] == "below_floor"
    nothing = decide([action("a", value=0.5)], floor=0.500001)
    assert (nothing["priority"], nothing["value"]) == (0.0, None)
    assert candidates(nothing) == [("a", 0.5, "arbitration", "below_floor")]


def test_an_action_that_says_little_has_its_defaults() -> None:
    """Group and treatment are the name, the propensity is the score, other factors are 1."""
    chosen = decide([{"name": "a"}])
    shown = {key: chosen[key] for key in ("issue", "group", "channel", "treatment", "priority")}

    assert shown == {
        "issue": "grow", "group": "a", "channel": "onsite", "treatment": "a", "priority": 0.05,
    }  # fmt: skip
    assert (chosen["not_before"], chosen["expires_at"]) == (
        rfc3339(BASE), rfc3339(BASE + 1_800_000)
    )  # fmt: skip


def test_nothing_has_nothing_to_deliver() -> None:
    """Issue and group are none; channel, treatment and times are null."""
    nothing = decide([])

    assert (nothing["issue"], nothing["group"], nothing["name"]) == ("none", "none", "no_action")
    assert {nothing[k] for k in ("channel", "treatment", "not_before", "expires_at")} == {None}


def test_a_decision_id_names_its_trigger() -> None:
    """It hashes job, person, trigger, time, source and id, joined by 0x1F."""
    text = f"shop\x1fu:ann\x1fevent:view_item\x1f{BASE}\x1fshop\x1fe"
    chosen = decide([])

    assert chosen["decision_id"] == hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    assert chosen["trigger"] == {"type": "event:view_item", "event_ids": ["e"]}


def test_without_deduplication_a_decision_id_names_the_number_too() -> None:
    """Two copies are two decisions: the second is of the person's second event."""
    off = job(dedup={"window": "PT0S"})
    text = f"shop\x1fu:ann\x1fevent:view_item\x1f{BASE}\x1fshop\x1fe\x1f2"
    ids = [d["decision_id"] for d in replay(off, event(0, id="e"), event(0, id="e")).decisions]

    assert ids[1] == hashlib.blake2b(text.encode(), digest_size=16).hexdigest() != ids[0]


def test_only_declared_types_trigger() -> None:
    """Of a view and a search, only the search ends in a decision; both have scores."""
    result = replay(job(triggers={"types": ["search"]}), event(0), event(1, "search"))

    assert [d["trigger"]["type"] for d in result.decisions] == ["event:search"]
    assert (result.counts["triggers"], len(result.scores)) == (1, 2)
