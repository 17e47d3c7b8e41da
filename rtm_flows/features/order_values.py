"""Values of the order features: what is read off a history of orders at every row.

In: definitions, and the rows of a pass. Out: one number a row. Recency, frequency and money
are exact; what a model says is rounded to 6 decimals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Column
from rtm_flows.features import order_kinds as kinds
from rtm_flows.features.bgnbd import p_alive, while_alive
from rtm_flows.features.definition import Definition
from rtm_flows.features.gamma_gamma import expected_spend
from rtm_flows.features.orders import History, Orders
from rtm_flows.features.part import MINOR, KeysOf, Part, Pass
from rtm_flows.people.maps import MapField
from rtm_flows.people.rows import Ints
from rtm_flows.people.state import Field
from rtm_flows.people.type_sets import Types
from rtm_flows.rounding import round6

Floats = NDArray[np.float64]


def parts(features: Sequence[Definition]) -> Iterator[Part]:
    """Yield one part for all features that count the same orders."""
    groups: dict[kinds.Counted, list[kinds.OrderKind]] = {}
    for feature in features:
        if isinstance(feature, kinds.OrderKind):
            groups.setdefault(feature.counted, []).append(feature)
    for index, group in enumerate(groups.values()):
        yield Customers(group, f"customer_{index}")


class Customers:
    """One history of orders, and the features that look at it."""

    def __init__(self, features: Sequence[kinds.OrderKind], name: str) -> None:
        self._features = features
        self._orders = Orders(name, features[0].counted)
        self.fields: Sequence[Field] = self._orders.fields
        self.maps: Sequence[MapField] = self._orders.maps
        self.types: Sequence[Types] = (features[0].counted.types,)

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return the values at every row, and store the history."""
        mask = of.masks[self.types[0]]
        ids = keys("transaction_id", mask) if self._orders.counted.once else None
        history = self._orders.history(of.rows, mask, ids, of.events["amount"], of.people)
        return {f.name: order_values(f, history, of.rows.clock) for f in self._features}


def order_values(feature: kinds.OrderKind, history: History, clock: Ints) -> NDArray[np.generic]:
    """Return the values of one feature."""
    match feature:
        case kinds.OrderCount():
            return history.orders
        case kinds.OccasionCount():
            return history.occasions
        case kinds.OrderValue():
            return history.amount / MINOR
        case kinds.FirstOrderSeconds():
            return np.where(history.first < 0, 0.0, (clock - history.first) / 1000.0)
        case kinds.LastOrderSeconds():
            never = feature.never_seconds
            since = (clock - history.last) / 1000.0
            return np.where(history.last < 0, never, np.minimum(since, never))
        case kinds.PAlive():
            return _of_customers(feature, history, clock)
        case kinds.ExpectedSpend():
            occasions, spent = history.occasions.astype(np.float64), history.amount / MINOR
            return round6(expected_spend(feature.parameters, occasions, np.maximum(spent, 0.0)))
    msg = f"no values are known for the kind of {feature!r}"
    raise TypeError(msg)


def _of_customers(feature: kinds.PAlive, history: History, clock: Ints) -> Floats:
    """Return P(alive) or expected purchases, and 0 before the first order."""
    some = np.flatnonzero(history.occasions)
    step = feature.counted.step_ms
    first = history.first[some] // step
    x = (history.occasions[some] - 1).astype(np.float64)
    t_x = (history.last[some] // step - first) * step / feature.unit_ms
    age = (clock[some] // step - first) * step / feature.unit_ms
    found = p_alive(feature.parameters, x, t_x, age)
    if isinstance(feature, kinds.ExpectedPurchases):
        found *= _while_alive(feature, x, age)
    values = np.zeros(len(clock), dtype=np.float64)
    values[some] = round6(found)
    return values


def _while_alive(feature: kinds.ExpectedPurchases, x: Floats, age: Floats) -> Floats:
    """Return what is expected of the living, computed once for all rows that are alike.

    Whole steps make many rows alike: all of a person's day, and all who came on one day.
    """
    ages, of_age = np.unique(age, return_inverse=True)
    key, of_row = np.unique(of_age + len(ages) * x.astype(np.int64), return_inverse=True)
    times, place = np.divmod(key, max(len(ages), 1))
    expected = while_alive(
        feature.parameters, times.astype(np.float64), ages[place], feature.horizon_units
    )
    return expected[of_row]
