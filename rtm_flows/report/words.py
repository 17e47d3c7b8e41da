"""Words: how numbers are written on the page.

In: numbers. Out: texts, with as many digits as a reader can use. It refuses to compute anything but
a share of a hundred.
"""

from __future__ import annotations

from rtm_flows.models.ranking import Interval

NONE = "\u2013"
"""What stands where a figure has no meaning."""

_LARGE = 10_000


def count(n: int) -> str:
    """Return a whole number.

    Examples
    --------
    >>> count(12330)
    '12,330'
    """
    return f"{n:,}"


def figure(value: float | None, digits: int = 3) -> str:
    """Return a figure from 0 to 1, or a loss.

    Examples
    --------
    >>> figure(0.76402), figure(None) == NONE
    ('0.764', True)
    """
    return NONE if value is None else f"{value:.{digits}f}"


def interval(ends: Interval | None, digits: int = 3) -> str:
    """Return the ends of an interval.

    Examples
    --------
    >>> interval((0.753, 0.774))
    '0.753 to 0.774'
    """
    return NONE if ends is None else f"{ends[0]:.{digits}f} to {ends[1]:.{digits}f}"


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share as percent.

    Examples
    --------
    >>> percent(0.1547), percent(1.0, 0)
    ('15.5%', '100%')
    """
    return NONE if share is None else f"{100 * share:.{digits}f}%"


def percents(ends: Interval | None) -> str:
    """Return the ends of an interval of shares.

    Examples
    --------
    >>> percents((0.1, 0.125))
    '10.0% to 12.5%'
    """
    return NONE if ends is None else f"{percent(ends[0])} to {percent(ends[1])}"


def amount(value: float | None) -> str:
    """Return a value of a column.

    Examples
    --------
    >>> amount(3.0), amount(0.123456), amount(1234567.8), amount(2.5e17)
    ('3', '0.1235', '1,234,568', '2.5e+17')
    """
    if value is None:
        return NONE
    whole = value == int(value) or abs(value) >= _LARGE
    return f"{value:,.0f}" if whole and abs(value) < 1e15 else f"{value:.4g}"


def shortened(value: str, most: int) -> str:
    """Return a text of so many characters at most.

    Examples
    --------
    >>> shortened("Bank transfer (automatic)", 14)
    'Bank transfer…'
    """
    return value if len(value) <= most else value[: most - 1].rstrip() + "…"


def short(n: float) -> str:
    """Return a whole number in few letters; nothing for one that is not whole.

    Examples
    --------
    >>> short(950.0), short(12_500.0), short(3_000_000.0), short(0.5)
    ('950', '12.5k', '3M', '')
    """
    if n != round(n):
        return ""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if abs(n) >= 10 * size or (letter == "M" and abs(n) >= size):
            return f"{n / size:g}{letter}"
    return f"{n:,.0f}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def moment(time: str, *, hour: bool = False, year: bool = False) -> str:
    """Return a time such as `2026-03-02T10:00Z` as people write it.

    Examples
    --------
    >>> moment("2026-03-02T10:00Z"), moment("2026-03-02T10:00Z", hour=True, year=True)
    ('2 Mar', '2 Mar 2026, 10:00')
    """
    told = f"{int(time[8:10])} {_MONTHS[int(time[5:7]) - 1]}"
    told += f" {time[:4]}" if year else ""
    return f"{told}, {time[11:16]}" if hour else told


def some(n: int, what: str) -> str:
    """Return how many there are of something.

    Examples
    --------
    >>> some(1, "rule"), some(1200, "rule")
    ('1 rule', '1,200 rules')
    """
    return f"{count(n)} {what}" if n == 1 else f"{count(n)} {what}s"


def month(time: str) -> str:
    """Return the month of a time.

    Examples
    --------
    >>> month("2026-03-02T10:00Z")
    'Mar 2026'
    """
    return f"{_MONTHS[int(time[5:7]) - 1]} {time[:4]}"
