"""Local days, weeks and months: as zoneinfo has them, and as the clocks of Europe are changed."""

from __future__ import annotations

import datetime as dt
import itertools
import zoneinfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.errors import ConfigError
from rtm_flows.people.rows import Ints
from rtm_flows.policy.rules import CALENDAR, LONGEST
from rtm_flows.policy.zones import Zones

NAMES = (
    *("UTC", "Europe/Berlin", "Europe/London", "Europe/Dublin", "Europe/Moscow", "Asia/Baku"),
    *("Asia/Ho_Chi_Minh", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tehran", "Asia/Riyadh"),
    *("Asia/Amman", "Asia/Beirut", "Asia/Pyongyang", "Africa/Cairo", "Africa/Casablanca"),
    *("America/New_York", "America/Los_Angeles", "America/St_Johns", "America/Sao_Paulo"),
    *("America/Havana", "America/Asuncion", "America/Santiago", "America/Caracas"),
    *("Australia/Sydney", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati"),
    *("Pacific/Kwajalein", "Pacific/Chatham", "Antarctica/Troll", "Antarctica/Casey"),
)
"""Zones with half and quarter hours, clocks put by 20 minutes to 24 hours, and days left out."""
SPRING_1990 = 631_152_000_000
AUTUMN_2023 = 1_700_000_000_000
"""Times of the past: no later edition of the database of zones is to change what is expected."""
DAY, HOUR, MINUTE = 86_400_000, 3_600_000, 60_000
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def zone(name: str) -> zoneinfo.ZoneInfo:
    """Return a zone as Python has it."""
    try:
        return zoneinfo.ZoneInfo(name)
    except zoneinfo.ZoneInfoNotFoundError:
        pytest.skip("this machine has no database of time zones")


def ms(moment: dt.datetime) -> int:
    """Return an instant in milliseconds."""
    return (moment - EPOCH) // dt.timedelta(milliseconds=1)


def plain_start(period: str, clock: int, where: dt.tzinfo) -> int:
    """Return when the local period of an instant began, by Python's own arithmetic.

    Where midnight does not exist, the first instant of the day is looked for minute by minute.
    """
    local = (EPOCH + dt.timedelta(milliseconds=clock)).astimezone(where)
    first = local.date()
    if period == "calendar_week":
        first -= dt.timedelta(days=first.weekday())
    if period == "calendar_month":
        first = first.replace(day=1)
    midnight = dt.datetime.combine(first, dt.time(), where)
    instant = midnight.astimezone(dt.UTC)
    if instant.astimezone(where).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return ms(instant)
    instant -= dt.timedelta(days=2)
    while instant.astimezone(where).date() < first:
        instant += dt.timedelta(minutes=1)
    return ms(instant)


def changes(name: str) -> list[int]:
    """Return the instants, to the minute, at which the offset of a zone changes."""
    where, found = zone(name), []
    days = range(SPRING_1990, AUTUMN_2023, DAY)

    def offset(at: int) -> dt.timedelta | None:
        return (EPOCH + dt.timedelta(milliseconds=at)).astimezone(where).utcoffset()

    for low, high in itertools.pairwise(days):
        if offset(low) != offset(high):
            found.append(
                next(at for at in range(low, high + 1, MINUTE) if offset(at) != offset(low))
            )
    return found


CLOCKS = st.integers(SPRING_1990, AUTUMN_2023)


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), CLOCKS), min_size=1, max_size=40),
    st.sampled_from(CALENDAR),
)
def test_periods_begin_as_python_says(rows: list[tuple[str, int]], period: str) -> None:
    """In any mixture of zones and instants, asked for at once."""
    zones = Zones()
    codes = zones.codes([name for name, _ in rows])
    clocks = np.array([clock for _, clock in rows], dtype=np.int64)

    assert zones.starts(period, clocks, codes).tolist() == [
        plain_start(period, clock, zone(name)) for name, clock in rows
    ]


