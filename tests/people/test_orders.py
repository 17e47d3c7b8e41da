"""Orders: moved by the events that suit their state, and by no others."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from rtm_flows.people import orders
from rtm_flows.people.order_moves import MOVES, STATES
from rtm_flows.people.state import People
from rtm_flows.people.text_keys import TextKeys
from tests.people.passes import START, OnePass, Told, answers, cut_streams, everywhere, people
from tests.reference.service import ORDER_TYPES, next_state


def moved(one: OnePass, state: People) -> np.ndarray[Any, Any]:
    """Return the orders in each state, the state entered and the fault, side by side."""
    types = one.events["type"]
    told = np.array([kind in MOVES for kind in types.tolist()], dtype=np.bool_)
    lives = orders.lives(one.rows, told, types, TextKeys().of(one.events["text"]), state)
    return np.column_stack([lives.counts, lives.entered, lives.faults])


def after(events: list[Told], cuts: list[int]) -> list[list[int]]:
    """Return what `moved` does after every event."""
    state = people(orders.FIELDS, orders.MAPS)
    return answers(events, cuts, state, lambda one: moved(one, state))


def life(*types: str) -> list[Told]:
    """Return events of one order."""
    return [Told(0, START + at, kind, text="t1") for at, kind in enumerate(types)]


def states(events: list[Told]) -> list[str | None]:
    """Return the state that each event led to, None where it did not suit."""
    entered = [row[-2] for row in after(events, [])]
    return [None if code < 0 else STATES[code] for code in entered]


def test_an_order_goes_its_way() -> None:
    """From the purchase to the door and back."""
    usual = life("purchase", "order_completed", "order_shipped", "order_delivered", "refund")
    late = life("order_completed", "order_delayed", "order_shipped", "order_delayed")

    assert states(usual) == ["placed", "paid", "shipped", "delivered", "refunded"]
    assert states(late) == ["paid", "delayed", "shipped", "shipped_delayed"]


def test_what_does_not_suit_changes_nothing() -> None:
    """Unknown orders cannot be shipped, shipped ones not cancelled, and nothing happens twice."""
    events = life("order_shipped", "purchase", "purchase", "order_shipped", "order_cancelled")
    rows = after(events, [])

    assert states(events) == [None, "placed", None, "shipped", None]
    assert [row[-1] for row in rows] == [1, 0, 1, 0, 1]
    assert rows[-1][: len(STATES)] == [int(state == "shipped") for state in STATES]


@pytest.mark.parametrize(("state", "kind"), list(itertools.product([None, *STATES], MOVES)))
def test_moves_are_those_of_the_page(state: str | None, kind: str) -> None:
    """The table of moves is that of the reference, written by other hands."""
    assert MOVES[kind].get(state) == next_state(state, kind)
    assert set(MOVES) == ORDER_TYPES


@given(cut_streams(types=sorted(MOVES)))
def test_orders_do_not_depend_on_the_cuts(drawn: tuple[list[Told], list[int]]) -> None:
    """Counts, moves and faults are the same in one pass, in some, and in one an event."""
    events, cuts = drawn

    assert after(events, cuts) == after(events, []) == after(events, everywhere(events))


def test_so_many_orders_are_remembered() -> None:
    """One more, and the longest untouched is forgotten: its delivery no longer suits."""
    placed = [Told(0, START, "purchase", text=f"t{i}") for i in range(orders.MOST + 1)]
    events = [*placed, Told(0, START, "order_delivered", text="t0"),
              Told(0, START, "order_delivered", text="t1")]  # fmt: skip

    for cuts in ([], everywhere(events)):
        rows = after(events, cuts)
        assert [sum(row[: len(STATES)]) for row in rows[-3:]] == [orders.MOST] * 3
        assert [row[-1] for row in rows[-3:]] == [0, 1, 0]


def test_an_event_of_no_order_is_nothing() -> None:
    """Neither a purchase without an order's id nor a search with one moves or is a fault."""
    events = [Told(0, START, "purchase"), Told(0, START, "search", text="t1")]

    assert after(events, []) == [[0] * len(STATES) + [-1, 0]] * 2
