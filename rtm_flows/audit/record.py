"""The records that an audit reads: what it needs of a line, and nothing else.

In: nothing; these are types. Out: the shape of a decision for whoever proves something of it. They
are written anew, and not imported, so that a mistake in the decider's own types is found.
"""

from __future__ import annotations

import datetime as dt

import msgspec

NOTHING = "no_action"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """What became of one action."""

    name: str
    priority: float | None
    action_prob: float
    stage_dropped: str | None
    reason: str | None

    @property
    def passed(self) -> bool:
        """Whether no rule dropped it."""
        return self.stage_dropped in (None, "arbitration")


class Reason(msgspec.Struct, frozen=True, gc=False):
    """Why the decision is what it is."""

    code: str


class Decision(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of `decisions.jsonl`; other fields are not looked at."""

    decision_id: str
    decision_time: dt.datetime
    subject_id: str
    subject_type: str
    issue: str
    group: str
    name: str
    channel: str | None
    treatment: str | None
    priority: float
    propensity: float | None
    context_weight: float | None
    value: float | None
    levers: float | None
    action_prob: float
    candidates: tuple[Candidate, ...]
    reasons: tuple[Reason, ...]
    reason: str | None
    not_before: dt.datetime | None
    expires_at: dt.datetime | None

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
    return (moment - _EPOCH) // dt.timedelta(milliseconds=1)