@pytest.mark.parametrize("name", NAMES)
def test_periods_are_exact_wherever_clocks_are_changed(name: str) -> None:
    """To the millisecond before and after, within the day, and a day and a month later."""
    near = (-DAY, -HOUR, -MINUTE - 1, -1, 0, 1, MINUTE, HOUR - 1, HOUR, 3 * HOUR, DAY, 31 * DAY)
    clocks = [at + offset for at in changes(name)[-40:] for offset in near]
    zones = Zones(name)

    for period in CALENDAR:
        found = zones.starts(period, np.array(clocks, dtype=np.int64), none(len(clocks)))
        assert found.tolist() == [plain_start(period, clock, zone(name)) for clock in clocks]


def none(rows: int) -> Ints:
    """Return the number of the default zone for so many rows."""
    return np.zeros(rows, dtype=np.int64)


@pytest.mark.parametrize("year", [1996, 2024, 2050, 2099])
def test_european_days_of_23_and_25_hours(year: int) -> None:
    """The last Sundays of March and October, until the end of the range."""
    for month, hours in ((3, 23), (10, 25)):
        last = dt.datetime(year, month, 31, tzinfo=dt.UTC)
        sunday = last - dt.timedelta(days=(last.weekday() + 1) % 7)
        evening = np.array([ms(sunday) + 20 * HOUR, ms(sunday) + DAY + 20 * HOUR])
        begins = Zones("Europe/Berlin").starts("calendar_day", evening, none(2)).tolist()

        assert begins[1] - begins[0] == hours * HOUR


@pytest.mark.parametrize(
    ("name", "clock", "begins"),
    [
        # Clocks go from 24:00 to 01:00: the day begins at one.
        ("America/Sao_Paulo", "2018-11-04T12:00:00-02:00", "2018-11-04T01:00:00-02:00"),
        # And from 24:00 back to 23:00: that hour, twice, is the old day's.
        ("America/Sao_Paulo", "2018-02-17T23:30:00-03:00", "2018-02-17T00:00:00-02:00"),
        ("America/Sao_Paulo", "2018-02-18T00:00:00-03:00", "2018-02-18T00:00:00-03:00"),
        # A minute after midnight back to 23:01: midnight comes twice, and the first one counts.
        ("America/St_Johns", "2010-11-07T00:00:30-03:30", "2010-11-07T00:00:00-02:30"),
        # There was no 30th of December.
        ("Pacific/Apia", "2011-12-31T00:00:00+14:00", "2011-12-31T00:00:00+14:00"),
    ],
)
def test_days_at_changed_midnights(name: str, clock: str, begins: str) -> None:
    """A day begins when the local clock first shows its midnight, or something later."""
    now = np.array([ms(dt.datetime.fromisoformat(clock))])

    found = Zones(name).starts("calendar_day", now, none(1))
    assert found.tolist() == [ms(dt.datetime.fromisoformat(begins))]


def test_no_period_is_as_long_as_is_said() -> None:
    """Of all zones and instants: what is remembered for so long is remembered for long enough."""
    zones = Zones()
    clocks = np.arange(SPRING_1990, 4_102_444_800_000, 3 * HOUR + 7, dtype=np.int64)
    for code, name in enumerate(NAMES):
        assert zones.codes([name]).tolist() == [code]
        for period in CALENDAR:
            passed = clocks - zones.starts(period, clocks, np.full(len(clocks), code))
            assert passed.min() >= 0
            assert passed.max() < LONGEST[period]


def test_an_unknown_zone_is_the_default() -> None:
    """Whatever a record calls its zone, and where it calls it nothing."""
    zones = Zones("Asia/Baku")
    unknown = ["Asia/Bakoo", "", None, "\ud800", "+02:00", "Europe/berlin"]

    assert zones.codes([*unknown, "Asia/Baku", "UTC"]).tolist() == [0] * 7 + [1]
    assert zones.names == ["Asia/Baku", "UTC"]


def test_the_default_must_be_known() -> None:
    """What everybody without a zone has is no guess."""
    with pytest.raises(ConfigError, match="'Asia/Bakoo' is not an IANA time zone"):
        Zones("Asia/Bakoo")
