"""Proofs of one decision: what must be true of its numbers whatever stands around it.

In: a decision. Out: sentences, one for each thing that is not as it must be. They refuse to know
how decisions come about: what is true is said of the record alone.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Callable, Iterator

from rtm_flows.audit.fates import chance, nothing, winner
from rtm_flows.audit.record import Decision, rounded

_ADDED = 1e-9
"""How far contributions, each with nine decimals, may add up beside the logit."""
_FLOAT = 1e-13
"""What adding them as floats may put to that, for each unit of their size."""
_SCORE = 1e-6


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
        if factor != rounded(factor):
            yield f"the factor {factor!r} has more than six decimals"
        product *= factor
    if decision.priority != rounded(product):
        yield f"priority {decision.priority!r}, but its factors make {rounded(product)!r}"
    if decision.cost is None:
        yield "something is done, but it has no cost"
    elif decision.policy == "full" and decision.priority < decision.cost:
        yield f"the priority {decision.priority} does not cover the cost {decision.cost}"


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
        yield f"it may be delivered from {begin.isoformat()}, before it was decided"


def features(decision: Decision) -> Iterator[str]:
    """Prove that the hash of the features, all of which are numbers, is that of these."""
    packed = struct.pack(f"<{len(decision.features)}d", *decision.features.values())
    found = hashlib.blake2b(packed, digest_size=8).hexdigest()
    if found != decision.features_hash:
        yield f"features_hash is {decision.features_hash!r}, of the features it is {found!r}"


def contributions(decision: Decision) -> Iterator[str]:
    """Prove that contributions add up to the logit, and that the score is of that logit."""
    told = decision.contributions
    if told is None:
        return
    features = [one.contribution for one in told.features]
    parts = [told.base, *features, told.rest]
    total, size = math.fsum(parts), math.fsum(map(abs, parts))
    if abs(total - told.logit) > _ADDED + _FLOAT * size:
        yield f"base, features and rest add up to {total:.9f}, the logit is {told.logit}"
    sizes = [abs(one) for one in features]
    if sizes != sorted(sizes, reverse=True):
        yield "a larger contribution stands behind a smaller one"
    unknown = [one.feature for one in told.features if one.feature not in decision.features]
    if unknown:
        yield f"what is no feature contributes: {unknown}"
    score = 1.0 / (1.0 + math.exp(-told.logit)) if told.logit > -700.0 else 0.0
    if abs(score - decision.score) > _SCORE:
        yield f"the score is {decision.score}; of the logit {told.logit} it is {score:.6f}"


PROOFS: dict[str, Callable[[Decision], Iterator[str]]] = {
    "priority": priority,
    "chance": chance,
    "winner": winner,
    "nothing": nothing,
    "delivery": delivery,
    "features": features,
    "contributions": contributions,
}
"""The proofs that need nothing but the record."""


def asked(check: str, decision: Decision) -> bool:
    """Tell whether a record holds what a proof is of.

    Of a feature that is no number the line does not tell whether it is missing or infinite.
    """
    if check == "contributions":
        return decision.contributions is not None
    return check != "features" or None not in decision.features.values()
