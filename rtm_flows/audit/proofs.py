"""Proofs of one decision: what must be true of a record whatever stands around it.

In: a decision. Out: sentences, one for each thing that is not as it must be. They refuse to know
how decisions come about: what is true is said of the record alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rtm_flows.audit.record import Decision

_REASONS = ("no_eligible_action", "below_floor")


def priority(decision: Decision) -> Iterator[str]:
    """Prove that the priority is the product, from left to right, of the rounded factors."""
    if not decision.acts:
        if decision.priority != 0.0 or set(decision.factors) != {None}:
            yield f"nothing is done, but priority {decision.priority}, factors {decision.factors}"
        return
    product = 1.0
    for factor in decision.factors:
        if factor is None:
            yield f"a factor is missing: {decision.factors}"
            return
        if factor != _rounded(factor):
            yield f"the factor {factor!r} has more than six decimals"
        product *= factor
    if decision.priority != _rounded(product):
        yield f"priority {decision.priority!r}, but its factors make {_rounded(product)!r}"


def chance(decision: Decision) -> Iterator[str]:
    """Prove that the chances of all that could be chosen, nothing included, add up to 1."""
    chances = [candidate.action_prob for candidate in decision.candidates]
    if not decision.acts:
        chances.append(decision.action_prob)
    if not all(0.0 <= one <= 1.0 for one in [*chances, decision.action_prob]):
        yield f"a chance is not from 0 to 1: {chances}"
    # Each is rounded to six decimals.
    if abs(sum(chances) - 1.0) > 1e-6 * len(chances):
        yield f"the chances add up to {sum(chances):.6f}"
    if decision.action_prob == 0.0:
        yield "what was done had no chance"
    for candidate in decision.candidates:
        if candidate.action_prob > 0.0 and not candidate.passed:
            yield f"{candidate.name!r} was dropped, but had the chance {candidate.action_prob}"
        if candidate.name == decision.name and candidate.action_prob != decision.action_prob:
            yield f"the winner's chance is {candidate.action_prob}, not {decision.action_prob}"


def winner(decision: Decision) -> Iterator[str]:
    """Prove that the winner is one of the candidates that passed, and of these none is better."""
    names = [candidate.name for candidate in decision.candidates]
    if len(set(names)) < len(names):
        yield f"an action is twice among the candidates: {names}"
    won = [candidate for candidate in decision.candidates if candidate.stage_dropped is None]
    wanted = [decision.name] if decision.acts else []
    if [candidate.name for candidate in won] != wanted:
        yield f"{decision.name!r} was decided; of the candidates passed: {[c.name for c in won]}"
        return
    for candidate in decision.candidates:
        yield from _candidate(decision, candidate.name)
        if candidate.stage_dropped is None and candidate.priority != decision.priority:
            yield f"the winner has the priority {candidate.priority}, not {decision.priority}"


def _candidate(decision: Decision, name: str) -> Iterator[str]:
    """Prove that it is told of a candidate where it fell, or that it passed."""
    (candidate, *_) = (one for one in decision.candidates if one.name == name)
    if (candidate.stage_dropped is None) != (candidate.reason is None):
        yield f"of {name!r} stage and reason do not go together"
    if (candidate.priority is not None) != candidate.passed:
        yield f"{name!r} has the priority {candidate.priority}: stage {candidate.stage_dropped}"
    if not candidate.passed or candidate.priority is None:
        return
    codes = [reason.code for reason in decision.reasons]
    if codes == ["highest_priority"] and candidate.priority > decision.priority:
        yield f"{name!r} has a higher priority, {candidate.priority}, than the winner"
    lost = "outranked" if decision.acts else "below_floor"
    if candidate.stage_dropped is not None and candidate.reason != lost:
        yield f"{name!r} lost as {candidate.reason!r}, not {lost!r}"


def nothing(decision: Decision, floor: float | None) -> Iterator[str]:
    """Prove that nothing is done exactly where nothing passed, or nothing reached the floor.

    Parameters
    ----------
    floor
        Least priority at which something is done; None if it is not known.
    """
    codes = [reason.code for reason in decision.reasons]
    passed = [one.priority or 0.0 for one in decision.candidates if one.passed]
    if decision.acts:
        if decision.reason is not None:
            yield f"something is done, though {decision.reason!r}"
        if floor is not None and decision.priority < floor:
            yield f"the priority {decision.priority} is below the floor {floor}"
        return
    if decision.reason not in _REASONS:
        yield f"nothing is done for no known reason: {decision.reason!r}"
    if decision.reason is not None and codes != [decision.reason]:
        yield f"the reason is {decision.reason!r}, the reasons are {codes}"
    if (decision.issue, decision.group, decision.channel) != ("none", "none", None):
        yield f"nothing is done, but on {decision.channel!r} for {decision.issue!r}"
    if decision.reason == "no_eligible_action" and passed:
        yield f"nothing is said to have passed; {len(passed)} did"
    if decision.reason == "below_floor":
        if not passed:
            yield "all is said to be below the floor, but nothing passed"
        elif floor is not None and max(passed) >= floor:
            yield f"a candidate with {max(passed)} is said to be below the floor {floor}"


def delivery(decision: Decision) -> Iterator[str]:
    """Prove that what is done has a time to be delivered in, and nothing else has."""
    begin, end = decision.times
    if begin is None or end is None:
        if decision.acts or begin is not end:
            yield f"the times of delivery are {begin} and {end}"
        return
    if not decision.acts:
        yield "nothing is done, but it has times of delivery"
    if begin > end:
        yield f"not before {begin.isoformat()}, but it expires at {end.isoformat()}"
    if begin < decision.decision_time:
        yield f"it may be delivered before it was decided, from {begin.isoformat()}"


def _rounded(number: float) -> float:
    """Return a number with six decimals, halves to even."""
    scaled = number * 1e6
    return round(scaled) / 1e6 if abs(scaled) < 1e300 else scaled


PROOFS: dict[str, Callable[[Decision], Iterator[str]]] = {
    "priority": priority,
    "chance": chance,
    "winner": winner,
    "delivery": delivery,
}
"""The proofs that need nothing but the record."""
