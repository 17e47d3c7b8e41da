"""Whether nobody leaves of whom something is still to come.

In: a job. Out: nothing, or an error that names the key and what it must be longer than.
"""

from __future__ import annotations

from collections.abc import Iterator

from rtm_flows.config.job import Job
from rtm_flows.decisions.offers import offers_of
from rtm_flows.errors import refuse
from rtm_flows.people.moment_kinds import Timed, span_of
from rtm_flows.policy.suppressions import SPANS
from rtm_flows.times import parse_duration

_Span = tuple[str, int]
"""What it is, by its key, and milliseconds."""


def check_people(job: Job) -> None:
    """Refuse a rule by which somebody would leave of whom something is still to come.

    Raises
    ------
    ConfigError
        At the first mistake; the text starts with its key.
    """
    rule = job.people
    if rule.most_per_lane is not None:
        _check_most(rule.most_per_lane)
    if rule.inactive is None:
        return
    try:
        inactive = parse_duration(rule.inactive)
    except ValueError as error:
        refuse("people.inactive", str(error))
    for key, span in _spans(job):
        if inactive <= span:
            text = f"must be longer than {key}, {_text(span)}; got {rule.inactive}"
            refuse("people.inactive", text)


def _check_most(most: int) -> None:
    if most < 1:
        refuse("people.most_per_lane", f"wants at least 1; got {most}")


def _spans(job: Job) -> Iterator[_Span]:
    """Yield all that a person must have outlived before leaving, after the latest event."""
    yield "sessions.gap", parse_duration(job.sessions.gap)
    yield "dedup.window", parse_duration(job.dedup.window)
    if job.order == "log":
        yield "time.lateness", parse_duration(job.time.lateness)
    if job.models.intent.horizon_ms is not None:
        yield "models.intent.horizon", job.models.intent.horizon_ms
    if job.models.churn is not None:
        yield "models.churn.horizon", job.models.churn.horizon_ms
    yield from _of_suppressions(job)
    for pause in job.pauses:
        yield f"within of the pause {pause.name!r}", pause.within_ms
        yield f"lasts of the pause {pause.name!r}", pause.lasts_ms
    waits = 0
    for moment in job.triggers.moments:
        yield f"the span of the moment {moment.name!r}", span_of(moment)
        if isinstance(moment, Timed):
            waits = max(waits, span_of(moment), parse_duration(job.sessions.gap))
    for key, span in _of_decisions(job):
        # A decision may be made as late after the latest event as a timer fires.
        yield (f"{key}, after a moment of {_text(waits)}" if waits else key), span + waits


def _of_suppressions(job: Job) -> Iterator[_Span]:
    for key in SPANS if job.suppressions is not None else ():
        text = getattr(job.suppressions, key)
        if text:
            yield f"suppressions.{key}", parse_duration(text)


def _of_decisions(job: Job) -> Iterator[_Span]:
    """Yield what goes on after a decision."""
    rule = job.responses
    if rule is not None:
        yield "responses.within and responses.horizon", rule.within_ms + rule.horizon_ms
    for limit in job.limits:
        yield f"the window of the limit {limit.name!r}", limit.window.span
    for offer in offers_of(job.actions):
        yield f"expires_after of the action {offer.name!r}", offer.lifetime_ms


def _text(span: int) -> str:
    """Return a span in the largest whole unit.

    Examples
    --------
    >>> _text(86_400_000), _text(5_400_000), _text(1_500)
    ('P1D', 'PT90M', 'PT1.5S')
    """
    if span % 86_400_000 == 0:
        return f"P{span // 86_400_000}D"
    if span % 60_000 == 0:
        return f"PT{span // 60_000}M"
    return f"PT{span / 1000:g}S"
