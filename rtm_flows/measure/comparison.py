"""Comparison: the first stage at which two decisions of one id differ, and what differs there.

In: two lines. Out: the stage, and what differs in a few words that are the same for all decisions
that differ so. The stages are those of a decision: trigger, features, score, catalogue, then those
that drop candidates, arbitration, floor, delivery. Where a candidate fell at the same stage by
another rule, the rule may only have been reworded, so that is looked for last. It refuses to know
which rules there are: names of stages and texts of rules are taken as they stand in the lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from rtm_flows.measure.explanation import FACTORS, plain

DROPPING = ("eligibility", "applicability", "suitability")
"""Stages that drop candidates, in their order; others stand behind them."""

ARBITRATION, FLOOR, BELOW_FLOOR = "arbitration", "floor", "below_floor"
RULE = "rule"
"""Stage of decisions that differ in the rule by which a candidate fell, and in nothing else."""
_DELIVERY = (
    *("issue", "group", "channel", "placement", "treatment", "cost", "texts", "reasons"),
    *("items", "not_before", "expires_at", "supersedes", "rank"),
)
_ASIDE = ("config", "features_hash")

Record = dict[str, Any]
Candidates = dict[str, Record]


class Difference(NamedTuple):
    """Where two decisions first differ, and what differs there."""

    stage: str
    what: str


def compare(first: bytes, second: bytes) -> Difference | None:
    """Return the first difference of two lines of one decision, or None.

    Digests of configurations are left aside.

    Examples
    --------
    >>> compare(b'{"score":0.25,"config":"0a"}', b'{"score":0.5,"config":"ff"}')
    Difference(stage='score', what='the score')
    """
    one: Record = msgspec.json.decode(first)
    two: Record = msgspec.json.decode(second)
    for found in _differences(one, two):
        return found
    return None


def _differences(one: Record, two: Record) -> Iterator[Difference]:
    """Yield the differences that are looked for, in the order of the stages."""
    for name in ("subject_id", "subject_type", "decision_time", "trigger"):
        if one.get(name) != two.get(name):
            yield Difference("trigger", name)
    if one.get("features") != two.get("features"):
        yield Difference("features", _features(one.get("features"), two.get("features")))
    for name, what in (("score", "the score"), ("model", "the model's version")):
        if one.get(name) != two.get(name):
            yield Difference("score", what)
    slates = _slate(one), _slate(two)
    yield from _catalogue(*slates)
    yield from _dropped(*slates)
    yield from _arbitration(one, two, *slates)
    for name in _DELIVERY:
        if one.get(name) != two.get(name):
            yield Difference("delivery", name)
    for name in dict.fromkeys([*one, *two]):
        if name not in (*_ASIDE, "candidates") and one.get(name) != two.get(name):
            yield Difference("record", name)
    yield from _by_rule(*slates)
    if one.get("candidates") != two.get("candidates"):
        yield Difference(ARBITRATION, "candidates")


def _features(one: Record | None, two: Record | None) -> str:
    one, two = one or {}, two or {}
    names = dict.fromkeys([*one, *two])
    other = [
        name for name in names if one.get(name) != two.get(name) or (name in one) != (name in two)
    ]
    return other[0] if len(other) == 1 else f"{other[0]} and {len(other) - 1} more"


def _slate(record: Record) -> Candidates:
    """Return the candidates by action, and by treatment too where an action has several."""
    given: list[Record] = list(record.get("candidates") or ())
    often = Counter(one["name"] for one in given)
    return {
        one["name"] if often[one["name"]] == 1 else f"{one['name']}/{one['treatment']}": one
        for one in given
    }


def _catalogue(one: Candidates, two: Candidates) -> Iterator[Difference]:
    for mine, other, which in ((one, two, "first"), (two, one, "second")):
        alone = [name for name in mine if name not in other]
        if alone:
            yield Difference("catalogue", f"only the {which} has {', '.join(alone)}")


def _dropped(one: Candidates, two: Candidates) -> Iterator[Difference]:
    """Yield what was dropped before arbitration by another stage, or by none, by stage."""
    found = []
    for name in (name for name in one if name in two):
        (stage, rule), (other_stage, other) = _fell(one[name]), _fell(two[name])
        if stage == other_stage:
            continue
        places = _place(stage), _place(other_stage)
        at = stage if places[0] <= places[1] else other_stage
        mine = rule if stage == at else None
        others = other if other_stage == at else None
        what = f"{name}: {mine or 'passed'} -> {others or 'passed'}"
        found.append((min(places), Difference(at or ARBITRATION, what)))
    yield from (difference for _, difference in sorted(found, key=lambda pair: pair[0]))


def _by_rule(one: Candidates, two: Candidates) -> Iterator[Difference]:
    """Yield what was dropped by another rule of one stage, or by the same in other words."""
    for name in (name for name in one if name in two):
        (_, rule), (_, other) = _fell(one[name]), _fell(two[name])
        if rule != other:
            yield Difference(RULE, f"{name}: {rule} -> {other}")


def _fell(candidate: Record) -> tuple[str | None, str | None]:
    """Return stage and rule by which a candidate fell before arbitration."""
    stage = candidate.get("stage_dropped")
    return (None, None) if stage in (None, ARBITRATION) else (stage, candidate.get("reason"))


def _place(stage: str | None) -> tuple[int, str]:
    if stage is None:
        return len(DROPPING) + 1, ""
    return (DROPPING.index(stage), "") if stage in DROPPING else (len(DROPPING), stage)


def _arbitration(
    one: Record, two: Record, slate: Candidates, other: Candidates
) -> Iterator[Difference]:
    for name in (name for name in slate if name in other):
        if slate[name].get("priority") != other[name].get("priority"):
            yield Difference(ARBITRATION, f"priority of {name}")
    if one.get("name") == two.get("name"):
        for factor in _other(FACTORS, one, two):
            yield Difference(ARBITRATION, f"{factor} of {one.get('name')}")
    if (one.get("reason") == BELOW_FLOOR) != (two.get("reason") == BELOW_FLOOR):
        which = "first" if one.get("reason") == BELOW_FLOOR else "second"
        yield Difference(FLOOR, f"below the floor only in the {which}")
    for name in (name for name in slate if name in other):
        low = [one[name].get("reason") == BELOW_FLOOR for one in (slate, other)]
        if low[0] != low[1]:
            which = "first" if low[0] else "second"
            yield Difference(FLOOR, f"{name} is below the floor only in the {which}")
    for name in _other(("name", "action_prob", "priority", "reason"), one, two):
        yield Difference(ARBITRATION, "the winner" if name == "name" else name)


def _other(names: Iterable[str], one: Record, two: Record) -> list[str]:
    return [name for name in names if one.get(name) != two.get(name)]


def brief(record: Record) -> str:
    """Return a decision in a few words: what was decided, and by what numbers.

    Examples
    --------
    >>> brief({"name": "mail", "channel": "email", "priority": 1.5, "score": 0.25})
    'mail on email, priority 1.5, score 0.25'
    """
    words = str(record.get("name"))
    if record.get("channel") is not None:
        words += f" on {record['channel']}"
    if record.get("reason") is not None:
        words += f" ({record['reason']})"
    for name in ("priority", "score"):
        if isinstance(record.get(name), int | float):
            words += f", {name} {plain(float(record[name]))}"
    return words
