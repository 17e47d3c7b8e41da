"""The settings of the fashion shop.

In: numbers chosen by the user. Out: a checked, frozen record. It knows nothing of people or lines.
"""

from __future__ import annotations

import msgspec

from rtm_flows.simulate.shop import DAY_MS, instant, require


class Fashion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fashion shop to simulate: the same settings give the same bytes.

    Parameters
    ----------
    people
        Places, each held by one person at a time: who leaves for good is followed by another.
    days
        Length in days. Visits that begin before the end are told to their last event; of what
        follows from them, only what comes before the end.
    seed
        Seed of every draw.
    start
        Begin, RFC 3339 with an offset.
    visits_per_day
        Mean visits of a place a day, beside those that messages bring about.
    messages
        Whether the shop sends its campaigns.
    duplicates
        Share of events told twice; the copy arrives within 5 s of the first.
    late
        Share of records that arrive 5 to 60 minutes after they should.
    disorder_ms
        Mean delay of arrival in milliseconds (exponential, at most 15 times the mean).
    broken
        Damaged records, as a share of the events. Each is an extra, failed telling of an event
        that is also told whole.

    Raises
    ------
    ConfigError
        If a value is out of its range.

    Examples
    --------
    >>> shop = Fashion(people=10, days=0.5)
    >>> shop.end_ms - shop.start_ms
    43200000
    """

    people: int = 500
    days: float = 1.0
    seed: int = 1
    start: str = "2026-03-02T00:00:00Z"
    visits_per_day: float = 0.5
    messages: bool = True
    duplicates: float = 0.0
    late: float = 0.0
    disorder_ms: int = 0
    broken: float = 0.0

    def __post_init__(self) -> None:
        """Check every range."""
        require("people", self.people, 1, 100_000_000)
        require("days", self.days, 0, 3_650)
        require("seed", self.seed, 0, 2**63)
        require("visits_per_day", self.visits_per_day, 0, 24)
        require("disorder_ms", self.disorder_ms, 0, DAY_MS)
        for name in ("duplicates", "late", "broken"):
            require(name, getattr(self, name), 0, 1)
        instant(self.start)

    @property
    def in_order(self) -> bool:
        """Each event is told once, whole, in the order of time."""
        return not (self.duplicates or self.late or self.disorder_ms or self.broken)

    @property
    def start_ms(self) -> int:
        """Begin, milliseconds since 1970 UTC."""
        return round(instant(self.start).timestamp() * 1000)

    @property
    def end_ms(self) -> int:
        """End (exclusive), milliseconds since 1970 UTC."""
        return self.start_ms + round(self.days * DAY_MS)
