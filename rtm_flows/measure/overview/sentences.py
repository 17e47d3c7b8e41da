"""Sentences: what stands out in a run, as it is said.

In: numbers. Out: words. They refuse to judge.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from rtm_flows.measure.findings import Level

Topic = Literal[
    "funnel",
    "rules",
    "decisions",
    "triggers",
    "scores",
    "calibration",
    "slices",
    "responses",
    "sessions",
    "accounting",
]
"""Part of the page that says more."""


class Notable(msgspec.Struct, frozen=True):
    """One sentence, and how it should be taken; `good`: something is as it should be."""

    level: Level
    topic: Topic
    text: str


def percent(n: int, whole: int, digits: int = 1) -> str:
    """Return a share.

    Examples
    --------
    >>> percent(1, 8)
    '12.5%'
    """
    return f"{100 * n / whole:.{digits}f}%"


def some(n: int, what: str) -> str:
    """Return how many there are of something.

    Examples
    --------
    >>> some(1, "record"), some(1200, "record")
    ('1 record', '1,200 records')
    """
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


def day(time: str) -> str:
    """Return the date of a time.

    Examples
    --------
    >>> day("2026-03-02T10:00:00.000Z")
    '2026-03-02'
    """
    return time[:10]
