"""Counts and sums that fade: each event weighs half after every half-life.

In: rows of a pass, a mask of the events that count, and perhaps what each is worth. Out: the
faded count or sum at every row. A person's state is the value at the latest counted event and that
event's time, so that reading at any later time is exact. Few rows count, so the recurrence walks
those one by one: its additions are in the same order for any cutting into passes, which keeps every
bit. What is read is rounded: a scaler in front of a model would blow a last bit up to a whole
standard deviation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rtm_flows.people.rows import Bools, Ints, Rows, pick
from rtm_flows.people.state import Field, State
from rtm_flows.rounding import round6

Floats = NDArray[np.float64]


class Decay:
    """One faded count or sum.

    Parameters
    ----------
    name
        Prefix of its state columns.
    half_life_ms
        Time after which an event counts half.
    """

    def __init__(self, name: str, half_life_ms: int) -> None:
        self.half_life_ms = half_life_ms
        self._value, self._time = f"{name}_value", f"{name}_time"
        self.fields = [Field(self._value, "f8", (), 0.0), Field(self._time, "i8", (), -1)]

    def counts(self, rows: Rows, mask: Bools, people: State) -> Floats:
        """Return the faded count at every row, this row included, and store the latest."""
        return round6(self.exact(rows, mask, np.ones(rows.n, dtype=np.int64), people))

    def sums(self, rows: Rows, mask: Bools, worth: Ints, unit: float, people: State) -> Floats:
        """Return the faded sum at every row, in units of so many of what is summed."""
        return round6(self.exact(rows, mask, worth, people) / unit)

    def exact(self, rows: Rows, mask: Bools, worth: Ints, people: State) -> Floats:
        """Return the faded sum before it is rounded, for who computes with it; store the latest."""
        at = np.flatnonzero(mask)
        values = self._walk(rows, at, worth[at].astype(np.float64), people)
        found = rows.latest(mask)
        position = np.cumsum(mask) - 1
        where = np.where(found >= 0, position[np.maximum(found, 0)], -1)
        value = pick(where, values, people[self._value][rows.slot])
        time = pick(found, rows.clock, people[self._time][rows.slot])
        people[self._value][rows.people] = value[rows.ends]
        people[self._time][rows.people] = time[rows.ends]
        return np.asarray(value * self._fade(rows.clock - time))

    def _walk(self, rows: Rows, at: Ints, worth: Floats, people: State) -> Floats:
        """Return the value at every counted row."""
        slot, clock = rows.slot[at], rows.clock[at]
        first = np.ones(len(at), dtype=np.bool_)
        first[1:] = slot[1:] != slot[:-1]
        earlier = np.where(first, people[self._time][slot], np.roll(clock, 1))
        fade = self._fade(clock - earlier)
        start = people[self._value][slot] * fade + worth
        values, value = np.empty(len(at), dtype=np.float64), 0.0
        steps = zip(first.tolist(), fade.tolist(), start.tolist(), worth.tolist(), strict=True)
        for i, (is_first, factor, carried, added) in enumerate(steps):
            value = carried if is_first else value * factor + added
            values[i] = value
        return values

    def _fade(self, elapsed_ms: Ints) -> Floats:
        return np.exp2(-elapsed_ms.astype(np.float64) / self.half_life_ms)
