"""Habits: how usual this hour of the day, or this weekday, is for a person.

In: rows of a pass and a mask of the events that count. Out: the share of earlier events in the
same part of the day or week as this row, in UTC: no event tells the zone of its person. A
person's state is one count a part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from rtm_flows.columns import Column
from rtm_flows.features.definition import Definition
from rtm_flows.features.history_kinds import Habit
from rtm_flows.features.part import KeysOf, Part, Pass
from rtm_flows.people.maps import MapField
from rtm_flows.people.rows import Bools, Ints, Rows
from rtm_flows.people.state import Field, State
from rtm_flows.people.type_sets import Types
from rtm_flows.rounding import round6
from rtm_flows.times import DAY

_HOUR = 3_600_000
_THURSDAY = 3  # 1970-01-01 was one; Monday is 0


def parts(features: Sequence[Definition]) -> Iterator[Part]:
    """Yield one part for each feature of this kind."""
    for index, feature in enumerate(features):
        if isinstance(feature, Habit):
            yield Habits(feature, f"habit_{index}")


class Habits:
    """One count for every hour of the day, or every weekday."""

    def __init__(self, feature: Habit, name: str) -> None:
        self._feature, self._counts = feature, name
        self._parts = 24 if feature.part == "hour" else 7
        self.fields: Sequence[Field] = [Field(name, "i4", (self._parts,), 0)]
        self.maps: Sequence[MapField] = ()
        self.types: Sequence[Types] = (feature.types,)

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return the share of earlier events in the part of each row."""
        rows, people, mask = of.rows, of.people, of.masks[self._feature.types]
        part = self._part(rows.clock)
        counts = people[self._counts]
        carried = counts[rows.people].sum(axis=1, dtype=np.int64)
        seen: Ints = np.cumsum(mask) - mask
        total = carried[rows.rank] + seen - seen[rows.start]
        same = counts[rows.slot, part] + self._earlier(rows, part, mask)
        self._store(rows, part, mask, people)
        share = np.divide(same, total, out=np.zeros(rows.n), where=total > 0)
        return {self._feature.name: round6(share)}

    def _part(self, clock: Ints) -> Ints:
        if self._feature.part == "hour":
            return clock // _HOUR % 24
        return (clock // DAY + _THURSDAY) % 7

    def _earlier(self, rows: Rows, part: Ints, mask: Bools) -> Ints:
        """Count the masked rows of the pass before each row, of its person and part."""
        if rows.n == len(rows.people):
            return np.zeros(rows.n, dtype=np.int64)
        key = rows.rank * self._parts + part
        order = np.argsort(key, kind="stable")
        sorted_key = key[order]
        seen: Ints = np.cumsum(mask[order]) - mask[order]
        head = np.append(True, sorted_key[1:] != sorted_key[:-1])[: rows.n]
        start = np.flatnonzero(head)[np.cumsum(head) - 1]
        earlier = np.empty(rows.n, dtype=np.int64)
        earlier[order] = seen - seen[start]
        return earlier

    def _store(self, rows: Rows, part: Ints, mask: Bools, people: State) -> None:
        np.add.at(people[self._counts], (rows.slot[mask], part[mask]), 1)
