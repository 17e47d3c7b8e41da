"""The records that an audit reads: what it needs of a line, and nothing else.

In: nothing; these are types. Out: the shape of a decision for whoever proves something of it. They
are written anew, and not imported, so that a mistake in the decider's own types is found.
"""

from __future__ import annotations

import datetime as dt

import msgspec

NOTHING = "no_action"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)

_HOLDS = {"suppression": "suppressed", "contact_policy": "held_back"}
"""Stages at which what passed its rules is held back, and what it then is."""

Key = tuple[str, str]
"""Names of an action and of its treatment."""


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """What became of one action in one of its treatments."""

    name: str
    treatment: str
    priority: float | None
    action_prob: float
    stage_dropped: str | None
    reason: str | None
    propensity: float | None = None
    evidence: int | None = None

    @property
    def key(self) -> Key:
        """Names of the action and of its treatment."""
        return self.name, self.treatment

    @property
    def passed(self) -> bool:
        """Whether no rule dropped it."""
        return self.stage_dropped in (None, "arbitration", *_HOLDS)

    @property
    def fate(self) -> str:
        """Where it ended: `won`, what it lost by or was held back by, or the stage of a rule."""
        if self.stage_dropped is None:
            return "won"
        if self.stage_dropped == "arbitration":
            return str(self.reason)
        return _HOLDS.get(self.stage_dropped, self.stage_dropped)


class Trigger(msgspec.Struct, frozen=True, gc=False):
    """What fired."""

    type: str
    event_ids: tuple[str, ...]


class PersonArm(msgspec.Struct, frozen=True, gc=False):
    """The arm of an experiment that a person is in."""

    experiment: str
    arm: str | None


class LimitCount(msgspec.Struct, frozen=True, gc=False):
    """How many contacts count for a limit."""

    limit: str
    count: int


class Contribution(msgspec.Struct, frozen=True, gc=False):
    """What a feature adds to the logit."""

    feature: str
    contribution: float


class Contributed(msgspec.Struct, frozen=True, gc=False):
    """What made the score."""

    logit: float
    base: float
    features: tuple[Contribution, ...]
    rest: float


class Decision(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of `decisions.jsonl`; other fields are not looked at."""

    decision_id: str
    decision_time: dt.datetime
    config: str = ""
    """Digest of the configuration that it was made by."""
    subject_id: str
    subject_type: str
    trigger: Trigger
    issue: str
    group: str
    name: str
    channel: str | None
    placement: str | None
    treatment: str | None
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
    score: float
    contributions: Contributed | None
    features: dict[str, float | None]
    features_hash: str
    reason: str | None
    not_before: dt.datetime | None
    expires_at: dt.datetime | None
    items: tuple[str, ...] = ()
    supersedes: str | None = None

    @property
    def acts(self) -> bool:
        """Whether anything is done."""
        return self.name != NOTHING

    @property
    def person(self) -> str:
        """The person's key."""
        return f"{self.subject_type[:1]}:{self.subject_id}"

    @property
    def factors(self) -> tuple[float | None, ...]:
        """What the priority is the product of, in order."""
        return self.propensity, self.context_weight, self.value, self.levers

    @property
    def times(self) -> tuple[dt.datetime | None, dt.datetime | None]:
        """From when until before when it may be delivered."""
        return self.not_before, self.expires_at


def ms(moment: dt.datetime) -> int:
    """Return an instant in milliseconds since 1970 in UTC; one without offset is in UTC.

    Examples
    --------
    >>> ms(dt.datetime(1970, 1, 1, 0, 0, 1, 5_000))
    1005
    """
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return (moment - _EPOCH) // _MILLISECOND


def rounded(number: float) -> float:
    """Return a number with six decimals, halves to even.

    Examples
    --------
    >>> rounded(2 / 3)
    0.666667
    """
    scaled = number * 1e6
    return round(scaled) / 1e6 if abs(scaled) < 1e300 else scaled
