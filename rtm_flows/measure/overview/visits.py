"""Visits: the sessions of a run added up: how many, how long, how far they came, how they ended.

In: the lines of `sessions.jsonl`. Out: counts over all and over time. It refuses to know whose they
are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from rtm_flows.errors import InputError
from rtm_flows.measure.overview.cells import Cells, Course
from rtm_flows.measure.recorded import Reading
from rtm_flows.measure.scan import Line

SESSIONS, BOUGHT = "sessions", "bought"
"""Names in the cells of the course."""

LENGTHS = (1, 2, 5, 10, 20, 50)
"""Events up to which sessions are counted together; the last part is of longer ones."""

STEPS = ("views", "cart_adds", "checkouts", "purchases")
"""How far a session came: it has at least one of these."""

_CENTS = 100


class _Session(msgspec.Struct, frozen=True, gc=False):
    start: str
    reason: str = ""
    events: int = 0
    views: int = 0
    cart_adds: int = 0
    checkouts: int = 0
    purchases: int = 0
    value: float = 0.0
    engaged: bool = False


class Length(msgspec.Struct, frozen=True):
    """Sessions of some length: at most so many events (None: any), how many, how many bought."""

    most: int | None
    n: int
    bought: int


class Visits(msgspec.Struct, frozen=True):
    """All sessions of a run.

    Attributes
    ----------
    n, events
        Sessions, and the events in them.
    reasons
        By how they ended.
    engaged
        How many were.
    reached
        How many have at least one of each of `STEPS`.
    purchases, value
        How many there were in all, and their amount in currency units.
    lengths
        By number of events.
    course
        By the time at which they began: how many, and how many bought.
    """

    n: int
    events: int
    reasons: dict[str, int]
    engaged: int
    reached: dict[str, int]
    purchases: int
    value: float
    lengths: list[Length]
    course: Course


def visits(lines: Iterable[Line], path: str) -> Visits:
    """Add up sessions.

    Parameters
    ----------
    lines
        Of `sessions.jsonl`, in any order.
    path
        What errors call the file.

    Raises
    ------
    InputError
        If a line is broken.

    Examples
    --------
    >>> line = b'{"start":"2026-03-02T10:00:00.000Z","reason":"gap","events":3,"purchases":1}'
    >>> found = visits([Line(0, line)], "sessions.jsonl")
    >>> found.n, found.reasons, found.reached["purchases"], found.lengths[2]
    (1, {'gap': 1}, 1, Length(most=5, n=1, bought=1))
    """
    cells, sums, reasons = Cells(), Counter[str](), Counter[str]()
    lengths: list[list[int]] = [[0, 0] for _ in range(len(LENGTHS) + 1)]
    reading = Reading(_Session, path)
    for line in lines:
        one = reading.of(line.data, line.offset)
        try:
            cell = cells.at(one.start)
        except ValueError as error:
            msg = f"{path}, the line at byte {line.offset:,}: has no start of a session ({error})"
            raise InputError(msg) from None
        cell[SESSIONS] += 1
        cell[BOUGHT] += one.purchases > 0
        reasons[one.reason] += 1
        length = lengths[sum(one.events > most for most in LENGTHS)]
        length[0] += 1
        length[1] += one.purchases > 0
        _add(sums, one)
    return Visits(
        n=reasons.total(),
        events=sums["events"],
        reasons=dict(sorted(reasons.items())),
        engaged=sums["engaged"],
        reached={step: sums[step] for step in STEPS},
        purchases=sums["bought"],
        value=sums["cents"] / _CENTS,
        lengths=[Length(m, *own) for m, own in zip((*LENGTHS, None), lengths, strict=True)],
        course=cells.course(),
    )


def _add(sums: Counter[str], one: _Session) -> None:
    sums["events"] += one.events
    sums["engaged"] += one.engaged
    sums["bought"] += one.purchases
    sums["cents"] += round(one.value * _CENTS)
    for step in STEPS:
        sums[step] += getattr(one, step) > 0
