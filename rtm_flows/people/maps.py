"""Maps: of every person a few values by key, as many as the person has.

In: the slots of rows that touch a person's map, and what a row does to it. Out: the map, changed.
It knows nothing of what keys and values mean. A person's entries lie in the order in which they
were last entered, so whoever enters a touched one anew finds the longest untouched first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.people.pool import Pool
from rtm_flows.people.rows import Ints

Entries = dict[int, Any]
"""The map of one person: key -> value (a list where the values have a shape)."""


class MapField(NamedTuple):
    """A declaration of maps: their name, and type and shape of one value."""

    name: str
    dtype: str
    tail: tuple[int, ...] = ()


class Maps:
    """The maps of all people of a worker under one name.

    Parameters
    ----------
    field
        What one value is.

    Examples
    --------
    >>> maps = Maps(MapField("seen", "i8"))
    >>> def step(entries, rows):
    ...     for row in rows:
    ...         entries[7] = entries.get(7, 0) + row
    >>> maps.walk(np.array([0, 0, 1]), step)
    >>> maps.of(np.array([1, 0, 9]))
    [{7: 2}, {7: 1}, {}]
    """

    def __init__(self, field: MapField) -> None:
        self._tail = field.tail
        self._pool = Pool(np.dtype([("key", "i8"), ("value", field.dtype, field.tail)]))

    def walk(self, slots: Ints, step: Callable[[Entries, range], None]) -> None:
        """Let the rows of each person change that person's map.

        Parameters
        ----------
        slots
            The slot of each row's person; the rows of a person lie side by side.
        step
            Is given the map of a person and the rows, once a person.
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
        """Return the maps of some people."""
        counts, records = self._pool.read(slots)
        keys, values = records["key"].tolist(), records["value"].tolist()
        ends = np.cumsum(counts).tolist()
        return [
            dict(zip(keys[start:end], values[start:end], strict=True))
            for start, end in zip([0, *ends[:-1]], ends, strict=True)
        ]

    def export(self, slots: Ints) -> tuple[Ints, Table]:
        """Return how many entries each slot has, and all entries, slot after slot."""
        counts, records = self._pool.read(slots)
        return counts, Table({name: records[name] for name in ("key", "value")})

    def restore(self, slots: Ints, counts: Ints, entries: Table) -> None:
        """Enter what `export` returned."""
        records = np.empty(len(entries), dtype=self._pool.dtype)
        for name in ("key", "value"):
            records[name] = entries[name]
        self._pool.write(slots, counts, records)

    def _put(self, slots: Ints, entries: Sequence[Entries]) -> None:
        counts = np.fromiter(map(len, entries), dtype=np.int64, count=len(entries))
        records = np.empty(int(counts.sum()), dtype=self._pool.dtype)
        records["key"] = np.fromiter(chain.from_iterable(entries), np.int64, len(records))
        values = list(chain.from_iterable(one.values() for one in entries))
        records["value"] = np.array(values).reshape(-1, *self._tail)
        self._pool.write(slots, counts, records)
