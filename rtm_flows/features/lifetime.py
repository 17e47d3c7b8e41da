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
from rtm_flows.features.running import RunningTotals
from rtm_flows.people.maps import MapField
from rtm_flows.people.rows import Bools, Ints, pick
from rtm_flows.people.state import Field
from rtm_flows.people.type_sets import Types
from rtm_flows.times import DAY

_Kind = LifetimeCount | LifetimeSum | DaysActive
_DAY = "lifetime_day"


def parts(features: Sequence[Definition]) -> Iterator[Part]:
    """Yield one part for all features of these kinds."""
    own = [feature for feature in features if isinstance(feature, _Kind)]
    if own:
        yield Lifetime(own)


class Lifetime:
    """Numbers that only a person's own events change."""

    maps: Sequence[MapField] = ()

    def __init__(self, features: Sequence[_Kind]) -> None:
        self._features = tuple(features)
        self._running = RunningTotals("lifetime", len(features))
        self._days = [at for at, one in enumerate(features) if isinstance(one, DaysActive)]
        self.fields: Sequence[Field] = self._running.fields
        if self._days:
            self.fields = [*self.fields, Field(_DAY, "i4", (len(self._days),), -1)]
        self.types: Sequence[Types] = [types for one in features for types in _types(one)]

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return the numbers so far at every row."""
        totals = self._running.totals(of.rows, self._adds(of), of.people)
        return {
            one.name: total / MINOR if _is_money(one) else total
            for one, total in zip(self._features, totals, strict=True)
        }

    def _adds(self, of: Pass) -> Ints:
        """Return what each row adds to each number, (numbers, rows)."""
        adds = np.empty((len(self._features), of.rows.n), dtype=np.int64)
        for own, feature in zip(adds, self._features, strict=True):
            if isinstance(feature, LifetimeSum):
                np.copyto(own, of.masks[feature.add])
                if feature.subtract:
                    np.subtract(own, of.masks[feature.subtract], own)
                np.multiply(own, of.events[feature.field], own)
            else:
                own[:] = of.masks[feature.types]
        if self._days:
            adds[self._days] = self._new_days(of, adds[self._days] > 0)
        return adds

    def _new_days(self, of: Pass, masks: Bools) -> Bools:
        """Tell where a row is the first of its types on its day, (numbers, rows) as the masks."""
        rows, column = of.rows, of.people[_DAY]
        day = rows.clock // DAY
        carried = column[rows.slot].T.astype(np.int64)
        found = rows.latest(masks)
        before = pick(rows.previous(found, np.int64(-1)), day, carried)
        column[rows.people] = pick(found, day, carried)[:, rows.ends].T
        return np.asarray(masks & (day != before))


def _types(feature: _Kind) -> tuple[Types, ...]:
    """Return the sets of types that a feature asks for."""
    if isinstance(feature, LifetimeSum):
        return (feature.add, feature.subtract) if feature.subtract else (feature.add,)
    return (feature.types,)


def _is_money(feature: _Kind) -> bool:
    return isinstance(feature, LifetimeSum) and feature.field != "quantity"
