"""What a person has done so far: events, sums of a field, days with an event.

In: rows of a pass with masks of their types. Out: the number so far at every row, this row
included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from rtm_flows.columns import Column
from rtm_flows.features.definition import Definition
from rtm_flows.features.history_kinds import DaysActive, LifetimeCount, LifetimeSum
from rtm_flows.features.part import MINOR, KeysOf, Part, Pass
from rtm_flows.features.running import Running
from rtm_flows.people.maps import MapField
from rtm_flows.people.rows import Ints, pick
from rtm_flows.people.state import Field
from rtm_flows.people.type_sets import Types
from rtm_flows.times import DAY

_Kind = LifetimeCount | LifetimeSum | DaysActive


def parts(features: Sequence[Definition]) -> Iterator[Part]:
    """Yield one part for each feature of these kinds."""
    for index, feature in enumerate(features):
        if isinstance(feature, _Kind):
            yield Lifetime(feature, f"lifetime_{index}")


class Lifetime:
    """One number that only a person's own events change."""

    def __init__(self, feature: _Kind, name: str) -> None:
        self._feature = feature
        self._running = Running(name)
        self._day = f"{name}_day"
        self.fields: Sequence[Field] = self._running.fields
        if isinstance(feature, DaysActive):
            self.fields = [*self.fields, Field(self._day, "i4", (), -1)]
        self.maps: Sequence[MapField] = ()
        self.types: Sequence[Types] = (
            (feature.add, *([feature.subtract] if feature.subtract else []))
            if isinstance(feature, LifetimeSum)
            else (feature.types,)
        )

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return the number so far at every row."""
        feature = self._feature
        total = self._running.totals(of.rows, self._adds(of), of.people)
        money = isinstance(feature, LifetimeSum) and feature.field != "quantity"
        return {feature.name: total / MINOR if money else total}

    def _adds(self, of: Pass) -> Ints:
        match self._feature:
            case LifetimeSum(field=field, add=add, subtract=subtract):
                sign: Ints = of.masks[add].astype(np.int64)
                if subtract:
                    sign -= of.masks[subtract]
                worth: Ints = of.events[field]
                adds: Ints = sign * worth
                return adds
            case LifetimeCount(types=types):
                return of.masks[types].astype(np.int64)
            case DaysActive(types=types):
                return self._new_days(of, types)

    def _new_days(self, of: Pass, types: Types) -> Ints:
        """Return 1 where the row is the first of these types on its day."""
        rows, people, mask = of.rows, of.people, of.masks[types]
        day = rows.clock // DAY
        carried = people[self._day][rows.slot].astype(np.int64)
        before = pick(rows.latest_before(mask), day, carried)
        latest = pick(rows.latest(mask), day, carried)
        people[self._day][rows.people] = latest[rows.ends]
        fresh: Ints = (mask & (day != before)).astype(np.int64)
        return fresh
