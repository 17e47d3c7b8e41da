"""Proofs of what became of the candidates of one decision, by the record alone.

In: a decision. Out: sentences, one for each thing that is not as it must be. They refuse to know
the catalogue: what only it can tell is proved in `choice.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rtm_flows.audit.record import Candidate, Decision

_MILLION = 1_000_000
_LOST = ("outranked", "not_drawn", "below_cost", "below_floor")
_GATES = ("held_back", "suppressed", "below_floor", "below_cost")
"""Why nothing is done: by the last gate that any candidate came to."""


def chance(decision: Decision) -> Iterator[str]:
    """Prove that chances are whole millionths that add up to 1 where something is done, else 0."""
    told = [candidate.action_prob for candidate in decision.candidates]
    if not all(0.0 <= one <= 1.0 for one in [*told, decision.action_prob]):
        yield f"a chance is not from 0 to 1: {told}"
        return
    whole = [round(one * _MILLION) for one in told]
    if [one / _MILLION for one in whole] != told:
        yield f"chances have more than six decimals: {told}"
    if sum(whole) != (_MILLION if decision.acts else 0):
        yield f"the chances add up to {sum(whole) / _MILLION:.6f}"
    if decision.action_prob == 0.0:
        yield "what was done had no chance"
    if not decision.acts and decision.action_prob != 1.0:
        yield f"nothing is done, with the chance {decision.action_prob}"
    for candidate in decision.candidates:
        yield from _chance_of(candidate, decision)


def _chance_of(candidate: Candidate, decision: Decision) -> Iterator[str]:
    name, chance, fate = candidate.key, candidate.action_prob, candidate.fate
    if fate == "won":
        if chance != decision.action_prob:
            yield f"the winner's chance is {chance}, not {decision.action_prob}"
    elif (chance > 0.0) != (fate == "not_drawn"):
        yield f"{name} had the chance {chance}, but is {fate}"


def winner(decision: Decision) -> Iterator[str]:
    """Prove that the winner is one of the candidates, and where it is sure to win the best."""
    counts = Counter(candidate.key for candidate in decision.candidates)
    if len(counts) < len(decision.candidates):
        yield f"an offer is twice among the candidates: {counts.most_common(1)[0][0]}"
    won = [candidate.key for candidate in decision.candidates if candidate.stage_dropped is None]
    wanted = [(decision.name, decision.treatment)] if decision.acts else []
    if won != wanted:
        yield f"{decision.name!r} was decided; of the candidates won: {won}"
        return
    sure = decision.acts and decision.policy == "full" and decision.action_prob == 1.0
    # Where priorities are drawn, the largest mean may have a chance that rounds to none.
    sure = sure and all(candidate.propensity is None for candidate in decision.candidates)
    before = float("inf")
    for candidate in decision.candidates:
        yield from _candidate(candidate)
        if not candidate.passed or candidate.priority is None:
            before = -1.0
            continue
        if candidate.priority > before:
            yield f"{candidate.key} stands behind what has a lower priority, or none"
        before = candidate.priority
        if candidate.stage_dropped is None and candidate.priority != decision.priority:
            yield f"the winner has the priority {candidate.priority}, not {decision.priority}"
        if sure and candidate.fate == "outranked" and candidate.priority > decision.priority:
            yield f"{candidate.key} has a higher priority, {candidate.priority}, than the winner"


def _candidate(candidate: Candidate) -> Iterator[str]:
    """Prove that it is told of a candidate where it fell, or that it won."""
    name, stage = candidate.key, candidate.stage_dropped
    if (stage is None) != (candidate.reason is None):
        yield f"of {name} stage and reason do not go together"
    if (candidate.priority is not None) != candidate.passed:
        yield f"{name} has the priority {candidate.priority}: stage {stage}"
    if stage == "arbitration" and candidate.reason not in _LOST:
        yield f"{name} lost for no known reason: {candidate.reason!r}"


def nothing(decision: Decision) -> Iterator[str]:
    """Prove that nothing is done exactly where no candidate is open, for the reason told."""
    if decision.acts:
        if decision.reason is not None:
            yield f"something is done, though {decision.reason!r}"
        return
    fates = {candidate.fate for candidate in decision.candidates if candidate.passed}
    reason = next((gate for gate in _GATES if gate in fates), "no_eligible_action")
    if decision.reason != reason:
        yield f"nothing is done for {decision.reason!r}; by the candidates it is {reason!r}"
    if not fates <= set(_GATES):
        yield f"nothing is done, but candidates are {sorted(fates - set(_GATES))}"
    named = decision.issue, decision.group
    where = decision.channel, decision.placement, decision.treatment, decision.cost
    if named != ("none", "none") or any(one is not None for one in where):
        yield f"nothing is done, but for {named}, on {where}"
    if decision.held_out or decision.limits:
        names = [one.limit for one in decision.limits]
        yield f"nothing is done, but held out: {decision.held_out}, limits: {names}"
    if decision.items or decision.supersedes is not None:
        told = f"items: {list(decision.items)}, supersedes: {decision.supersedes!r}"
        yield f"nothing is done, but it has {told}"
