"""Tests of times as mappings declare them."""

from __future__ import annotations

from decimal import Decimal
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.errors import ConfigError
from rtm_flows.events.numeric import Value
from rtm_flows.events.times import BAD_TIME, NO_TIME, TimeReader, read_counts

plain = TimeReader(None, None)
DAY = 86_400_000


@given(st.integers(-(10**11) + 1, 10**11 - 1), st.integers(0, 3))
def test_numbers_below_1e11_are_seconds(digits: int, places: int) -> None:
    """Seconds with up to three decimals are exact, as a number and as text."""
    text = f"{Decimal(digits).scaleb(-places):f}"
    expected = floor(Decimal(text) * 1000)

    assert plain([float(text), text]).tolist() == [expected, expected]


@given(st.decimals(min_value=700_000_000, max_value=4_000_000_000, places=6))
def test_finer_seconds_are_floored(seconds: Decimal) -> None:
    """What is finer than a millisecond is cut off, never rounded up."""
    assert plain([str(seconds)]).tolist() == [floor(seconds * 1000)]


@given(st.integers(10**11, 10**13))
def test_larger_numbers_are_milliseconds(ms: int) -> None:
    """From 1e11 on a number counts milliseconds, whole or not."""
    values: list[Value] = [ms, str(ms), ms + 0.5]

    assert plain(values).tolist() == [ms, ms, ms]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, NO_TIME),
        ("x", BAD_TIME),
        ("nan", BAD_TIME),
        ("inf", BAD_TIME),
        (10**400, BAD_TIME),
        ("1970-01-02", BAD_TIME),
        ("1970-01-02T00:00:00", DAY),
        ("1970-01-02 00:00:00.5+00:00", DAY + 500),
    ],
)
def test_each_value_is_judged_alone(value: Value, expected: int) -> None:
    """Numbers, text and nothing may stand in one column."""
    assert plain([1, value, "1970-01-01T00:00:02Z"]).tolist() == [1000, expected, 2000]


def test_wall_times_follow_their_zone() -> None:
    """In autumn's double hour the earlier is meant; a time that spring skips is none."""
    berlin = TimeReader(None, "Europe/Berlin")
    texts = [
        "2024-01-01T01:00:00",
        "2024-10-27T02:30:00",
        "2024-03-31T02:30:00",
        "2024-03-31T02:30:00Z",
    ]

    times = berlin(texts).tolist()

    assert times[2] == BAD_TIME
    assert [times[0], times[1], times[3]] == plain(
        ["2024-01-01T00:00:00Z", "2024-10-27T00:30:00Z", "2024-03-31T02:30:00Z"]
    ).tolist()


@pytest.mark.parametrize(
    ("time_format", "text", "expected"),
    [
        ("%Y-%m-%d %H:%M:%S UTC", "2019-10-01 00:00:01 UTC", "2019-10-01T00:00:01Z"),
        ("%Y%m%d", 19970118, "1997-01-18T00:00:00Z"),
        ("%d.%m.%Y %H:%M", "29.02.2024 10:00", "2024-02-29T10:00:00Z"),
        ("%m/%d/%y %I:%M %p", "02/03/24 11:05 PM", "2024-02-03T23:05:00Z"),
        ("%Y-%m-%d %H:%M:%S %z", "2015-02-24 11:35:52 -0800", "2015-02-24T19:35:52Z"),
        ("%Y-%m-%d %H:%M:%S.%f", "2024-02-29 23:59:59.5", "2024-02-29T23:59:59.5Z"),
        ("%Y-%m-%d %H:%M:%S%.f", "2024-02-29 23:59:59.1239", "2024-02-29T23:59:59.123Z"),
        ("%s", "1411990498", "2014-09-29T11:34:58Z"),
    ],
)
def test_declared_formats_are_read(time_format: str, text: Value, expected: str) -> None:
    """A format reads what is written in it, Python's `.%f` included, and nothing else."""
    read = TimeReader(time_format, None)([text, "30.02.2024 10:00", None]).tolist()

    assert read == [*plain([expected]).tolist(), BAD_TIME, NO_TIME]


def test_formatted_times_follow_the_zone_unless_they_name_one() -> None:
    """The zone applies to wall times only: neither to offsets nor to seconds since 1970."""
    expected = plain(["2024-07-01T10:00:00Z"]).tolist()

    for time_format, text in [
        ("%Y-%m-%d %H:%M", "2024-07-01 12:00"),
        ("%Y-%m-%d %H:%M %z", "2024-07-01 10:00 +0000"),
        ("%s", "1719828000"),
    ]:
        assert TimeReader(time_format, "Europe/Berlin")([text]).tolist() == expected


@pytest.mark.parametrize("time_format", ["%H:%M", "%Y", "foo", "%Y-%m-%d %Q", "%m-%d", "%"])
def test_formats_that_hold_no_date_are_refused(time_format: str) -> None:
    """A format is tried on a known date before any record is read."""
    with pytest.raises(ConfigError, match=r"input\.mapping\.time_format"):
        TimeReader(time_format, None)


@pytest.mark.parametrize("time_format", ["%Y-%m-%d %f", "%Y-%m-%d %H:%M:%S %Z"])
def test_formats_that_would_lie_are_refused(time_format: str) -> None:
    """Nanoseconds without a point, and zone names, which the parser skips, are not read."""
    with pytest.raises(ConfigError, match="cannot be read safely"):
        TimeReader(time_format, None)


def test_unknown_zones_are_refused() -> None:
    """A zone that is not in the IANA list is a mistake of the configuration."""
    with pytest.raises(ConfigError, match="'Europe/Berlln' is not an IANA time zone"):
        TimeReader(None, "Europe/Berlln")


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_counts_of_any_unit_are_exact(unit: str) -> None:
    """Whole numbers and their texts to the last digit, of parts what is finer cut off."""
    ms = 1_600_000_000_001
    parts = {"s": 0.001, "ms": 1, "us": 10**3, "ns": 10**6}[unit]
    count = 1_600_000_000.001 if unit == "s" else ms * int(parts)

    assert read_counts([count, str(count)], unit).tolist() == [ms, ms]
    assert read_counts([count - 1], unit).tolist() == [ms - (1000 if unit == "s" else 1)]
    odd = read_counts([None, "", "x", "1e999", 10**40, "9" * 40], unit).tolist()
    assert odd[:4] == [NO_TIME, BAD_TIME, BAD_TIME, BAD_TIME]
    assert min(odd[4:]) >= 10**13 or BAD_TIME in odd[4:]


def test_several_formats_are_tried_in_turn() -> None:
    """The first that reads a text counts; what none reads cannot be read."""
    read = TimeReader(["%d.%m.%Y", "%Y-%m-%d %H:%M"], "Europe/Berlin")

    assert read(["02.01.1970", "1970-01-02 00:00", "1970", None]).tolist() == [
        82_800_000, 82_800_000, BAD_TIME, NO_TIME
    ]  # fmt: skip
