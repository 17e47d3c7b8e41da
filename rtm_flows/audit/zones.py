"""Zones: when a local day, week or month began, by Python's own calendar.

In: names of zones, and an instant. Out: an instant. It refuses to know who is in a zone.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from functools import lru_cache

from rtm_flows.audit.record import ms


@lru_cache(maxsize=4096)
def zone_named(name: str) -> zoneinfo.ZoneInfo | None:
    """Return a zone; None if it is unknown."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def begin(period: str, now: int, zone: zoneinfo.ZoneInfo) -> int:
    """Return the instant at which a period of the calendar began, in milliseconds.

    Examples
    --------
    >>> begin("calendar_month", 1_711_882_800_123, zoneinfo.ZoneInfo("UTC"))
    1709251200000
    """
    day = dt.datetime.fromtimestamp(now // 1000, zone).date()
    if period == "calendar_week":
        day -= dt.timedelta(days=day.weekday())
    if period == "calendar_month":
        day = day.replace(day=1)
    # Where midnight is skipped, Python takes the instant at which that begins.
    return ms(dt.datetime.combine(day, dt.time(), zone))
