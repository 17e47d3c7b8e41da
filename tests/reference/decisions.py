"""Decisions: section 6 of the page.

In: one row with its score. Out: the priority of each action or the condition that dropped it,
and the action that wins. It knows nothing of other rows.
"""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .fold import rounded
from .job import Job
from .people import Row

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "at_least": operator.ge,
    "above": operator.gt,
    "below": operator.lt,
    "at_most": operator.le,
}
FACTORS = ("propensity", "context_weight", "value", "levers")


def holds(condition: Mapping[str, Any], row: Row, score: float) -> bool:
    """Say whether a condition holds for this row."""
    if "type" in condition:
        return row.event.type in condition["type"]
    value = score if "score" in condition else rounded(row.values[condition["feature"]])
    bounds = [(COMPARISONS[key], condition[key]) for key in condition if key in COMPARISONS]
    return all(compare(value, bound) for compare, bound in bounds)


def text_of(condition: Mapping[str, Any]) -> str:
    """Return a condition as text: the reason why an action was dropped.

    Examples
    --------
    >>> text_of({"score": "intent", "below": 0.8, "at_least": 1.0})
    'score intent at_least 1 and below 0.8'
    >>> text_of({"type": ["search", "purchase"]})
    'type in search, purchase'
    """
    if "type" in condition:
        return "type in " + ", ".join(condition["type"])
    name = "score " + condition["score"] if "score" in condition else condition["feature"]
    bounds = [(key, float(condition[key])) for key in COMPARISONS if key in condition]
    texts = [f"{key} {bound!r}".removesuffix(".0") for key, bound in bounds]
    return f"{name} " + " and ".join(texts)


def first_failing(action: Mapping[str, Any], row: Row, score: float) -> str | None:
    """Return the text of the first condition that fails, or None."""
    for condition in action.get("when", ()):
        if not holds(condition, row, score):
            return text_of(condition)
    return None


def factors_of(action: Mapping[str, Any], score: float) -> dict[str, float]:
    """Return the rounded factors of an action's priority."""
    propensities = {"score": score, "1-score": 1 - score}
    propensity = propensities.get(action["propensity"], action["propensity"])
    constants = {name: action.get(name, 1.0) for name in FACTORS[1:]}
    return {name: rounded(v) for name, v in {"propensity": propensity, **constants}.items()}


def priority_of(factors: Mapping[str, float]) -> float:
    """Return the rounded product of the factors, taken from left to right."""
    product = factors["propensity"] * factors["context_weight"]
    product = product * factors["value"]
    product = product * factors["levers"]
    return rounded(product)


@dataclass(frozen=True)
class Choice:
    """What was chosen, and why.

    `candidates` maps each action to its priority and to why it is not the one: the text of the
    condition that dropped it (then it has no priority), `outranked`, or `below_floor`.
    """

    name: str
    reason: str | None
    priority: float
    factors: Mapping[str, float | None]
    candidates: Mapping[str, tuple[float | None, str | None]]


def choose(actions: Sequence[Mapping[str, Any]], floor: float, row: Row, score: float) -> Choice:
    """Return the eligible action of the largest priority, or `no_action`."""
    candidates: dict[str, tuple[float | None, str | None]] = {}
    best: tuple[float, Mapping[str, Any]] | None = None
    for action in actions:
        failing = first_failing(action, row, score)
        if failing is not None:
            candidates[action["name"]] = (None, failing)
            continue
        priority = priority_of(factors_of(action, score))
        candidates[action["name"]] = (priority, "outranked")
        if best is None or priority > best[0]:
            best = (priority, action)
    if best is None:
        return _nothing("no_eligible_action", candidates)
    priority, action = best
    if priority < floor:
        return _nothing("below_floor", candidates)
    candidates[action["name"]] = (priority, None)
    return Choice(action["name"], None, priority, factors_of(action, score), candidates)


def _nothing(reason: str, candidates: Mapping[str, tuple[float | None, str | None]]) -> Choice:
    whys = {
        name: (priority, why if priority is None else reason)
        for name, (priority, why) in candidates.items()
    }
    return Choice("no_action", reason, 0.0, dict.fromkeys(FACTORS), whys)


def decision_id(job: Job, row: Row, trigger: str) -> str:
    """Return the id of the decision in which this trigger ends."""
    event = row.event
    parts = (job.name, event.person, trigger, str(event.time), event.source, event.id)
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
