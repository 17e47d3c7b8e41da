"""Features as columns: definitions compiled once, computed for all rows of a pass together.

In: feature definitions, and per pass the rows with their sessions and state. Out: a matrix
of float64, one row an event, one column a feature in declared order. Every step is elementwise or
on integers, so the bits of a value do not depend on what else is in the pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Column
from rtm_flows.features import (
    affinities,
    elapsed,
    habits,
    lifetime,
    order_values,
    ratios,
    service,
    visits,
)
from rtm_flows.features import definitions as kinds
from rtm_flows.features.own import part as own
from rtm_flows.features.own.kind import Python
from rtm_flows.features.part import MINOR, Part, Pass
from rtm_flows.features.ratios import is_one_of
from rtm_flows.features.window_layout import Asked
from rtm_flows.features.windows import Windows
from rtm_flows.people.maps import MapField
from rtm_flows.people.rows import Bools, Ints
from rtm_flows.people.session_sums import Sum, adds
from rtm_flows.people.state import Field
from rtm_flows.people.text_keys import MISSING, TextKeys
from rtm_flows.people.type_sets import Types

Matrix = NDArray[np.float64]
Windowed = kinds.WindowCount | kinds.WindowSum | kinds.WindowCells
_PARTS = (
    elapsed.parts,
    lifetime.parts,
    visits.parts,
    ratios.parts,
    habits.parts,
    affinities.parts,
    service.parts,
    order_values.parts,
    own.parts,
)

_AT_ONCE = 16_384

_Read = Callable[[Pass, Mapping[Asked, Ints], Mapping[str, Column]], NDArray[np.generic]]
"""Returns a feature, given the pass, what lies in its windows, and the columns of the parts."""


class _Grouped(NamedTuple):
    """Features that are read together: their places, and those of their sums."""

    features: list[int]
    sums: list[int]

    def enter(self, feature: int, sum_: int) -> None:
        """Add one."""
        self.features.append(feature)
        self.sums.append(sum_)


class Features:
    """A compiled list of feature definitions.

    Parameters
    ----------
    features
        Definitions with distinct names.
    sums
        Running sums of sessions that exist already; more are added behind them.
    """

    def __init__(self, features: Sequence[kinds.Feature], sums: Sequence[Sum]) -> None:
        self.features = tuple(features)
        self.names = tuple(f.name for f in self.features)
        # In the order of the features: what is added to a job comes last.
        needed = [
            Sum(None, f.types)
            if isinstance(f, kinds.SessionCount)
            else Sum(f.field, f.add, f.subtract)
            for f in self.features
            if isinstance(f, kinds.SessionCount | kinds.SessionSum)
        ]
        self.sums = tuple(dict.fromkeys([*sums, *needed]))
        self.windows = Windows([_asked(f) for f in self.features if isinstance(f, Windowed)])
        self._parts: list[Part] = [part for parts in _PARTS for part in parts(self.features)]
        self._keys = TextKeys()
        self._counts, self._money = self._of_sessions()
        grouped = {*self._counts.features, *self._money.features}
        self._read = [
            (at, self._reader(feature))
            for at, feature in enumerate(self.features)
            if at not in grouped
        ]

    @property
    def types(self) -> list[Types]:
        """The sets of types that `compute` wants masks of."""
        every = (*self.sums, *self.windows.sums)
        sums = [t for one in every for t in (one.add, one.subtract) if t]
        return sums + [types for part in self._parts for types in part.types]

    @property
    def has_own(self) -> bool:
        """Whether some of them are written in Python by users."""
        return any(isinstance(feature, Python) for feature in self.features)

    @property
    def fields(self) -> list[Field]:
        """The state columns of the features; what lies in `windows` is not among them."""
        return [field for part in self._parts for field in part.fields]

    @property
    def maps(self) -> list[MapField]:
        """The state maps of the features."""
        return [field for part in self._parts for field in part.maps]

    def compute(self, of: Pass) -> Matrix:
        """Return the features of every row, shape (rows, features), and store their state."""
        windows = self.windows.values(of.rows, adds(self.windows.sums, of.masks, of.events).T)
        ready: dict[str, Column] = {}
        for part in self._parts:
            ready.update(part.columns(of, partial(self._keys_of, of)))
        # By columns in memory: they are written and scored column by column.
        columns = np.empty((len(self.features), of.rows.n), dtype=np.float64)
        sums = of.sessions.sums.T
        columns[self._counts.features] = sums[self._counts.sums]
        columns[self._money.features] = sums[self._money.sums] / MINOR
        for index, read in self._read:
            columns[index] = read(of, windows, ready)
        return columns.T

    def _of_sessions(self) -> tuple[_Grouped, _Grouped]:
        """Return the features that are sums of a session: counts, and amounts of money."""
        counts, money = _Grouped([], []), _Grouped([], [])
        for at, feature in enumerate(self.features):
            if isinstance(feature, kinds.SessionCount):
                counts.enter(at, self.sums.index(Sum(None, feature.types)))
            elif isinstance(feature, kinds.SessionSum):
                group = counts if feature.field == "quantity" else money
                wanted = Sum(feature.field, feature.add, feature.subtract)
                group.enter(at, self.sums.index(wanted))
        return counts, money

    def _keys_of(self, of: Pass, field: str, wanted: Bools) -> Ints:
        keys = np.full(of.rows.n, MISSING, dtype=np.int64)
        at = np.flatnonzero(wanted)
        keys[at] = self._keys.of(of.events[field][at])
        return keys

    def _reader(self, feature: kinds.Feature) -> _Read:
        """Return what reads one feature off what a pass has computed."""
        match feature:
            case kinds.SessionSeconds():
                return lambda of, *_: (of.rows.clock - of.sessions.start) / 1000.0
            case kinds.GapSeconds():
                return lambda of, *_: of.sessions.gap / 1000.0
            case kinds.Property(field=field):
                return lambda of, *_: _units(of.events[field], field)
            case kinds.Indicator(field=field, values=values):
                return lambda of, *_: is_one_of(of.events[field], values)
            case kinds.WindowSum(field=field):
                asked = _asked(feature)
                return lambda _, windows, __: _units(windows[asked], field)
            case kinds.WindowCount() | kinds.WindowCells():
                asked = _asked(feature)
                return lambda _, windows, __: windows[asked]
            case _:
                name = feature.name
                return lambda _, __, ready: ready[name]


def _asked(feature: Windowed) -> Asked:
    if isinstance(feature, kinds.WindowSum):
        added = Sum(feature.field, feature.add, feature.subtract)
    else:
        added = Sum(None, feature.types)
    cells = isinstance(feature, kinds.WindowCells)
    return Asked(feature.width_ms, feature.step_ms, added, cells)


def _units(values: Ints, field: str) -> NDArray[np.generic]:
    return values if field == "quantity" else values / MINOR


def scaled(x: Matrix, features: Sequence[kinds.Feature]) -> Matrix:
    """Return features as a model sees them: ln(1 + value) of those with `scale = "log1p"`.

    Examples
    --------
    >>> shown = kinds.CartQuantity(name="cart", scale="log1p")
    >>> scaled(np.array([[0.0], [1.0]]), [shown]).round(3).tolist()
    [[0.0], [0.693]]
    """
    result = x.copy(order="K")
    some = [at for at, feature in enumerate(features) if feature.scale == "log1p"]
    # Feature by feature side by side in memory, and so many at once that they stay in a cache.
    each = max(1, _AT_ONCE // max(len(x), 1))
    for start in range(0, len(some), each):
        chosen = some[start : start + each]
        result.T[chosen] = np.log1p(np.maximum(x.T[chosen], 0.0, order="C"))
    return result
