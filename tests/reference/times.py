"""Time as integer milliseconds since 1970-01-01 UTC.

In: RFC 3339 times and ISO 8601 durations as text. Out: milliseconds, and times as text again.
It knows no clock and no time zone but the offset that is written.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})"
    r"(?:\.([0-9]+))?(?:[Zz]|([+-])([0-9]{2}):?([0-9]{2}))?"
)
_DURATION = re.compile(
    r"P(?=.)(?:([0-9]+)D)?(?:T(?=.)(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+(?:\.[0-9]+)?)S)?)?"
)


def milliseconds(text: str) -> int:
    """Return the time of an RFC 3339 text; what is finer than a millisecond is cut off.

    A time that names no zone is UTC.

    Raises
    ------
    ValueError
        If the text is not an RFC 3339 time.

    Examples
    --------
    >>> milliseconds("1970-01-01T02:00:01.5009+02:00")
    1500
    """
    match = _TIME.fullmatch(text)
    if match is None:
        msg = f"a time must be RFC 3339; got {text!r}"
        raise ValueError(msg)
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    whole = dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC) - _EPOCH
    thousandths = int((match[7] or "0").ljust(3, "0")[:3])
    offset = _offset_minutes(match[8], match[9], match[10])
    return whole // dt.timedelta(milliseconds=1) + thousandths - offset * 60_000


def _offset_minutes(sign: str | None, hours: str | None, minutes: str | None) -> int:
    if sign is None or hours is None or minutes is None:
        return 0
    if int(hours) > 23 or int(minutes) > 59:
        msg = f"an offset must be below 24:00; got {sign}{hours}:{minutes}"
        raise ValueError(msg)
    return (int(hours) * 60 + int(minutes)) * (-1 if sign == "-" else 1)


def rfc3339(time: int) -> str:
    """Return a time as outputs write it.

    Examples
    --------
    >>> rfc3339(1500)
    '1970-01-01T00:00:01.500Z'
    """
    moment = _EPOCH + dt.timedelta(milliseconds=time)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def duration(text: str) -> int:
    """Return the milliseconds of an ISO 8601 duration of days, hours, minutes and seconds.

    Raises
    ------
    ValueError
        If the text is not such a duration.

    Examples
    --------
    >>> duration("P1DT0.5S")
    86400500
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        msg = f"a duration must be ISO 8601, such as PT30M; got {text!r}"
        raise ValueError(msg)
    days, hours, minutes = (int(part or 0) for part in match.groups()[:3])
    return ((days * 24 + hours) * 60 + minutes) * 60_000 + int(Decimal(match[4] or 0) * 1000)
