"""The choice, made again: which candidates were open, with what chances, and whom the draw fell on.

In: a decision, and the catalogue it was made by. Out: sentences, one for each thing that is not as
it must be. It refuses to know the rules of the funnel: what these dropped is taken from the record.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence

from rtm_flows.audit.beliefs import SLACK, Believed, can_be_told, chances_drawn
from rtm_flows.audit.declared import Declared, Exploration, Offer, offers_of
from rtm_flows.audit.record import Candidate, Decision, Key, ms, rounded

LEARNED = "learned"
"""A propensity that responses have taught: what the record tells of it is believed."""

_MILLION = 1_000_000


class Chooser:
    """The catalogue of a run, and how was chosen from it.

    Parameters
    ----------
    declared
        The configuration. Without its own actions only the floor is proved.
    """

    def __init__(self, declared: Declared) -> None:
        self._floor = declared.floor
        self._rule = declared.exploration
        self.offers: Mapping[Key, Offer] = offers_of(declared.actions or ())
        self._whole = declared.actions is not None
        self._learned = any(one.action.propensity == LEARNED for one in self.offers.values())
        self._suppresses = declared.suppressions is not None
        self._holds = {pause.name for pause in declared.pauses}
        self._holds |= {limit.name for limit in declared.limits}
        self._places = {key: place for place, key in enumerate(self.offers)}

    def prove(self, decision: Decision) -> Iterator[str]:
        """Tell what is not as the configuration has it."""
        for candidate in decision.candidates:
            yield from self._gates(candidate, decision.policy)
            yield from self._declared(candidate)
        if not self._whole:
            return
        keys = [candidate.key for candidate in decision.candidates]
        if sorted(keys) != sorted(self.offers):
            yield f"the candidates are not the catalogue: {keys}"
            return
        order = sorted(decision.candidates, key=self._order)
        if [candidate.key for candidate in order] != keys:
            yield f"equals do not stand as declared: {keys}"
        if decision.acts and (decision.name, decision.treatment) in self.offers:
            yield from self._delivered(decision)
            if self._rule.kind == "thompson":
                yield from self._beliefs(decision)
            if decision.policy != "propensity" or not self._learned:
                yield from self._chances(decision)

    def _gates(self, candidate: Candidate, policy: str) -> Iterator[str]:
        """Prove that a candidate that passed is open, or too low, as its priority says."""
        if not candidate.passed or candidate.priority is None:
            return
        low = ""
        if policy == "full":
            offer = self.offers.get(candidate.key)
            if (offer is not None and candidate.priority < rounded(offer.cost)) or (
                offer is None and candidate.fate == "below_cost"
            ):
                low = "below_cost"
            elif candidate.priority < self._floor:
                low = "below_floor"
        if (candidate.fate if candidate.fate.startswith("below_") else "") != low:
            told = f"{candidate.key} with the priority {candidate.priority} is {candidate.fate}"
            yield f"{told}, but must be {low or 'open'}"

    def _declared(self, candidate: Candidate) -> Iterator[str]:
        """Prove that what holds a candidate back is declared at all."""
        unknown = candidate.fate == "held_back" and candidate.reason not in self._holds
        if unknown or (candidate.fate == "suppressed" and not self._suppresses):
            told = f"{candidate.key} is {candidate.fate} by {candidate.reason!r}"
            yield f"{told}, which is not declared"

    def _order(self, candidate: Candidate) -> tuple[float, int]:
        priority = -math.inf if candidate.priority is None else candidate.priority
        return -priority, self._places[candidate.key]

    def _delivered(self, decision: Decision) -> Iterator[str]:
        """Prove that what is done is as it was declared."""
        offer = self.offers[decision.name, decision.treatment or ""]
        action = offer.action
        wanted: dict[str, object] = {
            "issue": offer.issue,
            "group": offer.group,
            "channel": offer.channel,
            "placement": offer.placement,
            "cost": rounded(offer.cost),
            "propensity": _propensity(offer, decision),
            "value": rounded(action.value),
            "levers": rounded(action.levers),
        }
        if not action.about:
            wanted["items"] = ()
        for name, value in wanted.items():
            if getattr(decision, name) != value:
                yield f"{name} is {getattr(decision, name)!r}; by the configuration {value!r}"
        begin, end = decision.times
        made = ms(decision.decision_time)
        if begin is not None and ms(begin) - made != offer.wait:
            yield f"not before {begin.isoformat()}, not {offer.wait:,} ms after its decision"
        if end is not None and ms(end) - made != offer.lifetime:
            yield f"it expires at {end.isoformat()}, not {offer.lifetime:,} ms after its decision"

    def _beliefs(self, decision: Decision) -> Iterator[str]:
        """Prove that what chances follow from is told, and is what the winner was chosen by."""
        for one in decision.candidates:
            learned = one.passed and self.offers[one.key].action.propensity == LEARNED
            there = one.propensity is not None, one.evidence is not None
            if there != (one.passed, learned):
                wanted = (["propensity"] if one.passed else []) + (["evidence"] if learned else [])
                yield f"{one.key} must tell {wanted or 'neither'} of propensity and evidence"
            declared = _propensity(self.offers[one.key], decision)
            if one.passed and not learned and one.propensity != declared:
                told = f"the propensity of {one.key} is {one.propensity!r}"
                yield f"{told}; by the configuration {declared!r}"
            if one.fate == "won" and one.propensity != decision.propensity:
                yield f"the propensity of the winner is {one.propensity!r} among the candidates"

    def _chances(self, decision: Decision) -> Iterator[str]:
        """Prove that each had the chance that it must have, and that the winner was drawn."""
        by_key = {candidate.key: candidate for candidate in decision.candidates}
        declared = [by_key[key] for key in self.offers]
        told = [round(one.action_prob * _MILLION) for one in declared]
        open_to = [one for one in declared if _is_open(one)]
        found = self._millionths(decision, open_to)
        wanted = [found.get(one.key, 0) for one in declared]
        slack = self._slack(decision, open_to)
        off = [abs(one - other) for one, other in zip(told, wanted, strict=True)]
        allowed = [slack if one.key in found else 0 for one in declared]
        if any(by > most for by, most in zip(off, allowed, strict=True)):
            yield f"in millionths the chances are {told}, but must be {wanted}"
            return
        number, total = self._number(decision.decision_id), 0
        for candidate, chance in zip(declared, told, strict=True):
            total += chance
            if total > number:
                if candidate.fate != "won":
                    yield f"the draw is {number}: it fell on {candidate.key}"
                return

    def _millionths(self, decision: Decision, open_to: Sequence[Candidate]) -> dict[Key, int]:
        priorities = [candidate.priority or 0.0 for candidate in open_to]
        if decision.policy == "random":
            likely = [1.0 / len(open_to)] * len(open_to)
        elif decision.policy == "full" and self._rule.kind != "none" and len(open_to) > 1:
            likely = self._explored(open_to, priorities)
        else:
            best = 0
            if decision.policy == "full":
                best = priorities.index(max(priorities))
            if decision.policy == "propensity":
                offers = (self.offers[candidate.key] for candidate in open_to)
                propensities = [_propensity(offer, decision) for offer in offers]
                best = propensities.index(max(propensities))
            return {open_to[best].key: _MILLION}
        keys = (candidate.key for candidate in open_to)
        return dict(zip(keys, _whole(likely), strict=True))

    def _explored(self, open_to: Sequence[Candidate], priorities: Sequence[float]) -> list[float]:
        rule, n = self._rule, len(open_to)
        if rule.kind == "thompson":
            likely = chances_drawn(self._believed(open_to))
        else:
            likely = _by_priority(rule, priorities)
        mixed = [rule.share / n + (1.0 - rule.share) * one for one in likely]
        return [rule.least + (1.0 - n * rule.least) * one for one in mixed]

    def _believed(self, open_to: Sequence[Candidate]) -> list[Believed]:
        found = []
        for one in open_to:
            weight = self.offers[one.key].action.prior_weight
            strength = 0.0 if one.evidence is None else weight + one.evidence
            found.append(Believed(one.priority or 0.0, one.propensity or 0.0, strength))
        return found

    def _slack(self, decision: Decision, open_to: Sequence[Candidate]) -> int:
        """Return by how many millionths chances may differ from those found here."""
        if decision.policy == "full" and self._rule.kind == "softmax":
            return 1  # exponentials may differ in the last bit from one library to another
        if decision.policy == "full" and self._rule.kind == "thompson" and len(open_to) > 1:
            known = can_be_told(self._believed(open_to))
            return math.ceil(SLACK * _MILLION) if known else _MILLION
        return 0

    def _number(self, decision_id: str) -> int:
        text = f"exploration\x1f{self._rule.salt}\x1f{decision_id}"
        digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") % _MILLION


def _is_open(candidate: Candidate) -> bool:
    return candidate.fate in ("won", "outranked", "not_drawn")


def _propensity(offer: Offer, decision: Decision) -> float:
    told = offer.action.propensity
    if told == LEARNED:
        return decision.propensity or 0.0
    if isinstance(told, str):
        return rounded(decision.score if told == "score" else 1.0 - decision.score)
    return rounded(told)


def _by_priority(rule: Exploration, priorities: Sequence[float]) -> list[float]:
    best = max(priorities)
    if rule.kind == "softmax":
        weights = [math.exp((one - best) / rule.temperature) for one in priorities]
        return [weight / sum(weights) for weight in weights]
    likely = [0.0] * len(priorities)
    likely[priorities.index(best)] = 1.0
    return likely


def _whole(likely: Sequence[float]) -> list[int]:
    """Return chances in whole millionths: what is cut off goes to those that lost most by it."""
    wanted = [rounded(one * _MILLION) for one in likely]
    whole = [math.floor(one) for one in wanted]
    by_rest = sorted(range(len(whole)), key=lambda at: whole[at] - wanted[at])
    for at in by_rest[: _MILLION - sum(whole)]:
        whole[at] += 1
    return whole
