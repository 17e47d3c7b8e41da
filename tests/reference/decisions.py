"""Decisions: section 6 of the page.

In: one row with its scores. Out: the action that wins, and what became of each other: its priority,
or the condition that dropped it. It knows nothing of other rows.
"""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .job import Job
from .people import Row
from .rounding import rounded

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "at_least": operator.ge,
    "above": operator.gt,
    "below": operator.lt,
    "at_most": operator.le,
}
FACTORS = ("propensity", "context_weight", "value", "levers")


def holds(condition: Mapping[str, Any], row: Row, scores: Mapping[str, float]) -> bool:
    """Say whether a condition holds for this row."""
    if "type" in condition:
        return row.event.type in condition["type"]
    if "score" in condition:
        value = scores[condition["score"]]
    else:
        value = rounded(row.values[condition["feature"]])
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


def first_failing(action: Mapping[str, Any], row: Row, scores: Mapping[str, float]) -> str | None:
    """Return the text of the first condition that fails, or None."""
    for condition in action.get("when", ()):
        if not holds(condition, row, scores):
            return text_of(condition)
    return None


def factors_of(action: Mapping[str, Any], score: float) -> dict[str, float]:
    """Return the rounded factors of an action's priority."""
    propensities = {"score": score, "1-score": 1 - score}
    propensity = action.get("propensity", "score")
    propensity = propensities.get(propensity, propensity)
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
    """What was chosen, and why; without an action nothing is done, for this reason."""

    action: Mapping[str, Any] | None
    reason: str
    priority: float
    factors: Mapping[str, float | None]
    candidates: list[dict[str, Any]]


def choose(
    actions: Sequence[Mapping[str, Any]], floor: float, row: Row, scores: Mapping[str, float]
) -> Choice:
    """Return the eligible action of the largest priority, or none."""
    score = scores["intent"]
    failing = {action["name"]: first_failing(action, row, scores) for action in actions}
    eligible = [
        (priority_of(factors_of(action, score)), action)
        for action in actions
        if failing[action["name"]] is None
    ]
    # The sort is stable: of equal priorities the one declared first stays first.
    eligible.sort(key=lambda pair: pair[0], reverse=True)
    dropped = [
        candidate(name, None, "eligibility", why)
        for name, why in failing.items()
        if why is not None
    ]
    if not eligible:
        return Choice(None, "no_eligible_action", 0.0, dict.fromkeys(FACTORS), dropped)
    priority, action = eligible[0]
    if priority < floor:
        below = [candidate(a["name"], p, "arbitration", "below_floor") for p, a in eligible]
        return Choice(None, "below_floor", 0.0, dict.fromkeys(FACTORS), below + dropped)
    rest = [candidate(a["name"], p, "arbitration", "outranked") for p, a in eligible[1:]]
    candidates = [candidate(action["name"], priority, None, None), *rest, *dropped]
    factors = factors_of(action, score)
    return Choice(action, "highest_priority", priority, factors, candidates)


def candidate(
    name: str, priority: float | None, stage: str | None, reason: str | None
) -> dict[str, Any]:
    """Return what is told of one action; the one that was not dropped was chosen."""
    return {
        "name": name,
        "priority": priority,
        "action_prob": 1.0 if stage is None else 0.0,
        "stage_dropped": stage,
        "reason": reason,
    }


def decision_id(job: Job, row: Row, trigger: str) -> str:
    """Return the id of the decision in which this trigger ends.

    Without de-duplication events may agree in all that the id is made of; their numbers differ.
    """
    event = row.event
    parts = [job.name, event.person, trigger, str(event.time), event.source, event.id]
    if job.dedup_window == 0:
        parts.append(str(row.number))
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
