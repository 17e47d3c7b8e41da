"""What a person has running: cart, orders and service cases, as features.

In: rows of a pass with the keys of items, orders and cases. Out: the columns of these features.
The rules themselves are in `rtm_flows.people`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from rtm_flows.columns import Column
from rtm_flows.features import service_kinds as kinds
from rtm_flows.features.definition import Definition
from rtm_flows.features.part import MINOR, KeysOf, Part, Pass
from rtm_flows.features.running import Running
from rtm_flows.features.since import Since
from rtm_flows.people import cart, cases, orders
from rtm_flows.people.maps import MapField
from rtm_flows.people.order_moves import MOVES, STATES
from rtm_flows.people.rows import Ints
from rtm_flows.people.state import Field
from rtm_flows.people.type_sets import Types

_CartKind = kinds.CartQuantity | kinds.CartValue | kinds.CartItems
_OrderKind = kinds.OrdersInState | kinds.OrderStateSeconds | kinds.OrderFaults


def parts(features: Sequence[Definition]) -> Iterator[Part]:
    """Yield a part for the cart, one for orders and one for cases, where features look at them."""
    of_cart = [f for f in features if isinstance(f, _CartKind)]
    of_orders = [f for f in features if isinstance(f, _OrderKind)]
    of_cases = [f for f in features if isinstance(f, kinds.OpenCases)]
    if of_cart:
        yield CartPart(of_cart)
    if of_orders:
        yield OrderPart(of_orders)
    if of_cases:
        yield CasePart(of_cases)


class CartPart:
    """The cart."""

    fields: Sequence[Field] = cart.FIELDS
    maps: Sequence[MapField] = cart.MAPS
    types: Sequence[Types] = (("add_to_cart",), ("remove_from_cart",), ("purchase",))

    def __init__(self, features: Sequence[_CartKind]) -> None:
        self._features = features

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return what is in the cart after every row."""
        adds, removes, buys = (of.masks[types] for types in self.types)
        quantity, amount = of.events["quantity"], of.events["amount"]
        items = keys("item_id", adds | removes | buys)
        totals = cart.carts(of.rows, adds, removes, buys, items, quantity, amount, of.people)
        return {f.name: _of_cart(f, totals) for f in self._features}


def _of_cart(feature: _CartKind, totals: Ints) -> Column:
    match feature:
        case kinds.CartQuantity():
            return totals[:, 0]
        case kinds.CartValue():
            return totals[:, 1] / MINOR
        case kinds.CartItems():
            return totals[:, 2]


class OrderPart:
    """Orders and their states."""

    maps: Sequence[MapField] = orders.MAPS
    types: Sequence[Types] = (tuple(MOVES),)

    def __init__(self, features: Sequence[_OrderKind]) -> None:
        self._features = features
        self._faults = Running("order_faults")
        self._codes = {
            f.name: _codes(f.states) for f in features if not isinstance(f, kinds.OrderFaults)
        }
        self._since = {
            f.name: Since(f"order_since_{i}", f.never_seconds)
            for i, f in enumerate(features)
            if isinstance(f, kinds.OrderStateSeconds)
        }
        since = [field for one in self._since.values() for field in one.fields]
        self.fields: Sequence[Field] = [*orders.FIELDS, *self._faults.fields, *since]

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return where the orders are after every row."""
        told, types = of.masks[self.types[0]], of.events["type"]
        numbers = keys("transaction_id", told)
        lives = orders.lives(of.rows, told, types, numbers, of.people)
        faults = self._faults.totals(of.rows, lives.faults.astype(np.int64), of.people)
        columns: dict[str, Column] = {}
        for feature in self._features:
            match feature:
                case kinds.OrdersInState():
                    among = lives.counts[:, self._codes[feature.name]]
                    columns[feature.name] = among.sum(axis=1)
                case kinds.OrderStateSeconds():
                    # No move, -1, finds the last place, which is that of no state.
                    entered = np.zeros(len(STATES) + 1, dtype=np.bool_)
                    entered[self._codes[feature.name]] = True
                    left = entered[lives.entered]
                    since = self._since[feature.name]
                    columns[feature.name] = since.seconds(of.rows, left, of.people)
                case kinds.OrderFaults():
                    columns[feature.name] = faults
        return columns


def _codes(states: Sequence[str]) -> list[int]:
    return [STATES.index(state) for state in dict.fromkeys(states)]


class CasePart:
    """Service cases."""

    fields: Sequence[Field] = cases.FIELDS
    maps: Sequence[MapField] = cases.MAPS
    types: Sequence[Types] = (("case_opened",), ("case_closed",))

    def __init__(self, features: Sequence[kinds.OpenCases]) -> None:
        self._features = features

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return how many cases are open after every row."""
        opens, closes = (of.masks[types] for types in self.types)
        ids = keys("case_id", opens | closes)
        count = cases.open_cases(of.rows, opens, closes, ids, of.people)
        return {f.name: count for f in self._features}
