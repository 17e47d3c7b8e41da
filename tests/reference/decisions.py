"""Decisions: section 6 of the page.

In: one row with its scores. Out: the action that wins, and what became of each other: its priority,
or the rules that dropped it. It knows nothing of other rows.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .contacts import means
from .job import Job, listed
from .people import Row
from .rounding import rounded
from .rules import holds
from .suppressions import why_suppressed
from .thompson import Open
from .thompson import chances as chances_drawn

FACTORS = ("propensity", "context_weight", "value", "levers")
FATES = (
    *("entered", "eligibility", "applicability", "suitability"),
    *("won", "outranked", "not_drawn", "below_cost", "below_floor", "suppressed", "held_back"),
)
STAGES = {"eligible": "eligibility", "applicable": "applicability", "suitable": "suitability"}

Offer = Mapping[str, Any]
Scores = Mapping[str, float]


def offers_of(actions: Iterable[Mapping[str, Any]]) -> list[Offer]:
    """Return every action in every treatment: the keys of the action, under those of the latter."""
    return [
        {
            **action,
            **{key: value for key, value in treatment.items() if key not in STAGES and value != {}},
            "name": action["name"],
            "treatment": treatment["name"],
            "rules": {
                key: [*listed(action.get(key, [])), *listed(treatment.get(key, []))]
                for key in STAGES
            },
        }
        for action in actions
        for treatment in action.get("treatments", [alone(action)])
    ]


def alone(action: Mapping[str, Any]) -> dict[str, Any]:
    """Return the treatment of an action that lists none."""
    name = action.get("treatment", "") or action["name"]
    return {"name": name, "channel": action.get("channel", "onsite")}


def values_of(row: Row, scores: Scores) -> dict[str, float | str]:
    """Return all that a rule may name, of one row."""
    return {**row.values, **scores, "type": row.event.type, "trigger": trigger_of(row)}


def trigger_of(row: Row) -> str:
    """Return the name of what fired."""
    return row.fired.name if row.fired else "event:" + row.event.type


def failing(offer: Offer, row: Row, scores: Scores) -> list[dict[str, str]]:
    """Return all rules that fail, in the order in which they are tried, with their stages."""
    values = values_of(row, scores)
    return [told for told in rules_of(offer) if not _is_kept(told["rule"], row, values)]


def _is_kept(rule: str, row: Row, values: Mapping[str, float | str]) -> bool:
    """Tell whether a rule holds; one of the time is a date of the action."""
    if not rule.startswith("time "):
        return holds(rule, values)
    _, sign, date = rule.split()
    return row.clock >= moment(date) if sign == ">=" else row.clock < moment(date)


def rules_of(offer: Offer) -> list[dict[str, str]]:
    """Return all rules of an offer, in the order in which they are tried, with their stages."""
    signs = {"start": ">=", "end": "<"}
    return [
        {"stage": "eligibility", "rule": f"time {sign} {offer[key]}"}
        for key, sign in signs.items()
        if offer.get(key)
    ] + [
        {"stage": stage, "rule": rule}
        for key, stage in STAGES.items()
        for rule in offer["rules"][key]
    ]


def moment(text: str) -> int:
    """Return a time in milliseconds."""
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def all_hold(entry: Mapping[str, Any], row: Row, scores: Scores) -> bool:
    """Tell whether all rules under `when` hold."""
    return all(holds(rule, values_of(row, scores)) for rule in listed(entry.get("when", [])))


def factors_of(offer: Offer, row: Row, scores: Scores) -> dict[str, float]:
    """Return the rounded factors of an offer's priority."""
    propensities = {"score": scores["intent"], "1-score": 1 - scores["intent"]}
    propensity = offer.get("propensity", "score")
    propensity = propensities.get(propensity, propensity)
    constants = {name: offer.get(name, 1.0) for name in FACTORS[1:]}
    found = {name: rounded(v) for name, v in {"propensity": propensity, **constants}.items()}
    if offer.get("context"):
        told = [one["percent"] for one in offer["context"] if all_hold(one, row, scores)]
        found["context_weight"] = rounded(found["context_weight"] * max(0, 1 + sum(told) / 100))
    return found


