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
