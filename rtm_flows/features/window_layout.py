"""How the cells of all windows of a job are numbered, and what a stored cell holds.

In: what is asked of windows. Out: for each window the place of its cells on one line that they
all share, and the fields of a record in which its sums lie.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rtm_flows.people.session_sums import Sum

_LAST = 1 << 42
"""No time of an event, in milliseconds, is as late as this."""


class Asked(NamedTuple):
    """What is asked of a window: a sum over its cells, or how many cells have a sum above 0."""

    width_ms: int
    step_ms: int
    sum: Sum
    cells: bool = False


class Window(NamedTuple):
    """One window: of a row in cell c, the cells c - `width` + 1 to c."""

    step_ms: int
    width: int
    first: int
    """Number of cell 0 on the line."""
    fields: Mapping[Sum, int]
    """Which field of a record holds each sum."""
    asked: tuple[Asked, ...]


class Layout(NamedTuple):
    """All windows of a job."""

    windows: tuple[Window, ...]
    line: int
    """How many numbers the cells of all windows take."""
    fields: int
    """How many fields a record has for sums."""


def laid_out(asked: Sequence[Asked]) -> Layout:
    """Lay the cells of all windows end to end.

    Counts take the first fields of a record, and sums of money, which are larger, the others.

    Examples
    --------
    >>> hour, day = 3_600_000, 86_400_000
    >>> every = Sum(None, ("*",))
    >>> layout = laid_out([Asked(day, hour, every), Asked(30 * day, day, every)])
    >>> [window.width for window in layout.windows], layout.fields
    ([24, 30], 1)
    """
    of_span: dict[tuple[int, int], list[Asked]] = {}
    for one in asked:
        of_span.setdefault((one.width_ms, one.step_ms), []).append(one)
    counts = [_sums(some, counted=True) for some in of_span.values()]
    money = [_sums(some, counted=False) for some in of_span.values()]
    most = max(map(len, counts), default=0)
    windows, line = [], 0
    for (span, some), narrow, wide in zip(of_span.items(), counts, money, strict=True):
        fields = {one: number for number, one in enumerate(narrow)}
        fields |= {one: most + number for number, one in enumerate(wide)}
        width = span[0] // span[1]
        # Before cell 0 there is room for a whole window, so that no window reaches into another.
        windows.append(Window(span[1], width, line + width, fields, tuple(some)))
        line += width + _LAST // span[1] + 1
    return Layout(tuple(windows), line, most + max(map(len, money), default=0))


def _sums(asked: Sequence[Asked], *, counted: bool) -> list[Sum]:
    return list(dict.fromkeys(one.sum for one in asked if (one.sum.field is None) == counted))
