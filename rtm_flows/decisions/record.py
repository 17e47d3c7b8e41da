"""The records that leave: one line for a decision, one for a score.

In: nothing; these are types. Out: the shape of the lines, for whoever writes or reads them. It
refuses to know how they are computed.
"""

from __future__ import annotations

import msgspec


class Trigger(msgspec.Struct, frozen=True, gc=False):
    """What fired: the trigger's name, and the ids of its events."""

    type: str
    event_ids: tuple[str, ...]


class FailedRule(msgspec.Struct, frozen=True, gc=False):
    """A rule that does not hold: the stage that it belongs to, and its text as written."""

    stage: str
    rule: str


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """What became of one offer of the catalogue.

    Attributes
    ----------
    name, treatment
        The action, and the form in which it would have been delivered.
    priority
        Its priority; None if it was dropped before there was one.
    action_prob
        Chance with which it was chosen, given this row; those of all candidates add up to 1, or to
        0 where nothing is done.
    stage_dropped, reason
        Where and why it was dropped: stage `eligibility`, `applicability` or `suitability` with
        the text of the first rule that fails, stage `suppression` or `contact_policy` with the name
        of what holds it back, or stage `arbitration` with `outranked`, `not_drawn` (it had a
        chance), `below_cost` or `below_floor`. None for the winner.
    failing
        All rules that fail, where that is asked for and there are any; else it is left out.
    """

    name: str
    treatment: str
    priority: float | None
    action_prob: float
    stage_dropped: str | None
    reason: str | None
    failing: tuple[FailedRule, ...] | msgspec.UnsetType = msgspec.UNSET


class ModelVersion(msgspec.Struct, frozen=True, gc=False):
    """The version of the model that scored: its tick, and what it had learned."""

    name: str
    version: int
    evidence: int
    positives: int


class Text(msgspec.Struct, frozen=True, gc=False):
    """A text in one locale."""

    locale: str
    text: str


class LimitCount(msgspec.Struct, frozen=True, gc=False):
    """How many contacts count for a limit."""

    limit: str
    count: int


class PersonArm(msgspec.Struct, frozen=True, gc=False):
    """The arm of an experiment that the person is in; None if in none."""

    experiment: str
    arm: str | None


class Contribution(msgspec.Struct, frozen=True, gc=False):
    """What a feature adds to the logit."""

    feature: str
    contribution: float


class Contributed(msgspec.Struct, frozen=True, gc=False):
    """What made the score, in units of its logit, the natural logarithm of the odds.

    Attributes
    ----------
    logit
        `base`, all of `features` and `rest` add up to it; the score is 1 / (1 + exp(-logit)).
    base
        What is there before any feature.
    features
        What the features that contribute most add, the largest first.
    rest
        What all others add together.
    """

    logit: float
    base: float
    features: tuple[Contribution, ...]
    rest: float


class Reason(msgspec.Struct, frozen=True, gc=False):
    """A reason that the customer may be told, with its texts by locale."""

    code: str
    texts: tuple[Text, ...]


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `decisions.jsonl`.

    Where the decision is `no_action`, `issue` and `group` are "none", the priority is 0, and
    channel, treatment, factors and delivery times are None: there is nothing to deliver.

    Attributes
    ----------
    decision_id
        Hash of what caused it; the same on every replay.
    decision_time
        The person's clock.
    subject_id, subject_type
        The person's id, and whether it is that of a `user` or `anonymous`.
    trigger
        What fired.
    issue, group, name, channel, placement, treatment
        The action chosen, and where and in which form it is delivered.
    rank
        1: one action a decision.
    priority, propensity, context_weight, value, levers
        The rounded factors, and their product from left to right, rounded.
    cost
        What the delivery costs, in the unit of `value`.
    action_prob
        Chance with which this decision was made, given this row.
    policy
        How it was chosen: `full`, or what an arm of an experiment says instead.
    arms
        The person's arm of each experiment.
    held_out
        Whether it is not to be delivered, because the person is in an arm that is held out.
    limits
        Of the limits that it falls under, how many contacts count, this one included.
    candidates
        The whole catalogue: offers that passed all rules by falling priority, ties in declared
        order, then those dropped by a rule in declared order.
    model, score
        What scored, and the score.
    contributions
        What made the score; None where the prior was served, and where none is asked for.
    features
        The row as served, rounded to six decimals.
    features_hash
        BLAKE2b (8 bytes, hexadecimal) of these numbers as little-endian float64, in order.
    profile_lag_ms
        How far the profile was behind the trigger.
    reasons
        What the customer may be told of why; only what the rules of these reasons found true.
    reason
        For `no_action`, why nothing is done: `no_eligible_action`, `below_cost`, `below_floor`,
        `suppressed` or `held_back`.
    texts
        What the customer reads, by locale.
    items
        Ids of the items that it is about, the one to begin with first; empty where it is about none
        in particular.
    not_before, expires_at
        From when on it may be delivered, and from when on no more.
    supersedes
        Id of the earlier decision that this one makes void if it has not gone out; None if none.
    config
        Digest of the configuration.
    """

    decision_id: str
    decision_time: str
    subject_id: str
    subject_type: str
    trigger: Trigger
    issue: str
    group: str
    name: str
    channel: str | None
    placement: str | None
    treatment: str | None
    rank: int
    priority: float
    propensity: float | None
    context_weight: float | None
    value: float | None
    levers: float | None
    cost: float | None
    action_prob: float
    policy: str
    arms: tuple[PersonArm, ...]
    held_out: bool
    limits: tuple[LimitCount, ...]
    candidates: tuple[Candidate, ...]
    model: ModelVersion
    score: float
    contributions: Contributed | None
    features: dict[str, float | None]
    features_hash: str
    profile_lag_ms: int
    reasons: tuple[Reason, ...]
    reason: str | None
    texts: tuple[Text, ...]
    items: tuple[str, ...]
    not_before: str | None
    expires_at: str | None
    supersedes: str | None
    config: str


class Score(msgspec.Struct, frozen=True, gc=False):
    """One line of `scores.jsonl`; `version` is -1 before the first."""

    time: str
    subject_id: str
    subject_type: str
    event_id: str
    model: str
    version: int
    score: float
