"""Waves: rows of many people put so that each wave has at most one row of a person.

In: whose rows they are, each person's in order. Out: the first row of everybody, then the second of
those who have one, and so on. Who decides wave by wave knows of each row what the person's rows
before have done. It refuses to know what that is.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rtm_flows.people.rows import Ints


def waves(slots: Ints) -> Iterator[Ints]:
    """Return the rows of each wave, ascending.

    Parameters
    ----------
    slots
        The persons of the rows, in any mixture.

    Examples
    --------
    >>> [wave.tolist() for wave in waves(np.array([5, 5, 9, 5, 9]))]
    [[0, 2], [1, 4], [3]]
    """
    order = np.argsort(slots, kind="stable")
    sorted_slots = slots[order]
    first = np.ones(len(slots), dtype=np.bool_)
    first[1:] = sorted_slots[1:] != sorted_slots[:-1]
    begin = np.flatnonzero(first)
    place = np.empty(len(slots), dtype=np.int64)
    place[order] = np.arange(len(slots)) - begin[np.cumsum(first) - 1]
    by_place = np.argsort(place, kind="stable")
    ends = np.cumsum(np.bincount(place)) if len(slots) else place
    start = 0
    for end in ends.tolist():
        yield by_place[start:end]
        start = end
