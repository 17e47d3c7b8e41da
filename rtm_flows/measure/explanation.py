"""Explanation: why one decision is what it is, as far as its record tells.

In: the record of a decision, and the scores of its event. Out: its priority as a product, what
became of each candidate and what its rule looked at, and the features that rules speak of. It
adds nothing that the record does not hold, and refuses to know how it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import accumulate, chain
from operator import mul

import msgspec

from rtm_flows.decisions.fired import EVENT
from rtm_flows.measure.recorded import Candidate, Recorded, RecordedScore
from rtm_flows.rounding import round6_one

FACTORS = ("propensity", "context_weight", "value", "levers")
"""What the priority is the product of, in this order."""

_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_NAME = re.compile(r"[^\W\d]\w*")

Value = float | str | None


class Product(msgspec.Struct, frozen=True):
    """The winner's priority as a product.

    Attributes
    ----------
    factors
        By name, in the order in which they are multiplied.
    exact
        Their product with all its decimals.
    priority
        As it is in the record: the product rounded to six decimals.
    holds
        Whether the factors multiply to the priority, by the rule of the job.
    """

    factors: dict[str, float]
    exact: str
    priority: float
    holds: bool


class Fate(msgspec.Struct, frozen=True):
    """What became of one candidate.

    Attributes
    ----------
    name, treatment, priority, chance, stage, reason
        As in the record; stage and reason are None for the winner.
    looked_at
        What the rule speaks of, with the values at this decision.
    """

    name: str
    treatment: str | None
    priority: float | None
    chance: float | None
    stage: str | None
    reason: str | None
    looked_at: dict[str, Value]


class Passed(msgspec.Struct, frozen=True):
    """A rule that the winner had to pass.

    Attributes
    ----------
    stage, rule
        As in the record.
    looked_at
        What the rule speaks of, with the values at this decision.
    """

    stage: str
    rule: str
    looked_at: dict[str, Value]


class Explanation(msgspec.Struct, frozen=True):
    """Why a decision is what it is.

    Attributes
    ----------
    product
        None where nothing is done.
    candidates
        In the order of the record: the eligible ones by falling priority, then the others.
    passed
        The rules that the winner had to pass, in the order in which they were tried.
    prior_served
        Whether the score is the running rate because the model was not mature; None where the
        record does not tell what the model had learned.
    looked_at
        Names of the features that rules speak of, in the order in which they do.
    """

    product: Product | None
    candidates: list[Fate]
    passed: list[Passed]
    prior_served: bool | None
    looked_at: list[str]


def explain(decision: Recorded, scores: Sequence[RecordedScore] = ()) -> Explanation:
    """Return why a decision is what it is.

    Parameters
    ----------
    decision
        Its record.
    scores
        Those of all models at its event, where they are known.
    """
    known = _known(decision, scores)
    fates = [_fate(candidate, known) for candidate in decision.candidates]
    passed = [Passed(one.stage, one.rule, mentions(one.rule, known)) for one in decision.rule_trace]
    speaking = [*(one.looked_at for one in passed), *(one.looked_at for one in fates)]
    spoken_of = dict.fromkeys(chain.from_iterable(speaking))
    return Explanation(
        product=product_of(decision),
        candidates=fates,
        passed=passed,
        prior_served=_prior_served(decision),
        looked_at=[name for name in spoken_of if name in decision.features],
    )


def product_of(decision: Recorded) -> Product | None:
    """Return the priority as the product of its factors; None where a factor is not recorded."""
    given = [(name, getattr(decision, name)) for name in FACTORS]
    factors: dict[str, float] = {name: value for name, value in given if value is not None}
    if len(factors) < len(FACTORS):
        return None
    exact = list(accumulate((Decimal(repr(value)) for value in factors.values()), mul))[-1]
    product = list(accumulate(factors.values(), mul))[-1]
    return Product(
        factors=factors,
        exact=plain(exact),
        priority=decision.priority,
        holds=round6_one(product) == decision.priority,
    )


def plain(number: float | Decimal) -> str:
    """Write a number without exponent and without decimals that say nothing.

    Examples
    --------
    >>> plain(1.0), plain(0.000001), plain(Decimal("0.9700")), plain(31536000.0)
    ('1', '0.000001', '0.97', '31536000')
    """
    exact = number if isinstance(number, Decimal) else Decimal(repr(number))
    text = format(exact, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def mentions(rule: str, known: Mapping[str, Value]) -> dict[str, Value]:
    """Return of the names that a rule speaks of those that are known, with their values.

    What stands in quotes is a text of the rule, not a name.

    Examples
    --------
    >>> mentions("cart_value at_least 20 and type != 'views'", {"cart_value": 5.0, "views": 1.0})
    {'cart_value': 5.0}
    """
    names = _NAME.findall(_QUOTED.sub(" ", rule))
    return {name: known[name] for name in names if name in known}


def _known(decision: Recorded, scores: Sequence[RecordedScore]) -> dict[str, Value]:
    trigger = decision.trigger.type
    known: dict[str, Value] = {"trigger": trigger}
    if trigger.startswith(EVENT):  # of a moment the log does not tell the type
        known["type"] = trigger.removeprefix(EVENT)
    known.update({one.model: one.score for one in scores})
    if decision.model is not None:
        known[decision.model.name] = decision.score
    return {**known, **decision.features}


def _fate(candidate: Candidate, known: Mapping[str, Value]) -> Fate:
    looked_at = {} if candidate.reason is None else mentions(candidate.reason, known)
    return Fate(
        name=candidate.name,
        treatment=candidate.treatment,
        priority=candidate.priority,
        chance=candidate.action_prob,
        stage=candidate.stage_dropped,
        reason=candidate.reason,
        looked_at=looked_at,
    )


def _prior_served(decision: Recorded) -> bool | None:
    """Tell whether the score is what the running rate would be: no model says that by chance."""
    model = decision.model
    if model is None or model.evidence is None or model.positives is None:
        return None
    return decision.score == round6_one((model.positives + 1) / (model.evidence + 20))