def priority_of(factors: Mapping[str, float]) -> float:
    """Return the rounded product of the factors, taken from left to right."""
    product = factors["propensity"] * factors["context_weight"]
    product = product * factors["value"]
    product = product * factors["levers"]
    return rounded(product)


@dataclass(frozen=True)
class Choice:
    """What was chosen, and why; without an offer nothing is done, for this reason."""

    offer: Offer | None
    reason: str
    chance: float
    priority: float
    factors: Mapping[str, float | None]
    candidates: list[dict[str, Any]]


@dataclass(frozen=True)
class Rule:
    """How is chosen in one row: by which policy, what rests or is used up, what is learned.

    What rests is told by action and treatment, with its pause; what is learned of an offer is its
    propensity, and of how many responses.
    """

    policy: str
    paused: Mapping[tuple[str, str], str]
    used_up: Sequence[str]
    learned: Mapping[tuple[str, str], tuple[float, int]]


def choose(job: Job, row: Row, scores: Scores, decision: str, rule: Rule) -> Choice:
    """Return the offer chosen of those that fail no rule and are not held back, or none."""
    passed: list[tuple[float, Offer, tuple[str, str] | None]] = []
    dropped = []
    for declared in offers_of(job.actions):
        offer: Offer = dict(declared)
        if offer.get("propensity") == "learned":
            propensity, n = rule.learned[declared["name"], declared["treatment"]]
            offer = {**declared, "propensity": propensity, "evidence": n}
        rules = failing(offer, row, scores)
        if rules:
            told = candidate(offer, None, 0.0, (rules[0]["stage"], rules[0]["rule"]))
            dropped.append(told | ({"failing": rules} if job.all_reasons else {}))
            continue
        priority = priority_of(factors_of(offer, row, scores))
        passed.append((priority, offer, why_closed(job, row, offer, priority, rule)))
    open_to = [(priority, offer) for priority, offer, closed in passed if closed is None]
    winner, chances = drawn(job, row, scores, open_to, (decision, rule.policy))
    # The sort is stable: of equal priorities the one declared first stays first.
    candidates = []
    for priority, offer, closed in sorted(passed, key=lambda one: -one[0]):
        chance = chances.get(id(offer), 0)
        lost = closed or ("arbitration", "not_drawn" if 0 < chance < 1_000_000 else "outranked")
        end = (None, None) if offer is winner else lost
        told = candidate(offer, priority, chance / 1_000_000, end)
        if job.exploration.get("kind") == "thompson":
            told["propensity"] = factors_of(offer, row, scores)["propensity"]
            told |= {key: offer[key] for key in ("evidence",) if key in offer}
        candidates.append(told)
    candidates += dropped
    if winner is None:
        why = why_nothing([closed for _, _, closed in passed if closed is not None])
        return Choice(None, why, 1.0, 0.0, dict.fromkeys(FACTORS), candidates)
    factors = factors_of(winner, row, scores)
    won_by = chances[id(winner)] / 1_000_000
    return Choice(winner, "", won_by, priority_of(factors), factors, candidates)


def why_closed(
    job: Job, row: Row, offer: Offer, priority: float, rule: Rule
) -> tuple[str, str] | None:
    """Return stage and reason for which an offer that passed is not open, if it is not."""
    if rule.policy == "full" and priority < offer.get("cost", 0):
        return "arbitration", "below_cost"
    if rule.policy == "full" and priority < job.floor:
        return "arbitration", "below_floor"
    suppressed = why_suppressed(job, row.shopping, row.clock, offer)
    if suppressed:
        return "suppression", suppressed
    pause = rule.paused.get((offer["name"], offer["treatment"]))
    if pause is not None:
        return "contact_policy", pause
    for limit in job.limits:
        if limit["name"] in rule.used_up and means(limit, offer):
            return "contact_policy", limit["name"]
    return None


def why_nothing(closed: Sequence[tuple[str, str]]) -> str:
    """Return why nothing is done: the last gate that any came to, and none came through."""
    if any(stage == "contact_policy" for stage, _ in closed):
        return "held_back"
    if any(stage == "suppression" for stage, _ in closed):
        return "suppressed"
    reasons = [reason for _, reason in closed]
    return next((one for one in ("below_floor", "below_cost") if one in reasons), "") or (
        "no_eligible_action"
    )


