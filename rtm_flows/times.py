"""Times as text: durations as people write them, instants as outputs show them.

In: ISO 8601 durations, and instants in integer milliseconds since 1970-01-01 UTC. Out:
milliseconds, and RFC 3339 text. It refuses to know what time it is now.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

DAY = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = -62_135_596_800_000
_END = 253_402_300_800_000
_DURATION = re.compile(
    r"P(?=.)(?:(?P<days>\d{1,9})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,9})H)?(?:(?P<minutes>\d{1,9})M)?"
    r"(?:(?P<seconds>\d{1,9})(?:\.(?P<part>\d{1,3}))?S)?)?",
    re.ASCII,
)
_UNITS = {"days": DAY, "hours": 3_600_000, "minutes": 60_000, "seconds": 1_000}


@lru_cache(maxsize=1024)
def parse_duration(text: str) -> int:
    """Read an ISO 8601 duration of days, hours, minutes and seconds.

    Years and months are refused because their length depends on where they start; weeks because
    the standard does not let them be combined.

    Returns
    -------
    int
        Milliseconds, >= 0.

    Raises
    ------
    ValueError
        If the text is anything else, or has more than three decimals of a second.

    Examples
    --------
    >>> parse_duration("PT30M"), parse_duration("P1DT0.5S")
    (1800000, 86400500)
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        msg = f"a duration must look like PT30M, PT1H30M or P1D (no years, months); got {text!r}"
        raise ValueError(msg)
    whole = sum(int(match[name] or 0) * unit for name, unit in _UNITS.items())
    return whole + int((match["part"] or "0").ljust(3, "0"))


def format_duration(ms: int) -> str:
    """Write a span, not negative, as `parse_duration` reads it.

    Examples
    --------
    >>> format_duration(604_800_000), format_duration(5_400_000), format_duration(0)
    ('P7D', 'PT1H30M', 'PT0S')
    >>> format_duration(1_500)
    'PT1.5S'
    """
    days, rest = divmod(ms, 86_400_000)
    hours, rest = divmod(rest, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    seconds = f"{rest / 1000:.3f}".rstrip("0").rstrip(".") if rest or not ms else ""
    date = f"{days}D" if days else ""
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    clock = "".join(f"{part}{unit}" for part, unit in parts if part)
    return f"P{date}T{clock}" if clock else f"P{date}"


def format_time(ms: int) -> str:
    """Write an instant as RFC 3339 in UTC with milliseconds.

    Raises
    ------
    OverflowError
        If the year is not between 1 and 9999.

    Examples
    --------
    >>> format_time(1_710_325_274_000)
    '2024-03-13T10:21:14.000Z'
    """
    moment = _EPOCH + timedelta(milliseconds=ms)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def format_times(times: NDArray[np.int64]) -> list[str]:
    """Write many instants as `format_time` writes one.

    Raises
    ------
    OverflowError
        If a year is not between 1 and 9999.

    Examples
    --------
    >>> format_times(np.array([0, 999], dtype=np.int64))
    ['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.999Z']
    """
    if len(times) and (times.min() < _FIRST or times.max() >= _END):
        msg = "times to be written must lie in the years 1 to 9999"
        raise OverflowError(msg)
    instants = times.astype("M8[ms]")
    texts: list[str] = np.datetime_as_string(instants, unit="ms", timezone="UTC").tolist()
    return texts
