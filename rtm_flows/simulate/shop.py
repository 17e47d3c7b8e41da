"""The settings of a simulated shop.

In: numbers chosen by the user. Out: a checked, frozen record. Knows nothing of how visits or
lines are made.
"""

from __future__ import annotations

import datetime as dt
import math

import msgspec

from rtm_flows.errors import ConfigError

DAY_MS = 86_400_000


class Shop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shop to simulate: the same settings give the same bytes.

    Parameters
    ----------
    people
        Number of people who come at any time; a few often, most seldom. Who leaves for good is
        followed by a new person (`rtm_flows/simulate/loyalty.py`).
    days
        Length in days. Visits that begin before the end are told to their last event.
    seed
        Seed of every random draw.
    start
        Begin of the first day, RFC 3339 with an offset.
    visits_per_day
        Mean visits of a person per day; somewhat fewer come, since nobody comes again within 30
        minutes of the last event.
    duplicates
        Share of events told twice; the copy arrives within 5 s of the first.
    late
        Share of records that arrive 5 to 60 minutes after they should.
    disorder_ms
        Mean delay of arrival in milliseconds (exponential, at most 15 times the mean).
    broken
        Damaged records, as a share of the events. Each is an extra, failed telling of an event
        that is also told whole, so no event is lost by it.
    anonymous
        Share of visits in which the person does not log in.

    Raises
    ------
    ConfigError
        If a value is out of its range.

    Examples
    --------
    >>> Shop(people=10).start_ms
    1772409600000
    >>> Shop(late=2)
    Traceback (most recent call last):
    ...
    rtm_flows.errors.ConfigError: shop: late must be a number from 0 to 1, got 2
    """

    people: int = 500
    days: float = 1.0
    seed: int = 1
    start: str = "2026-03-02T00:00:00Z"
    visits_per_day: float = 1.3
    duplicates: float = 0.01
    late: float = 0.003
    disorder_ms: int = 800
    broken: float = 0.002
    anonymous: float = 0.35

    def __post_init__(self) -> None:
        """Check every range."""
        for name in ("duplicates", "late", "broken", "anonymous"):
            require(name, getattr(self, name), 0, 1)
        require("people", self.people, 1, 100_000_000)
        require("days", self.days, 0, 36_500)
        require("seed", self.seed, 0, math.inf)
        require("visits_per_day", self.visits_per_day, 0, 24)
        require("disorder_ms", self.disorder_ms, 0, DAY_MS)
        instant(self.start)

    @property
    def start_ms(self) -> int:
        """Begin of the first day, milliseconds since 1970 UTC."""
        return round(instant(self.start).timestamp() * 1000)

    @property
    def end_ms(self) -> int:
        """End of the last day (exclusive), milliseconds since 1970 UTC."""
        return self.start_ms + round(self.days * DAY_MS)


def require(name: str, value: float, least: float, most: float) -> None:
    """Refuse a setting that is out of its range.

    Raises
    ------
    ConfigError
        If it is.
    """
    if not least <= value <= most:  # false for NaN too
        limit = f"from {least} to {most}" if math.isfinite(most) else f"of at least {least}"
        msg = f"shop: {name} must be a number {limit}, got {value}"
        raise ConfigError(msg)


def instant(text: str) -> dt.datetime:
    """Read an RFC 3339 time with an offset.

    Raises
    ------
    ConfigError
        If it is none.
    """
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        msg = f"shop: start must be an RFC 3339 time with an offset, got {text!r}"
        raise ConfigError(msg)
    return instant
