"""Features as columns: definitions compiled once, computed for all rows of a pass together.

In: feature definitions, and per pass the rows with their sessions, carts and state. Out: a matrix
of float64, one row an event, one column a feature in declared order. Every step is elementwise or
on integers, so the bits of a value do not depend on what else is in the pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table
from rtm_flows.features import definitions as kinds
from rtm_flows.features.decays import Decay
from rtm_flows.features.order_kinds import Counted, OrderKind
from rtm_flows.features.order_values import order_values
from rtm_flows.features.orders import History, Orders
from rtm_flows.features.since import Since
from rtm_flows.features.window_layout import Asked
from rtm_flows.features.windows import Windows
from rtm_flows.people.rows import Bools, Ints, Rows
from rtm_flows.people.session_sums import Sum, adds
from rtm_flows.people.sessions import Sessions
from rtm_flows.people.state import Field, People
from rtm_flows.people.type_sets import Types

Matrix = NDArray[np.float64]
Windowed = kinds.WindowCount | kinds.WindowSum | kinds.WindowCells
MINOR = 100.0
"""Minor units in one currency unit."""


class Pass(NamedTuple):
    """All that features of one pass are made from."""

    rows: Rows
    events: Table
    masks: Mapping[Types, Bools]
    sessions: Sessions
    cart: Ints
    people: People


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
        self._decays = {
            f.name: Decay(f"decay_{i}", f.half_life_ms)
            for i, f in enumerate(self.features)
            if isinstance(f, kinds.DecayedCount)
        }
        self._since = {
            f.name: Since(f"since_{i}", f.never_seconds)
            for i, f in enumerate(self.features)
            if isinstance(f, kinds.SinceSeconds)
        }
        orders = [f.counted for f in self.features if isinstance(f, OrderKind)]
        self._orders = {
            one: Orders(f"orders_{i}", one) for i, one in enumerate(dict.fromkeys(orders))
        }

    @property
    def types(self) -> list[Types]:
        """The sets of types that `compute` wants masks of."""
        every = (*self.sums, *self.windows.sums)
        sums = [t for one in every for t in (one.add, one.subtract) if t]
        counted = (kinds.DecayedCount, kinds.SinceSeconds, OrderKind)
        return sums + [f.types for f in self.features if isinstance(f, counted)]

    @property
    def fields(self) -> list[Field]:
        """The state columns of the features; what lies in `windows` is not among them."""
        parts = self._decays.values(), self._since.values(), self._orders.values()
        return [field for group in parts for part in group for field in part.fields]

    def compute(self, of: Pass) -> Matrix:
        """Return the features of every row, shape (rows, features), and store their state."""
        windows = self.windows.values(of.rows, adds(self.windows.sums, of.masks, of.events).T)
        histories = {one: _history(orders, of) for one, orders in self._orders.items()}
        # By columns in memory: they are written and scored column by column.
        columns = np.empty((len(self.features), of.rows.n), dtype=np.float64)
        for index, feature in enumerate(self.features):
            columns[index] = self._column(feature, of, windows, histories)
        return columns.T

    def _column(
        self,
        feature: kinds.Feature,
        of: Pass,
        windows: Mapping[Asked, Ints],
        histories: Mapping[Counted, History],
    ) -> NDArray[np.generic]:
        """Return one feature, before scaling; `windows` is what lies in the windows."""
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
            case kinds.DecayedCount():
                return self._decays[feature.name].counts(
                    of.rows, of.masks[feature.types], of.people
                )
            case kinds.SinceSeconds():
                return self._since[feature.name].seconds(
                    of.rows, of.masks[feature.types], of.people
                )
            case kinds.CartQuantity():
                return of.cart[:, 0]
            case kinds.CartValue():
                return of.cart[:, 1] / MINOR
            case kinds.Property():
                return _units(of.events[feature.field], feature.field)
            case kinds.Indicator():
                return _is_one_of(of.events[feature.field], feature.values)
            case kinds.WindowCount() | kinds.WindowSum() | kinds.WindowCells():
                return _of_window(feature, windows[_asked(feature)])
            case OrderKind():
                return order_values(feature, histories[feature.counted], of.rows.clock)


def _history(orders: Orders, of: Pass) -> History:
    """Return the history of one kind of orders at every row, and store the latest."""
    ids = of.events["transaction_id"] if orders.counted.once else None
    mask, amount = of.masks[orders.counted.types], of.events["amount"]
    return orders.history(of.rows, mask, ids, amount, of.people)


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


def _is_one_of(texts: NDArray[np.generic], values: Sequence[str]) -> NDArray[np.float64]:
    found = map(frozenset(values).__contains__, texts.tolist())
    return np.fromiter(found, dtype=np.float64, count=len(texts))


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
