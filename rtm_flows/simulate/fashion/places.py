"""Where people live: languages, zones, and when in the week they come.

In: the length of a simulation. Out: the time that must pass until so much of a week's traffic has
gone by, and back. It knows nothing of a single person.
"""

from __future__ import annotations

import datetime as dt
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from rtm_flows.simulate.fashion.draws import Floats, Ints
from rtm_flows.simulate.shop import DAY_MS

HOUR_MS: Final = 3_600_000
NEVER: Final = 1 << 62
"""A time that does not come."""


class Locale(NamedTuple):
    """A language and a place, the share of people who live there, and their busiest days."""

    lang: str
    tag: str
    zone: str
    share: float
    week: tuple[float, ...]
    """Visits by weekday from Monday, in terms of an average day."""


_WESTERN = (1.0, 0.96, 0.94, 0.96, 0.92, 1.04, 1.18)
# The weekend in Riyadh is Friday and Saturday; Friday begins late.
_RIYADH = (0.95, 0.95, 0.97, 1.08, 1.05, 1.08, 0.92)
LOCALES = (
    Locale("en", "en-GB", "Europe/London", 0.40, _WESTERN),
    Locale("ar", "ar-SA", "Asia/Riyadh", 0.22, _RIYADH),
    Locale("az", "az-AZ", "Asia/Baku", 0.18, _WESTERN),
    Locale("vi", "vi-VN", "Asia/Ho_Chi_Minh", 0.20, _WESTERN),
)
# Visits by hour of the day: quiet nights, a lunch bump, a long evening.
_HOURS = np.array(
    [3, 2, 1, 1, 1, 2, 4, 6, 8, 9, 10, 11, 12, 11, 10, 10, 11, 12, 14, 16, 17, 14, 9, 5]
)
_RHYTHM = _HOURS / 8.291666666666666
_BEYOND = 45 * DAY_MS


class Rhythm:
    """The traffic of each locale: how much of it has gone by at a time, in average days.

    Examples
    --------
    >>> rhythm = Rhythm(0, 7 * DAY_MS)
    >>> week = rhythm.passed(np.array([2]), np.array([0]), np.array([7 * DAY_MS]))
    >>> round(float(week[0]), 2)
    7.0
    """

    def __init__(self, start_ms: int, end_ms: int) -> None:
        self._hours = np.arange(start_ms - HOUR_MS, end_ms + _BEYOND, HOUR_MS, dtype=np.float64)
        self._gone = [self._cumulative(locale) for locale in LOCALES]

    def _cumulative(self, locale: Locale) -> Floats:
        zone, week = ZoneInfo(locale.zone), locale.week
        busy = []
        for hour in self._hours.tolist():
            local = dt.datetime.fromtimestamp(hour / 1000 + 1800, zone)
            busy.append(_RHYTHM[local.hour] * week[local.weekday()] / 24)
        return np.concatenate([[0.0], np.add.accumulate(np.array(busy))[:-1]])

    def gone(self, locale: Ints, time: Ints) -> Floats:
        """Return the average days that have gone by at each time, from an unnamed beginning."""
        days = np.zeros(len(time))
        for code, gone in enumerate(self._gone):
            here = locale == code
            days[here] = np.interp(time[here], self._hours, gone)
        return days

    def passed(self, locale: Ints, since: Ints, until: Ints) -> Floats:
        """Return the average days between two times."""
        return self.gone(locale, until) - self.gone(locale, since)

    def after(self, locale: Ints, time: Ints, days: Floats) -> Ints:
        """Return when so many average days have gone by since a time; `NEVER` where too late."""
        target = self.gone(locale, time) + days
        then = np.full(len(time), NEVER, dtype=np.int64)
        for code, gone in enumerate(self._gone):
            here = np.flatnonzero((locale == code) & (target < gone[-1]))
            # Whole milliseconds, and always later than before.
            found = np.ceil(np.interp(target[here], gone, self._hours)).astype(np.int64)
            then[here] = np.maximum(found, time[here] + 1)
        return then