def drawn(
    job: Job,
    row: Row,
    scores: Scores,
    open_to: Sequence[tuple[float, Offer]],
    how: tuple[str, str],
) -> tuple[Offer | None, dict[int, int]]:
    """Return the offer chosen among those that are open, and the chances in millionths."""
    if not open_to:
        return None, {}
    decision, policy = how
    rank = {
        "full": lambda one: one[0],
        "rules": lambda one: 0,
        "propensity": lambda one: factors_of(one[1], row, scores)["propensity"],
        "random": lambda one: 0,
    }[policy]
    best = max(open_to, key=rank)[1]
    rule, n = job.exploration, len(open_to)
    explores = policy == "full" and n > 1 and rule.get("kind", "none") != "none"
    if not explores and policy != "random":
        return best, {id(best): 1_000_000}
    share = 1.0 if policy == "random" else rule.get("share", 0.02)
    wanted = [share / n + (1 - share) * (offer is best) for _, offer in open_to]
    if explores and rule["kind"] == "softmax":
        most = max(priority for priority, _ in open_to)
        weights = [math.exp((p - most) / rule.get("temperature", 0.1)) for p, _ in open_to]
        wanted = [share / n + (1 - share) * w / sum(weights) for w in weights]
    if explores and rule["kind"] == "thompson":
        found = chances_drawn(tuple(belief(*one) for one in open_to))
        wanted = [share / n + (1 - share) * one for one in found]
    least = rule.get("least", 0.0) if explores else 0.0
    wanted = [least + (1 - n * least) * one for one in wanted]
    exact = [rounded(one * 1_000_000) for one in wanted]
    whole = [int(one) for one in exact]
    by_rest = sorted(range(n), key=lambda at: whole[at] - exact[at])
    for at in by_rest[: 1_000_000 - sum(whole)]:
        whole[at] += 1
    text = f"exploration\x1f{rule.get('salt', '')}\x1f{decision}"
    number = int(hashlib.blake2b(text.encode(), digest_size=8).hexdigest(), 16) % 1_000_000
    winner = next(at for at in range(n) if number < sum(whole[: at + 1]))
    ids = [id(offer) for _, offer in open_to]
    return open_to[winner][1], dict(zip(ids, whole, strict=True))


def explored(job: Job) -> dict[str, Any]:
    """Return what is left to chance."""
    defaults = {"kind": "none", "share": 0.02, "least": 0.0, "temperature": 0.1, "salt": ""}
    return {**defaults, **job.exploration}


def belief(priority: float, offer: Offer) -> Open:
    """Return what an offer is drawn by."""
    if "evidence" not in offer:
        return Open(priority)
    worth = offer.get("prior_weight", 20.0) + offer["evidence"]
    return Open(priority, rounded(offer["propensity"]), worth)


def told_in(texts: Mapping[str, str]) -> list[dict[str, str]]:
    """Return texts one by one."""
    return [{"locale": locale, "text": text} for locale, text in texts.items()]


def reasons_of(offer: Offer | None, row: Row, scores: Scores) -> list[dict[str, Any]]:
    """Return the reasons that are true."""
    given = offer.get("because", []) if offer else []
    return [
        {"code": one["code"], "texts": told_in(one.get("texts", {}))}
        for one in given
        if all_hold(one, row, scores)
    ]


def candidate(
    offer: Offer, priority: float | None, chance: float, end: tuple[str | None, str | None]
) -> dict[str, Any]:
    """Return what is told of one offer."""
    return {
        "name": offer["name"],
        "treatment": offer["treatment"],
        "priority": priority,
        "action_prob": chance,
        "stage_dropped": end[0],
        "reason": end[1],
    }


def funnel_of(decisions: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Return of every action how many candidates there were, and where they ended."""
    told: dict[str, dict[str, int]] = {}
    for decision in decisions:
        for one in decision["candidates"]:
            ends = {
                None: "won",
                "arbitration": one["reason"],
                "suppression": "suppressed",
                "contact_policy": "held_back",
            }
            fate = ends.get(one["stage_dropped"], one["stage_dropped"])
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
