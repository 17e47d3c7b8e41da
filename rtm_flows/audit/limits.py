"""Limits, counted again: for every decision, all contacts of the person before it are looked at.

In: the limits as they are written in a configuration, decisions in their order, and outcomes. Out:
the limits that a decision went beyond. It is the plainest algorithm there is, and shares nothing
with the decider's: calendars are Python's own.

A contact counts at the decision's time t if it lies in the window (after t - D; or from the begin
of the local period on), and t is before it expires or its delivery was told before t; unless it was
told by t that it failed. Where times are equal, what speaks for the decider is taken.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from rtm_flows.audit.outcomes import Outcomes
from rtm_flows.audit.record import Decision, ms

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_SCOPES = {"channels": "channel", "issues": "issue", "groups": "group", "actions": "name"}
_CALENDAR = ("calendar_day", "calendar_week", "calendar_month")
_EXEMPT = {"except_issues": "issue", "except_actions": "name"}
_LONG = 40 * 86_400_000
"""Longer than any period of a calendar."""


Names = tuple[str, ...] | str


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One table of `[[limits]]`, as it is written."""

    name: str
    most: int = 1
    per: str = ""
    interval: str = ""
    channels: Names = ()
    issues: Names = ()
    groups: Names = ()
    actions: Names = ()
    except_issues: Names = ()
    except_actions: Names = ()

    def __post_init__(self) -> None:
        """Refuse a window that nothing can be counted in."""
        window = self.interval or self.per
        if window not in _CALENDAR and not _span(self):
            msg = f"the limit {self.name!r} has no window; got {window!r}"
            raise ValueError(msg)


class _Contact(NamedTuple):
    time: int
    expires: int
    person: str
    decision_id: str
    limits: tuple[str, ...]


class LimitBook:
    """The contacts of everybody, and the limits that they are held to.

    Parameters
    ----------
    limits
        The tables under `[[limits]]`.
    outcomes
        What the input told.
    zone
        Zone of people who have told none, or one that is unknown.

    Raises
    ------
    ValueError
        If that zone is unknown.
    """

    def __init__(self, limits: Sequence[Rule], outcomes: Outcomes, zone: str = "UTC") -> None:
        self._limits = limits
        self._outcomes = outcomes
        found = _zone(zone)
        if found is None:
            msg = f"zone: {zone!r} is not known here"
            raise ValueError(msg)
        self._zone = found
        self._contacts: dict[str, list[_Contact]] = {}
        self._memory = max([_LONG, *(_span(limit) or 0 for limit in limits)])

    def concerns(self, decision: Decision) -> bool:
        """Tell whether any limit is of what was decided."""
        return any(meant(limit, decision) for limit in self._limits)

    def enter(self, decision: Decision) -> Iterator[str]:
        """Take in what is done for somebody, and tell which limits that goes beyond."""
        now, person = ms(decision.decision_time), decision.person
        known = self._contacts.get(person, [])
        before = [one for one in known if one.time > now - self._memory]
        under = [limit for limit in self._limits if meant(limit, decision)]
        for limit in under:
            since = self._since(limit, now, person)
            own = [
                one.decision_id
                for one in before
                if limit.name in one.limits and one.time >= since and self._counts(one, now)
            ]
            if len(own) >= limit.most:
                text = f"{limit.name!r} allows {limit.most}"
                yield f"{text}; {len(own)} counted before, last {own[-1]}"
        expires = now if decision.expires_at is None else ms(decision.expires_at)
        names = tuple(limit.name for limit in under)
        new = _Contact(now, expires, person, decision.decision_id, names)
        self._contacts[person] = [*before, new]

    def _counts(self, contact: _Contact, now: int) -> bool:
        key = contact.person, contact.decision_id
        failed, settled = self._outcomes.failed(*key), self._outcomes.settled(*key)
        if failed is not None and failed <= now:
            return False
        return now < contact.expires or (settled is not None and settled < now)

    def _since(self, limit: Rule, now: int, person: str) -> int:
        """Return the first millisecond of the window."""
        span = _span(limit)
        if span is not None:
            return now - span + 1
        zone = self._zone_of(person, now)
        moment = dt.datetime.fromtimestamp(now // 1000, zone)
        day = moment.date()
        if limit.per == "calendar_week":
            day -= dt.timedelta(days=day.weekday())
        if limit.per == "calendar_month":
            day = day.replace(day=1)
        # Where midnight is skipped, Python takes the instant at which that begins.
        return ms(dt.datetime.combine(day, dt.time(), zone))

    def _zone_of(self, person: str, now: int) -> zoneinfo.ZoneInfo:
        return _zone(self._outcomes.zone(person, now) or "") or self._zone


def _zone(name: str) -> zoneinfo.ZoneInfo | None:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def meant(limit: Rule, decision: Decision) -> bool:
    """Tell whether a limit is of what was decided.

    Parameters
    ----------
    limit
        The limit.
    decision
        What was decided; its channel, issue, group and name are looked at.
    """
    for keys, inside in ((_SCOPES, True), (_EXEMPT, False)):
        for key, field in keys.items():
            names = getattr(limit, key)
            names = [names] if isinstance(names, str) else names
            if names and (getattr(decision, field) in names) != inside:
                return False
    return True


def _span(limit: Rule) -> int | None:
    """Return the milliseconds of a window that goes along; None for a calendar's period."""
    match = _DURATION.fullmatch(limit.interval or limit.per)
    if match is None:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return round(1000 * (seconds + 60 * (minutes + 60 * (hours + 24 * days))))
