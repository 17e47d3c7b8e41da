"""Limits: how often a person may be contacted, as it is written in the configuration.

In: the keys under `[[limits]]`. Out: records of them. It refuses to judge them: `lint.py` does,
which knows the whole list and the catalogue.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from rtm_flows.policy.scope import Scope
from rtm_flows.times import DAY, parse_duration

CALENDAR: Final = ("calendar_day", "calendar_week", "calendar_month")
"""The periods of a calendar, in the person's zone; a week begins on Monday (ISO 8601)."""

LONGEST: Final = {"calendar_day": 2 * DAY, "calendar_week": 8 * DAY, "calendar_month": 33 * DAY}
"""Milliseconds that no such period comes up to, however clocks are changed in it."""


class Window(NamedTuple):
    """What a limit looks back at."""

    calendar: str | None
    """A period of `CALENDAR`; None for a stretch that goes along with time."""
    span: int
    """Milliseconds of that stretch; of a calendar's period, what it never comes up to."""


class Limit(Scope, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A limit of the contacts of one person by the actions of a scope.

    An action that is meant by the limit counts for it, and is held back by it.

    Attributes
    ----------
    name
        Unique among the limits; the reason that is given for what it holds back.
    most
        So many contacts at most.
    per
        In which window: an ISO 8601 duration, or a period of `CALENDAR`.
    interval
        ISO 8601 duration: the least time from one contact to the next. It means the same as
        `most = 1` per that duration.

    Examples
    --------
    >>> Limit(name="mail_week", channels="email", most=2, per="calendar_week").window
    Window(calendar='calendar_week', span=691200000)
    >>> Limit(name="mail_gap", channels="email", interval="P2D").window
    Window(calendar=None, span=172800000)
    """

    name: str
    most: int | None = None
    per: str | None = None
    interval: str | None = None

    @property
    def bound(self) -> int:
        """The contacts that use the limit up."""
        return 1 if self.most is None else self.most

    @property
    def window(self) -> Window:
        """What the limit looks back at.

        Raises
        ------
        ValueError
            If `per` or `interval` is neither a duration nor a period.
        """
        text = self.interval or self.per or ""
        if text in CALENDAR:
            return Window(text, LONGEST[text])
        return Window(None, parse_duration(text))
