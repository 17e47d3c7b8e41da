"""The cart: net quantity and amount, never below zero, emptied by a purchase.

In: rows of a pass with quantity and amount. Out: the cart after each row. Few rows touch a cart,
so those are walked one by one, and all others read the latest.
"""

from __future__ import annotations

import numpy as np

from rtm_flows.people.rows import Bools, Ints, Rows
from rtm_flows.people.state import Field, People

FIELDS = [Field("cart", "i8", (2,), 0)]
"""Quantity and amount (minor units) in the cart."""


def carts(
    rows: Rows,
    adds: Bools,
    removes: Bools,
    buys: Bools,
    quantity: Ints,
    amount: Ints,
    people: People,
) -> Ints:
    """Return quantity and amount in the cart after every row, shape (rows, 2); store the last."""
    touched = adds | removes | buys
    at = np.flatnonzero(touched)
    sign = adds.astype(np.int64) - removes
    after = _walk(
        rows.slot[at].tolist(),
        buys[at].tolist(),
        (sign * quantity)[at].tolist(),
        (sign * amount)[at].tolist(),
        people["cart"],
    )
    latest = rows.latest(touched)
    position = np.cumsum(touched) - 1
    result = people["cart"][rows.slot]
    some = latest >= 0
    result[some] = after[position[latest[some]]]
    people["cart"][rows.people] = result[rows.ends]
    return result


def _walk(
    slots: list[int], buys: list[bool], quantities: list[int], amounts: list[int], cart: Ints
) -> Ints:
    after = np.empty((len(slots), 2), dtype=np.int64)
    current, q, a = -1, 0, 0
    for i, slot in enumerate(slots):
        if slot != current:
            current, q, a = slot, int(cart[slot, 0]), int(cart[slot, 1])
        q = 0 if buys[i] else max(0, q + quantities[i])
        a = 0 if buys[i] else max(0, a + amounts[i])
        after[i, 0], after[i, 1] = q, a
    return after
