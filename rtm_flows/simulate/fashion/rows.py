"""Rows: what every event is before it becomes a line, and the order in which they leave.

In: columns. Out: one structured array. It knows nothing of what the numbers mean to a type.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtm_flows.simulate.fashion.draws import Ints

Rows = NDArray[np.void]

ROW = np.dtype(
    [
        ("time", "i8"),
        ("person", "i8"),
        ("seq", "i8"),  # unique for a person
        ("type", "u1"),
        ("ids", "u1"),
        ("place", "u1"),
        ("locale", "u1"),
        ("item", "i4"),
        ("a", "i8"),
        ("b", "i8"),
    ]
)
USER_ONLY, BOTH, ANONYMOUS_ONLY = range(3)
"""Which ids an event carries."""
A_VISIT = 256
"""Room in `seq` for the events of a visit and of what follows from it."""
FOLLOWS = 200
"""Place in that room from which on there is what follows."""
MESSAGES = 1 << 40
"""What begins with this in `seq` is about messages."""

_VISIT_PLACE = 4


def rows_of(n: int, **columns: Any) -> Rows:
    """Return rows with these columns; the others are 0."""
    rows = np.zeros(n, dtype=ROW)
    for name, values in columns.items():
        rows[name] = values
    return rows


def visit_seq(visit: Ints, step: Ints) -> Ints:
    """Return the numbers of events of visits: four to a step, for what accompanies it."""
    return visit * A_VISIT + step * _VISIT_PLACE


class Waiting:
    """Rows that have been made, and whose time has not yet come."""

    def __init__(self) -> None:
        self._waiting: list[Rows] = []

    def put(self, rows: Rows) -> None:
        """Take rows."""
        if len(rows):
            self._waiting.append(rows)

    def until(self, time: int) -> Rows:
        """Take out what comes before a time, in the order (time, person, number)."""
        if not self._waiting:
            return np.zeros(0, dtype=ROW)
        rows = np.concatenate(self._waiting) if len(self._waiting) > 1 else self._waiting[0]
        come = rows["time"] < time
        rest = rows[~come]
        self._waiting = [rest] if len(rest) else []
        rows = rows[come]
        return rows[np.lexsort((rows["seq"], rows["person"], rows["time"]))]
