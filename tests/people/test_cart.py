"""The cart: never below zero, emptied by a purchase, kept over sessions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given

from rtm_flows.people import cart
from rtm_flows.people.state import People
from tests.people.passes import START, OnePass, Told, answers, cut_streams, everywhere, people


def contents(one: OnePass, state: People) -> np.ndarray[Any, Any]:
    """Return quantity and amount after each row of a pass."""
    types = one.events["type"]
    adds, removes, buys = (types == t for t in ("add_to_cart", "remove_from_cart", "purchase"))
    quantity, amount = one.events["quantity"], one.events["amount"]
    return cart.carts(one.rows, adds, removes, buys, quantity, amount, state)


def after(events: list[Told], cuts: list[int]) -> list[list[int]]:
    """Return the cart after every event."""
    state = people(cart.FIELDS)
    return answers(events, cuts, state, lambda one: contents(one, state))


def one_by_one(events: list[Told]) -> list[list[int]]:
    """Return the cart after every event, in a plain loop."""
    carts: dict[int, list[int]] = {}
    told = []
    for event in events:
        quantity, amount = carts.get(event.person, [0, 0])
        if event.type == "add_to_cart":
            quantity, amount = quantity + event.quantity, amount + event.amount
        elif event.type == "remove_from_cart":
            quantity = max(quantity - event.quantity, 0)
            amount = max(amount - event.amount, 0)
        elif event.type == "purchase":
            quantity, amount = 0, 0
        carts[event.person] = [quantity, amount]
        told.append([quantity, amount])
    return told


@given(cut_streams())
def test_carts_are_those_of_a_loop_whatever_the_cuts(
    drawn: tuple[list[Told], list[int]],
) -> None:
    """What lies in the cart does not depend on how the events were cut into passes."""
    events, cuts = drawn
    expected = one_by_one(events)

    for cutting in (cuts, [], everywhere(events)):
        assert after(events, cutting) == expected


@pytest.mark.parametrize("cuts", [[], [1], [1, 2, 3]])
def test_quantity_and_amount_are_floored_each_on_its_own(cuts: list[int]) -> None:
    """Removing more than is there leaves nothing, and owes nothing."""
    events = [
        Told(0, START, "add_to_cart", 1, 1000),
        Told(0, START, "remove_from_cart", 3, 400),
        Told(0, START, "add_to_cart", 1, 5),
        Told(0, START + 10**9, "search"),
    ]

    assert after(events, cuts) == [[1, 1000], [0, 600], [1, 605], [1, 605]]


def test_nothing_told_of_a_cart_leaves_it_empty() -> None:
    """A pass in which no row touches a cart, and one of no rows."""
    assert after([Told(0, START), Told(1, START)], []) == [[0, 0], [0, 0]]
    assert after([], []) == []
