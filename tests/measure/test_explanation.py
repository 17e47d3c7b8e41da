"""What is said of a decision is what its record says, and the equation holds."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.decisions.arbitration import arbitrate
from rtm_flows.decisions.catalogue import Action
from rtm_flows.decisions.funnel import compile_actions
from rtm_flows.measure.explanation import FACTORS, explain, mentions, plain
from rtm_flows.measure.recorded import Reading, Recorded, RecordedScore
from tests.measure.recorded import decision, nothing, score


def recorded(record: dict[str, Any]) -> Recorded:
    """Return a record as it is read."""
    return Reading(Recorded, "decisions.jsonl").of(json.dumps(record).encode(), 0)


SIX = st.integers(0, 2_000_000).map(lambda millionths: millionths / 1e6)
FACTOR = st.one_of(SIX, st.sampled_from([0.0, 1.0, 1e6, 0.5, 0.000001]))


@given(SIX.filter(lambda score: score <= 1.0), FACTOR, FACTOR, FACTOR)
def test_the_equation_holds_exactly(
    chance: float, weight: float, value: float, lever: float
) -> None:
    """Whatever arbitration multiplies, its factors are shown with their whole product."""
    action = Action(name="a", context_weight=weight, value=value, levers=lever)
    compiled, score = compile_actions([action], []), np.array([chance])
    types, times = np.array(["search"]), np.zeros(1, dtype=np.int64)
    dropped = compiled.dropped(np.zeros((1, 0)), {}, types, times)
    choice = arbitrate(compiled, dropped, score, floor=0.0)
    factors: dict[str, Any] = dict(zip(FACTORS, (chance, weight, value, lever), strict=True))

    product = explain(recorded(decision(**factors, priority=float(choice.priority[0, 0])))).product

    assert product is not None
    assert product.holds
    assert product.factors == factors
    exact = Decimal(1)
    for factor in factors.values():
        exact *= Decimal(repr(factor))
    assert Decimal(product.exact) == exact
    assert abs(exact - Decimal(repr(product.priority))) <= Decimal("0.0000005") + exact * Decimal(
        "1e-15"
    )


def test_a_priority_that_was_changed_is_found_out() -> None:
    """The record says one number, its factors another."""
    product = explain(recorded(decision(priority=1.500001))).product

    assert product is not None
    assert not product.holds


def test_where_nothing_is_done_nothing_is_multiplied() -> None:
    """There are no factors; the candidates are told all the same."""
    why = explain(recorded(nothing()))

    assert why.product is None
    assert [(fate.name, fate.stage, fate.reason) for fate in why.candidates] == [
        ("greet", "arbitration", "below_floor")
    ]


def test_a_rule_is_told_with_what_it_looked_at() -> None:
    """Features, the event's type, and scores of any model; names in quotes are texts."""
    rules = ["views above 3 and price below 1", "type in a, b", "score churn at_least 0.5",
             "views > 1 and device != 'price'", "nothing known"]  # fmt: skip
    slate = [
        {"name": f"a{at}", "stage_dropped": "x", "reason": rule} for at, rule in enumerate(rules)
    ]
    churn = RecordedScore(**score(model="churn", score=0.125))
    why = explain(recorded(decision(candidates=slate)), [churn])

    assert [fate.looked_at for fate in why.candidates] == [
        {"views": 2.0, "price": 12.5}, {"type": "view_item"}, {"churn": 0.125}, {"views": 2.0}, {},
    ]  # fmt: skip
    assert why.looked_at == ["views", "price"]
    assert mentions("intent", {"intent": None}) == {"intent": None}


@pytest.mark.parametrize(
    ("trigger", "known"),
    [
        ("event:search", {"type": "search", "trigger": "event:search"}),
        ("cart_left", {"trigger": "cart_left"}),
    ],
)
def test_a_rule_is_told_what_fired(trigger: str, known: dict[str, str]) -> None:
    """Of a moment the log has the name, and not the type of an event."""
    slate = [{"name": "a", "stage_dropped": "x", "reason": "type == 'a' or trigger == 'b'"}]
    fired = {"type": trigger, "event_ids": ["e1"]}
    why = explain(recorded(decision(candidates=slate, trigger=fired)))

    assert why.candidates[0].looked_at == known


@pytest.mark.parametrize(
    ("model", "given_score", "served"),
    [
        ({"version": 9, "evidence": 380, "positives": 19}, 0.05, True),
        ({"version": 9, "evidence": 380, "positives": 19}, 0.050001, False),
        ({"version": -1, "evidence": 0, "positives": 0}, 0.05, True),
        ({"version": 9, "evidence": 100, "positives": 6}, 0.058333, True),
        ({"version": 9}, 0.05, None),
        (None, 0.05, None),
    ],
)
def test_a_prior_is_known_by_what_was_learned(
    model: dict[str, Any] | None, given_score: float, served: bool | None
) -> None:
    """The running rate, rounded; without what was learned nothing is said."""
    whole = None if model is None else {"name": "intent", **model}

    assert explain(recorded(decision(model=whole, score=given_score))).prior_served is served


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_whole(number: float) -> None:
    """No exponent, nothing lost."""
    assert float(plain(number)) == number
    assert "e" not in plain(number).lower()
