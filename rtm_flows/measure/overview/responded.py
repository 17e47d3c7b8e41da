"""Responded: what came of what was shown, and the outcomes that are about nothing known.

In: the lines of `responses.jsonl` and `orphans.jsonl`. Out: counts by action, by reason and over
time. It refuses to know who responded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from rtm_flows.errors import InputError
from rtm_flows.measure.overview.cells import Cells, Course
from rtm_flows.measure.recorded import Reading
from rtm_flows.measure.scan import Line

WELCOME, PASSED = "welcome", "not welcome"
"""Names in the cells of a course."""

_KINDS = 500
_OTHERS = "others"

Offer = tuple[str, str]


class _Response(msgspec.Struct, frozen=True, gc=False):
    action: str
    treatment: str
    shown_time: str
    label: bool


class _Orphan(msgspec.Struct, frozen=True, gc=False):
    time: str
    reason: str


class OfOffer(msgspec.Struct, frozen=True):
    """An action in one treatment: how often it was shown to its end, and how often welcome."""

    action: str
    treatment: str
    n: int
    positives: int


class Answers(msgspec.Struct, frozen=True):
    """All settled responses.

    Attributes
    ----------
    n, positives
        How many, and how many of them were a success.
    offers
        By action and treatment, the most frequent first.
    course
        By when they were shown: welcome or not.
    successes
        By when they were shown: successes by action.
    """

    n: int
    positives: int
    offers: list[OfOffer]
    course: Course
    successes: Course


class Orphans(msgspec.Struct, frozen=True):
    """All orphans: how many, by reason (the most frequent first), and over time by reason."""

    n: int
    reasons: dict[str, int]
    course: Course


def answers(lines: Iterable[Line], path: str) -> Answers:
    """Add up settled responses.

    Raises
    ------
    InputError
        If a line is broken.

    Examples
    --------
    >>> line = (b'{"action":"mail","treatment":"short","label":true,'
    ...         b'"shown_time":"2026-03-02T10:00:00.000Z"}')
    >>> answers([Line(0, line)], "responses.jsonl").offers
    [OfOffer(action='mail', treatment='short', n=1, positives=1)]
    """
    reading = Reading(_Response, path)
    shown: Counter[Offer] = Counter()
    positives: Counter[Offer] = Counter()
    course, successes = Cells(), Cells()
    for line in lines:
        one = reading.of(line.data, line.offset)
        offer = one.action, one.treatment
        offer = offer if offer in shown or len(shown) < _KINDS else (_OTHERS, _OTHERS)
        shown[offer] += 1
        _count(course, one.shown_time, WELCOME if one.label else PASSED, path, line)
        if one.label:
            positives[offer] += 1
            _count(successes, one.shown_time, offer[0], path, line)
    ranked = sorted(shown.items(), key=lambda pair: (-pair[1], pair[0]))
    offers = [OfOffer(*offer, n, positives[offer]) for offer, n in ranked]
    total = shown.total(), positives.total()
    return Answers(*total, offers, course.course(), successes.course())


def orphans(lines: Iterable[Line], path: str) -> Orphans:
    """Add up outcomes that are about nothing known.

    Raises
    ------
    InputError
        If a line is broken.

    Examples
    --------
    >>> line = b'{"time":"2026-03-02T10:00:00.000Z","reason":"too_late"}'
    >>> orphans([Line(0, line)], "orphans.jsonl").reasons
    {'too_late': 1}
    """
    reading = Reading(_Orphan, path)
    reasons: Counter[str] = Counter()
    course = Cells()
    for line in lines:
        one = reading.of(line.data, line.offset)
        known = one.reason in reasons or len(reasons) < _KINDS
        reasons[reason := one.reason if known else _OTHERS] += 1
        _count(course, one.time, reason, path, line)
    ranked = sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    return Orphans(reasons.total(), dict(ranked), course.course())


def _count(course: Cells, time: str, name: str, path: str, line: Line) -> None:
    try:
        course.at(time)[name] += 1
    except ValueError as error:
        msg = f"{path}, the line at byte {line.offset:,}: has no time ({error})"
        raise InputError(msg) from None
