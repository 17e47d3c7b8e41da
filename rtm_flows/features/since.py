"""Recency: how long ago something last happened.

In: rows of a pass and a mask of the events to look back to. Out: seconds since the latest earlier
one, this row not included.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rtm_flows.people.rows import Bools, Rows, pick
from rtm_flows.people.state import Field, State


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

    def seconds(self, rows: Rows, mask: Bools, people: State) -> NDArray[np.float64]:
        """Return the seconds since the latest earlier event, and store the latest."""
        carried = people[self._time][rows.slot]
        before = pick(rows.latest_before(mask), rows.clock, carried)
        seconds = np.where(before < 0, self.never, (rows.clock - before) / 1000.0)
        latest = pick(rows.latest(mask), rows.clock, carried)
        people[self._time][rows.people] = latest[rows.ends]
        return np.minimum(seconds, self.never)
