"""Orders: the state of each order of a person, moved by its events.

In: rows of a pass, which of them are order events, and the keys of their orders. Out: after every
row, how many orders are in each state; what each row led to; which rows did not suit. Few rows
speak of an order, so those are walked one by one, and all others read the latest.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np

from rtm_flows.columns import Column
from rtm_flows.people.maps import Entries, MapField
from rtm_flows.people.order_moves import MOVES, STATES
from rtm_flows.people.rows import Bools, Ints, Rows, pick_rows
from rtm_flows.people.state import Field, State
from rtm_flows.people.text_keys import MISSING

Name = TypeVar("Name", int, str)
"""By what an order is known: the key of its transaction id, or the id."""

MOST = 16
"""Orders remembered of a person; beyond, the one longest untouched is forgotten."""

MAPS = [MapField("orders", "i1")]
"""The state of each order, by transaction id."""
FIELDS = [Field("order_counts", "i2", (len(STATES),), 0)]
"""Orders in each state."""

_CODE: dict[str | None, int] = {None: -1, **{state: code for code, state in enumerate(STATES)}}
_MOVES = {
    kind: {_CODE[before]: _CODE[after] for before, after in moves.items()}
    for kind, moves in MOVES.items()
}


class Lives(NamedTuple):
    """What the rows of a pass did to orders."""

    counts: Ints
    """Orders in each state after every row, shape (rows, states)."""
    entered: Ints
    """State (index into `STATES`) in which the row left its order; -1 where there was no move."""
    faults: Bools
    """The row's event did not suit the state of its order."""


def lives(rows: Rows, told: Bools, types: Column, orders: Ints, people: State) -> Lives:
    """Move the orders of a pass; store where they are.

    Parameters
    ----------
    told
        Rows whose type is one of `MOVES`.
    types, orders
        Type and key of the transaction id of every row; without one there is no order to move.
    """
    touched = told & (orders != MISSING)
    at = np.flatnonzero(touched)
    if not len(at):
        nowhere = np.full(rows.n, -1, dtype=np.int64)
        return Lives(pick_rows(rows, touched, at, people["order_counts"]), nowhere, touched)
    kinds, keys = types[at].tolist(), orders[at].tolist()
    entered = np.full(rows.n, -1, dtype=np.int64)
    moved: list[int] = []
    counts: list[list[int]] = []

    def step(entries: Entries, index: range) -> None:
        tally = [0] * len(STATES)
        for state in entries.values():
            tally[state] += 1
        for i in index:
            moved.append(move(entries, tally, keys[i], kinds[i]))
            counts.append(tally.copy())

    people.maps["orders"].walk(rows.slot[at], step)
    entered[at] = moved
    after = np.array(counts, dtype=np.int64).reshape(-1, len(STATES))
    result = pick_rows(rows, touched, after, people["order_counts"])
    people["order_counts"][rows.people] = result[rows.ends]
    return Lives(result, entered, touched & (entered < 0))


def move(entries: dict[Name, int], tally: list[int], key: Name, kind: str) -> int:
    """Move one order; returns its new state, or -1 if the event does not suit.

    Parameters
    ----------
    entries
        The orders known, with their states as places in `STATES`.
    tally
        How many of them are in each state: kept up with the entries.
    key
        The order.
    kind
        The event's type, one of `MOVES`.

    Examples
    --------
    >>> entries, tally = {}, [0] * len(STATES)
    >>> STATES[move(entries, tally, "T-1", "purchase")], STATES[entries["T-1"]]
    ('placed', 'placed')
    """
    before = entries.get(key, -1)
    after = _MOVES[kind].get(before, -1)
    if after < 0:
        return after
    if before >= 0:
        tally[entries.pop(key)] -= 1
    elif len(entries) == MOST:
        tally[entries.pop(next(iter(entries)))] -= 1
    entries[key] = after
    tally[after] += 1
    return after
