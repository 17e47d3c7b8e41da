"""Decisions: section 6 of the page.

In: one row with its scores. Out: the action that wins, and what became of each other: its priority,
or the rules that dropped it. It knows nothing of other rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .job import Job, listed
from .people import Row
from .rounding import rounded
from .rules import holds

FACTORS = ("propensity", "context_weight", "value", "levers")
FATES = (
    *("entered", "eligibility", "applicability", "suitability"),
    *("outranked", "below_floor", "won"),
)
STAGES = {"eligible": "eligibility", "applicable": "applicability", "suitable": "suitability"}


def values_of(row: Row, scores: Mapping[str, float]) -> dict[str, float | str]:
    """Return all that a rule may name, of one row."""
    return {**row.values, **scores, "type": row.event.type, "trigger": trigger_of(row)}


def trigger_of(row: Row) -> str:
    """Return the name of what fired."""
    return row.fired.name if row.fired else "event:" + row.event.type


def failing(
    action: Mapping[str, Any], row: Row, scores: Mapping[str, float]
) -> list[dict[str, str]]:
    """Return all rules that fail, in the order in which they are tried, with their stages."""
    values = values_of(row, scores)
    return [
        {"stage": stage, "rule": rule}
        for key, stage in STAGES.items()
        for rule in listed(action.get(key, []))
        if not holds(rule, values)
    ]


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


def choose(job: Job, row: Row, scores: Mapping[str, float]) -> Choice:
    """Return the action of the largest priority of those that fail no rule, or none."""
    score, floor = scores["intent"], job.floor
    failed = {action["name"]: failing(action, row, scores) for action in job.actions}
    passed = [
        (priority_of(factors_of(action, score)), action)
        for action in job.actions
        if not failed[action["name"]]
    ]
    # The sort is stable: of equal priorities the one declared first stays first.
    passed.sort(key=lambda pair: pair[0], reverse=True)
    dropped = [
        candidate(name, None, rules[0]["stage"], rules[0]["rule"])
        | ({"failing": rules} if job.all_reasons else {})
        for name, rules in failed.items()
        if rules
    ]
    if not passed:
        return Choice(None, "no_eligible_action", 0.0, dict.fromkeys(FACTORS), dropped)
    priority, action = passed[0]
    if priority < floor:
        below = [candidate(a["name"], p, "arbitration", "below_floor") for p, a in passed]
        return Choice(None, "below_floor", 0.0, dict.fromkeys(FACTORS), below + dropped)
    rest = [candidate(a["name"], p, "arbitration", "outranked") for p, a in passed[1:]]
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


def funnel_of(decisions: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Return of every action how many candidates there were, and where they ended."""
    told: dict[str, dict[str, int]] = {}
    for decision in decisions:
        for one in decision["candidates"]:
            fate = {None: "won", "arbitration": one["reason"]}.get(
                one["stage_dropped"], one["stage_dropped"]
            )
            own = told.setdefault(one["name"], dict.fromkeys(FATES, 0))
            own["entered"] += 1
            own[fate] += 1
    return told


def decision_id(job: Job, row: Row, trigger: str) -> str:
    """Return the id of the decision in which this trigger ends.

    Without de-duplication events may agree in all that the id is made of; their numbers differ.
    """
    event = row.event
    parts = [job.name, event.person, trigger, str(event.time), event.source, event.id]
    if job.dedup_window == 0:
        parts.append(str(row.number))
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
