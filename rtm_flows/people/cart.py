"""The cart: net quantity and amount of each item, never below zero.

In: rows of a pass with item, quantity and amount. Out: the cart after each row. Few rows touch a
cart, so those are walked one by one, and all others read the latest.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from rtm_flows.people.maps import Entries, MapField
from rtm_flows.people.rows import Bools, Ints, Rows, pick_rows
from rtm_flows.people.state import Field, State
from rtm_flows.people.text_keys import MISSING

Name = TypeVar("Name", int, str)
"""By what an item is known: the key of its text, or the text."""
Pieces = tuple[int, int]
"""Quantity and amount (minor units)."""

MOST = 32
"""Items in a cart; beyond, the one longest untouched is forgotten."""

MAPS = [MapField("cart", "i8", (2,))]
"""Quantity and amount (minor units) of each item."""
FIELDS = [Field("cart_total", "i8", (3,), 0)]
"""Quantity, amount (minor units) and different items in the cart."""


def carts(
    rows: Rows,
    adds: Bools,
    removes: Bools,
    buys: Bools,
    items: Ints,
    quantity: Ints,
    amount: Ints,
    people: State,
) -> Ints:
    """Return the totals of `FIELDS` after every row, shape (rows, 3); store the last.

    Parameters
    ----------
    items
        Key of every row's item; a purchase without one empties the cart.
    """
    touched = adds | removes | buys
    at = np.flatnonzero(touched)
    if not len(at):
        return pick_rows(rows, touched, at, people["cart_total"])
    adding, emptying = adds[at].tolist(), (buys & (items == MISSING))[at].tolist()
    keys, pieces, minor = items[at].tolist(), quantity[at].tolist(), amount[at].tolist()
    after: list[tuple[int, int, int]] = []

    def step(entries: Entries, index: range) -> None:
        for i in index:
            if emptying[i]:
                entries.clear()
            elif adding[i]:
                put_in(entries, keys[i], pieces[i], minor[i])
            else:
                take_out(entries, keys[i], pieces[i])
            held = entries.values()
            after.append((sum(q for q, _ in held), sum(a for _, a in held), len(entries)))

    people.maps["cart"].walk(rows.slot[at], step)
    totals = np.array(after, dtype=np.int64).reshape(-1, 3)
    result = pick_rows(rows, touched, totals, people["cart_total"])
    people["cart_total"][rows.people] = result[rows.ends]
    return result


def put_in(entries: dict[Name, Pieces], item: Name, pieces: int, minor: int) -> None:
    """Put pieces of an item into a cart; beyond `MOST` items the longest untouched leaves it.

    Examples
    --------
    >>> entries = {"shoes": (1, 4_000)}
    >>> put_in(entries, "shoes", 1, 3_500)
    >>> entries
    {'shoes': (2, 7500)}
    """
    q, a = entries.pop(item, (0, 0))
    if q + pieces:
        if len(entries) == MOST:
            del entries[next(iter(entries))]
        entries[item] = (q + pieces, max(0, a + minor))


def take_out(entries: dict[Name, Pieces], item: Name, pieces: int) -> None:
    """Take pieces out, and of the amount in proportion: a removal seldom tells a price."""
    q, a = entries.pop(item, (0, 0))
    if q > pieces:
        entries[item] = (q - pieces, a * (q - pieces) // q)
