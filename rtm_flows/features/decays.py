"""Counts and sums that fade: each event weighs half after every half-life.

In: rows of a pass, a mask of the events that count, and perhaps what each is worth. Out: the
faded count or sum at every row. A person's state is the value at the latest counted event and that
event's time, so that reading at any later time is exact. Few rows count, so the recurrence walks
those one by one: its additions are in the same order for any cutting into passes, which keeps every
bit. What is read is rounded: a scaler in front of a model would blow a last bit up to a whole
standard deviation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.people.rows import Bools, Ints, Rows
from rtm_flows.people.state import Field, State
from rtm_flows.rounding import round6

Floats = NDArray[np.float64]

_AT_ONCE = 65_536
"""So many numbers of all columns together are worked on at once: they stay in a cache."""


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
        value, time = people[self._value], people[self._time]
        before = _Latest(value[rows.slot][None], time[rows.slot][None])
        half_life = np.array([[self.half_life_ms]], dtype=np.float64)
        faded, latest = _fold(rows, mask[None], worth[None], before, half_life)
        value[rows.people] = latest.value[0, rows.ends]
        time[rows.people] = latest.time[0, rows.ends]
        return np.asarray(faded[0])


class Decays:
    """Several faded counts or sums: a pass of few rows costs about as much as for one.

    Parameters
    ----------
    name
        Prefix of their state columns.
    half_lives_ms
        Of each, time after which an event counts half.
    """

    def __init__(self, name: str, half_lives_ms: Sequence[int]) -> None:
        self._half_lives = np.array(half_lives_ms, dtype=np.float64)[:, None]
        self._value, self._time = f"{name}_value", f"{name}_time"
        tail = (len(half_lives_ms),)
        self.fields = [Field(self._value, "f8", tail, 0.0), Field(self._time, "i8", tail, -1)]

    def exact(self, rows: Rows, masks: Bools, worths: Ints, people: State) -> Floats:
        """Return the faded sums before they are rounded, and store the latest.

        Masks, what rows are worth, and the result have the shape (sums, rows).
        """
        faded = np.empty(masks.shape)
        values, times = people[self._value], people[self._time]
        each = max(1, _AT_ONCE // max(rows.n, 1))
        for start in range(0, len(masks), each):
            some = slice(start, start + each)
            before = _Latest(values[rows.slot, some].T, times[rows.slot, some].T)
            told = rows, masks[some], worths[some], before, self._half_lives[some]
            faded[some], latest = _fold(*told)
            values[rows.people, some] = latest.value[:, rows.ends].T
            times[rows.people, some] = latest.time[:, rows.ends].T
        return faded


class _Latest(NamedTuple):
    """Of every sum and row, the value at the latest counted event, and that event's time."""

    value: Floats
    time: Ints


def _fold(
    rows: Rows, masks: Bools, worths: Ints, before: _Latest, half_lives: Floats
) -> tuple[Floats, _Latest]:
    """Return sums at every row, faded, and what they are faded from; all (sums, rows)."""
    counted = np.flatnonzero(masks)
    found = rows.latest(masks)
    value, time = before
    if len(counted):
        values = _walk(rows, counted, worths, before, half_lives)
        told = found >= 0
        place = (np.cumsum(masks) - 1).reshape(masks.shape)
        some, last = np.nonzero(told)[0], found[told]
        value, time = value.copy(), time.copy()
        value[told], time[told] = values[place[some, last]], rows.clock[last]
    return value * _fade(rows.clock - time, half_lives), _Latest(value, time)


def _walk(rows: Rows, counted: Ints, worths: Ints, before: _Latest, half_lives: Floats) -> Floats:
    """Return the value at every counted event, sum by sum."""
    which, at = np.divmod(counted, rows.n)
    slot, clock = rows.slot[at], rows.clock[at]
    first = np.ones(len(at), dtype=np.bool_)
    first[1:] = (slot[1:] != slot[:-1]) | (which[1:] != which[:-1])
    earlier = before.time[which, at]
    earlier[1:] = np.where(first[1:], earlier[1:], clock[:-1])
    worth = worths[which, at].astype(np.float64)
    fade = _fade(clock - earlier, half_lives[which, 0])
    start = before.value[which, at] * fade + worth
    values, value = np.empty(len(at), dtype=np.float64), 0.0
    steps = zip(first.tolist(), fade.tolist(), start.tolist(), worth.tolist(), strict=True)
    for i, (is_first, factor, carried, added) in enumerate(steps):
        value = carried if is_first else value * factor + added
        values[i] = value
    return values


def _fade(elapsed_ms: Ints, half_lives_ms: Floats) -> Floats:
    return np.asarray(np.exp2(-elapsed_ms.astype(np.float64) / half_lives_ms))
