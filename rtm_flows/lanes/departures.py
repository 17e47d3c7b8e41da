"""Departures: the rows of a pass of decide, cut where people leave.

In: scored rows, and who left when. Out: the rows life by life, with those who are to be forgotten
before. Somebody leaves before the first of their rows that is not earlier. It refuses to know what
is forgotten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from rtm_flows.columns import Column, Table, as_text, concat
from rtm_flows.lanes.choose import Chosen
from rtm_flows.lanes.line_block import joined
from rtm_flows.lanes.messages import Lines
from rtm_flows.lanes.progress import Ints


def lives(rows: Table | None, left: Table | None) -> Iterator[tuple[Table | None, Table | None]]:
    """Yield rows, and who of whom nothing before them may be known any more.

    Parameters
    ----------
    rows
        In the order of each person; with `person` and `time`.
    left
        Who left, in any order; with `person` and `time`.

    Examples
    --------
    >>> ann, bob = as_text(["u:ann"] * 2), as_text(["u:bob", "u:ann"])
    >>> rows = Table({"person": ann, "time": np.array([5, 9])})
    >>> left = Table({"person": bob, "time": np.array([3, 9])})
    >>> [(one and one["time"].tolist(), gone and gone["person"].tolist())
    ...  for one, gone in lives(rows, left)]
    [([5], None), ([9], ['u:bob', 'u:ann'])]
    """
    if left is None:
        yield rows, None
        return
    times: dict[str, list[int]] = {}
    order = np.argsort(left["time"], kind="stable")
    rank = np.zeros(len(left), dtype=np.int64)
    persons = left["person"].tolist()
    for at in order.tolist():
        own = times.setdefault(persons[at], [])
        own.append(int(left["time"][at]))
        rank[at] = len(own)
    life = np.zeros(0 if rows is None else len(rows), dtype=np.int64)
    if rows is not None:
        pairs = zip(rows["person"].tolist(), rows["time"].tolist(), strict=True)
        life[:] = [_count(times.get(person), time) for person, time in pairs]
    for number in range(int(rank.max(initial=0)) + 1):
        here = np.flatnonzero(life == number)
        gone = np.flatnonzero(rank == number)
        some = None if rows is None or not len(here) else rows.take(here)
        yield some, left.take(gone) if len(gone) else None


def as_one(told: Sequence[tuple[Table | None, Chosen]]) -> tuple[Chosen, Table | None]:
    """Return what is told life by life as what is told of a pass, and its rows."""
    if len(told) == 1:
        rows, chosen = told[0]
        return chosen, rows
    counts: Counter[str] = Counter()
    for _, chosen in told:
        counts.update(chosen.counts)
    lines = [_joined(parts) for parts in zip(*(chosen.lines for _, chosen in told), strict=True)]
    some = [rows for rows, _ in told if rows is not None]
    return Chosen(lines, dict(counts)), concat(some) if some else None


def _count(times: Sequence[int] | None, time: int) -> int:
    """Return how many of some times, which rise, are not later than a time."""
    return 0 if times is None else sum(one <= time for one in times)


def _joined(parts: Sequence[Lines]) -> Lines:
    """Return lines of one output in one."""
    some = [part for part in parts if len(part.lines)]
    if not some:
        return parts[0]
    ties = [_tie(part) for part in some]
    return some[0]._replace(
        release=_together([part.release for part in some]),
        order=_together([part.order for part in some]),
        tie=np.concatenate(ties),
        lines=joined(part.lines for part in some),
    )


def _tie(part: Lines) -> Column:
    return as_text([""] * len(part.lines)) if part.tie is None else part.tie


def _together(parts: Sequence[Ints]) -> Ints:
    whole: Ints = np.concatenate(parts)
    return whole
