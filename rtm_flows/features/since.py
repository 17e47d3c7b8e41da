"""Recency: how long ago something last happened.

In: rows of a pass and a mask of the events to look back to. Out: seconds since the latest earlier
one, this row not included.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rtm_flows.people.rows import Bools, Ints, Rows, pick
from rtm_flows.people.state import Field, State

Floats = NDArray[np.float64]


class Since:
    """One recency.

    Parameters
    ----------
    name
        Prefix of its state column.
    never
        Seconds to answer when there was no such event, and the most to answer at all.
    """

    def __init__(self, name: str, never: float) -> None:
        self.never = never
        self._time = f"{name}_time"
        self.fields = [Field(self._time, "i8", (), -1)]

    def seconds(self, rows: Rows, mask: Bools, people: State) -> Floats:
        """Return the seconds since the latest earlier event, and store the latest."""
        column = people[self._time]
        seconds, latest = _since(rows, mask, column[rows.slot], np.float64(self.never))
        column[rows.people] = latest[rows.ends]
        return seconds


class Recencies:
    """Several recencies: a pass of few rows costs about as much as for one.

    Parameters
    ----------
    name
        Prefix of their state column.
    never
        Of each, seconds to answer when there was no such event, and the most to answer at all.
    """

    def __init__(self, name: str, never: Sequence[float]) -> None:
        self._never = np.array(never, dtype=np.float64)[:, None]
        self._time = f"{name}_time"
        self.fields = [Field(self._time, "i8", (len(never),), -1)]

    def seconds(self, rows: Rows, masks: Bools, people: State) -> Floats:
        """Return the seconds at every row, (recencies, rows) as the masks; store the latest."""
        column = people[self._time]
        seconds, latest = _since(rows, masks, column[rows.slot].T, self._never)
        column[rows.people] = latest[:, rows.ends].T
        return seconds


def _since(
    rows: Rows, mask: Bools, carried: Ints, never: np.float64 | Floats
) -> tuple[Floats, Ints]:
    """Return seconds and latest times at every row; rows are along the last axis."""
    found = rows.latest(mask)
    before = pick(rows.previous(found, np.int64(-1)), rows.clock, carried)
    seconds = np.where(before < 0, never, (rows.clock - before) / 1000.0)
    return np.minimum(seconds, never), pick(found, rows.clock, carried)
