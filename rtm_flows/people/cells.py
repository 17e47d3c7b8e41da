"""Cells: a few keyed values a person, as many as the person has, in one pool for all people.

In: the slots of rows that touch a person's cells, and what a row does to them. Out: the cells,
changed. It knows nothing of what keys and values mean. The state is sparse: a person's cells lie
side by side in the pool, whoever has none takes no place in it. They lie in the order in which
they were last entered, so whoever enters a touched cell anew finds the longest untouched first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Column, Table

Ints = NDArray[np.int64]
Entries = dict[int, Any]
"""The cells of one person: key -> value (a list where the pool's tail is not empty)."""

_ROOM = 4
"""Cells are given to a person in multiples of this."""


class Pool(NamedTuple):
    """A declaration of cells: their name, and type and shape of one value."""

    name: str
    dtype: str
    tail: tuple[int, ...] = ()


class Cells:
    """The cells of all people of a worker under one name.

    Parameters
    ----------
    pool
        What one cell holds.

    Examples
    --------
    >>> cells = Cells(Pool("seen", "i8"))
    >>> cells.grow(2)
    >>> def step(entries, rows):
    ...     for row in rows:
    ...         entries[7] = entries.get(7, 0) + row
    >>> cells.walk(np.array([0, 0, 1]), step)
    >>> cells.of(np.array([1, 0]))
    [{7: 2}, {7: 1}]
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._start: Ints = np.zeros(0, dtype=np.int64)
        self._count = np.zeros(0, dtype=np.int16)
        self._room = np.zeros(0, dtype=np.int16)
        self._key: Ints = np.zeros(64, dtype=np.int64)
        self._value: Column = np.zeros((64, *pool.tail), dtype=pool.dtype)
        self._used = 0

    def grow(self, people: int) -> None:
        """Make room for so many people."""
        more = people - len(self._start)
        self._start, self._count, self._room = (
            np.concatenate([column, np.zeros(more, dtype=column.dtype)])
            for column in (self._start, self._count, self._room)
        )

    def walk(self, slots: Ints, step: Callable[[Entries, range], None]) -> None:
        """Let the rows of each person change that person's cells.

        Parameters
        ----------
        slots
            The slot of each row's person; the rows of a person lie side by side.
        step
            Is given the cells of a person and the rows, once a person.
        """
        if not len(slots):
            return
        starts = np.flatnonzero(np.append(True, slots[1:] != slots[:-1]))
        persons = slots[starts]
        entries = self.of(persons)
        bounds = [*starts.tolist(), len(slots)]
        for one, start, stop in zip(entries, bounds[:-1], bounds[1:], strict=True):
            step(one, range(start, stop))
        self._put(persons, entries)

    def of(self, slots: Ints) -> list[Entries]:
        """Return the cells of some people."""
        at = self._places(slots)
        keys, values = self._key[at].tolist(), self._value[at].tolist()
        ends = np.cumsum(self._count[slots], dtype=np.int64).tolist()
        starts = [0, *ends][: len(ends)]
        return [
            dict(zip(keys[start:end], values[start:end], strict=True))
            for start, end in zip(starts, ends, strict=True)
        ]

    def export(self, slots: Ints) -> dict[str, Column]:
        """Return the cells of some people as columns, as wide as the widest of them."""
        counts = self._count[slots].astype(np.int64)
        filled = np.arange(counts.max(initial=0)) < counts[:, None]
        at = self._places(slots)
        keys = np.zeros(filled.shape, dtype=np.int64)
        values = np.zeros((*filled.shape, *self.pool.tail), dtype=self.pool.dtype)
        keys[filled], values[filled] = self._key[at], self._value[at]
        name = self.pool.name
        return {f"{name}_count": counts, f"{name}_key": keys, f"{name}_value": values}

    def restore(self, slots: Ints, table: Table) -> None:
        """Enter what `export` returned."""
        counts, keys, values = (table[f"{self.pool.name}_{n}"] for n in ("count", "key", "value"))
        filled = np.arange(keys.shape[1]) < counts[:, None]
        self._write(slots, counts, keys[filled], values[filled])

    def _put(self, slots: Ints, entries: Sequence[Entries]) -> None:
        counts = np.fromiter(map(len, entries), dtype=np.int64, count=len(entries))
        keys = np.fromiter(chain.from_iterable(entries), dtype=np.int64, count=int(counts.sum()))
        values = list(chain.from_iterable(one.values() for one in entries))
        shaped = np.array(values, dtype=self.pool.dtype).reshape(-1, *self.pool.tail)
        self._write(slots, counts, keys, shaped)

    def _write(self, slots: Ints, counts: Ints, keys: Ints, values: Column) -> None:
        moving = counts > self._room[slots]
        if moving.any():
            self._move(slots[moving], counts[moving])
        self._count[slots] = counts
        at = self._places(slots)
        self._key[at], self._value[at] = keys, values

    def _move(self, slots: Ints, counts: Ints) -> None:
        """Give people a larger place at the end of the pool; their old one is given up."""
        self._room[slots] = self._count[slots] = 0
        room = -(-counts // _ROOM) * _ROOM
        wanted = int(room.sum())
        if self._used + wanted > len(self._key):
            self._compact(wanted)
        self._start[slots] = self._used + np.cumsum(room) - room
        self._room[slots] = room
        self._used += wanted

    def _compact(self, wanted: int) -> None:
        """Close the gaps, and make the pool at least half as large again as what is in use."""
        room = self._room.astype(np.int64)
        live = np.flatnonzero(room)
        at = _stretches(self._start[live], room[live])
        size = (len(at) + wanted) * 3 // 2
        for name in ("_key", "_value"):
            old = getattr(self, name)
            new = np.zeros((size, *old.shape[1:]), dtype=old.dtype)
            new[: len(at)] = old[at]
            setattr(self, name, new)
        self._start[live] = np.cumsum(room[live]) - room[live]
        self._used = len(at)

    def _places(self, slots: Ints) -> Ints:
        return _stretches(self._start[slots], self._count[slots].astype(np.int64))


def _stretches(starts: Ints, lengths: Ints) -> Ints:
    """Return the integers of several stretches, one after the other.

    Examples
    --------
    >>> _stretches(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()))
