"""Catalogues and scored rows to decide on, and a naive decider to compare with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from rtm_flows.columns import Table, as_text
from rtm_flows.decisions.arbitration import Choice, arbitrate
from rtm_flows.decisions.catalogue import STAGES, Action
from rtm_flows.decisions.funnel import Compiled, Dropped, compile_actions
from rtm_flows.decisions.offers import offers_of
from tests.reference.rules import holds
from tests.rule_strategies import Words, can_hold, rules

NAMES = ("views", "value", "gap")
TYPES = ("view_item", "search", "purchase")
FACTORS = st.sampled_from([0.0, 0.5, 1.0, 1 / 3, 2.718281828, 10.0])
VALUES = st.sampled_from([-1.5, 0.0, -1e-9, 0.2999996, 0.3, 1.0, 2.0, 7.25, 1e6])
SCORES = st.integers(0, 1_000_000).map(lambda m: m / 1e6)

WORDS = Words(exact=NAMES, scores=("intent",), types=TYPES)
_STAGE = st.one_of(rules(WORDS), st.lists(rules(WORDS), max_size=2).map(tuple))


def _can_hold(action: Action) -> bool:
    return can_hold({key: getattr(action, key) for key in STAGES}, WORDS)


CATALOGUES = st.lists(
    st.builds(
        Action,
        name=st.sampled_from("abcdef"),
        propensity=st.sampled_from(["score", "1-score", 1 / 3, 1.0]),
        context_weight=FACTORS,
        value=FACTORS,
        levers=FACTORS,
        wait=st.sampled_from(["PT0S", "PT0.5S"]),
        expires_after=st.sampled_from(["PT1S", "PT10M", "P1D"]),
        eligible=_STAGE,
        applicable=st.one_of(st.just(()), _STAGE),
        suitable=st.one_of(st.just(()), _STAGE),
    ).filter(_can_hold),
    max_size=5,
    unique_by=lambda action: action.name,
)
FLOORS = st.sampled_from([0.0, 0.5, 5.0])


@st.composite
def scored_rows(draw: st.DrawFn) -> Table:
    """Draw a table of scored rows."""
    rows = draw(st.lists(st.tuples(*[VALUES] * len(NAMES)), max_size=12))
    n = len(rows)

    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(values, min_size=n, max_size=n))

    scores = np.array(column(st.tuples(SCORES, SCORES)), dtype=np.float64).reshape(n, 2)
    versions = st.integers(-1, 10**8)
    of_both = np.array(column(st.tuples(versions, versions)), dtype=np.int64).reshape(n, 2)
    times = st.integers(631_152_000_000, 4_102_444_799_999)
    counts = st.integers(0, 10**9)
    return Table(
        {
            "time": np.array(column(times), dtype=np.int64),
            "event_time": np.array(column(times), dtype=np.int64),
            "person": as_text(column(st.sampled_from(["u:7", "a:c-1", 'u:ü"\\', "a:1"]))),
            "id": as_text([f"e-{at}" for at in range(n)]),
            "type": as_text(column(st.sampled_from(TYPES))),
            "source": as_text(column(st.sampled_from(["web", "app"]))),
            "x": np.array(rows, dtype=np.float64).reshape(n, len(NAMES)),
            "scores": scores,
            "versions": of_both,
            "score": scores[:, 0],
            "version": of_both[:, 0],
            "evidence": np.array(column(counts), dtype=np.int64),
            "positives": np.array(column(counts), dtype=np.int64),
        }
    )


@dataclass(frozen=True)
class Decided:
    """A table and all that was decided of it."""

    compiled: Compiled
    dropped: Dropped
    choice: Choice


def decide(actions: list[Action], scored: Table, floor: float) -> Decided:
    """Return what the package decides."""
    compiled = compile_actions(actions, NAMES)
    scores = {"intent": scored["score"]}
    dropped = compiled.dropped(scored["x"], scores, scored["type"], scored["time"])
    choice = arbitrate(compiled, dropped, scored["score"], floor)
    return Decided(compiled, dropped, choice)


def rounded(value: float) -> float:
    """Return a number to six decimals."""
    return round(value * 1e6) / 1e6


def naive_failures(action: Action, x: dict[str, float], score: float, kind: str) -> list[int]:
    """Return the rules of one action that fail in one row, by their places."""
    values: dict[str, float | str] = {**x, "intent": score, "type": kind}
    (offer,) = offers_of([action])
    return [at for at, rule in enumerate(offer.rules) if not holds(rule.text, values)]


def naive_priority(action: Action, score: float) -> float:
    """Return the priority of one action and row."""
    chances = {"score": score, "1-score": 1.0 - score}
    chance = action.propensity
    product = rounded(chances[chance] if isinstance(chance, str) else chance)
    for factor in (action.context_weight, action.value, action.levers):
        product = product * rounded(factor)
    return rounded(product)
