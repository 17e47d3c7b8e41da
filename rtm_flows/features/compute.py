"""Features as columns: definitions compiled once, computed for all rows of a pass together.

In: feature definitions, and per pass the rows with their sessions and state. Out: a matrix
of float64, one row an event, one column a feature in declared order. Every step is elementwise or
on integers, so the bits of a value do not depend on what else is in the pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

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
        needed = [Sum(None, f.types) for f in self.features if isinstance(f, kinds.SessionCount)]
        needed += [
            Sum(f.field, f.add, f.subtract)
            for f in self.features
            if isinstance(f, kinds.SessionSum)
        ]
        self.sums = tuple(dict.fromkeys([*sums, *needed]))
        self.windows = Windows([_asked(f) for f in self.features if isinstance(f, Windowed)])
        self._parts: list[Part] = [part for parts in _PARTS for part in parts(self.features)]
        self._keys = TextKeys()

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
        for index, feature in enumerate(self.features):
            columns[index] = self._column(feature, of, windows, ready)
        return columns.T

    def _keys_of(self, of: Pass, field: str, wanted: Bools) -> Ints:
        keys = np.full(of.rows.n, MISSING, dtype=np.int64)
        at = np.flatnonzero(wanted)
        keys[at] = self._keys.of(of.events[field][at])
        return keys

    def _column(
        self,
        feature: kinds.Feature,
        of: Pass,
        windows: Mapping[Asked, Ints],
        ready: Mapping[str, Column],
    ) -> NDArray[np.generic]:
        """Return one feature: `windows` is what lies in the windows, `ready` is of the parts."""
        sums, sessions = self.sums, of.sessions
        match feature:
            case kinds.SessionCount():
                return sessions.sums[:, sums.index(Sum(None, feature.types))]
            case kinds.SessionSum():
                wanted = Sum(feature.field, feature.add, feature.subtract)
                return _units(sessions.sums[:, sums.index(wanted)], feature.field)
            case kinds.SessionSeconds():
                return (of.rows.clock - sessions.start) / 1000.0
            case kinds.GapSeconds():
                return sessions.gap / 1000.0
            case kinds.Property():
                return _units(of.events[feature.field], feature.field)
            case kinds.Indicator():
                return is_one_of(of.events[feature.field], feature.values)
            case kinds.WindowCount() | kinds.WindowSum() | kinds.WindowCells():
                return _of_window(feature, windows[_asked(feature)])
            case _:
                return ready[feature.name]


def _of_window(feature: Windowed, values: Ints) -> NDArray[np.generic]:
    return _units(values, feature.field) if isinstance(feature, kinds.WindowSum) else values


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
    for index, feature in enumerate(features):
        if feature.scale == "log1p":
            column = np.ascontiguousarray(x[:, index])
            result[:, index] = np.log1p(np.maximum(column, 0.0))
    return result
