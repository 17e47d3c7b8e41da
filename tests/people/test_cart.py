"""The cart: quantity and amount of each item, never below zero, kept over sessions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given

from rtm_flows.people import cart
from rtm_flows.people.state import People
from rtm_flows.people.text_keys import TextKeys
from tests.people.passes import START, OnePass, Told, answers, cut_streams, everywhere, people

CART_TYPES = ("add_to_cart", "add_to_cart", "add_to_cart", "remove_from_cart", "purchase", "search")


def contents(one: OnePass, state: People) -> np.ndarray[Any, Any]:
    """Return quantity, amount and different items after each row of a pass."""
    types = one.events["type"]
    adds, removes, buys = (types == t for t in ("add_to_cart", "remove_from_cart", "purchase"))
    items, quantity, amount = (one.events[name] for name in ("text", "quantity", "amount"))
    return cart.carts(one.rows, adds, removes, buys, TextKeys().of(items), quantity, amount, state)


def after(events: list[Told], cuts: list[int]) -> list[list[int]]:
    """Return the cart after every event."""
    state = people(cart.FIELDS, cart.MAPS)
    return answers(events, cuts, state, lambda one: contents(one, state))


def one_by_one(events: list[Told]) -> list[list[int]]:
    """Return the cart after every event, in a plain loop."""
    carts: dict[int, dict[str | None, tuple[int, int]]] = {}
    told = []
    for event in events:
        items = carts.setdefault(event.person, {})
        q, a = items.get(event.text, (0, 0))
        if event.type == "add_to_cart":
            items[event.text] = (q + event.quantity, a + event.amount)
        elif event.type == "purchase" and event.text is None:
            items.clear()
        elif event.type in ("remove_from_cart", "purchase"):
            left = max(q - event.quantity, 0)
            items[event.text] = (left, a * left // q if q else 0)
        items |= {item: (0, 0) for item, (q, _) in items.items() if not q}
        held = [content for content in items.values() if content[0]]
        told.append([sum(q for q, _ in held), sum(a for _, a in held), len(held)])
    return told


@given(cut_streams(types=CART_TYPES))
def test_carts_are_those_of_a_loop_whatever_the_cuts(
    drawn: tuple[list[Told], list[int]],
) -> None:
    """What lies in the cart does not depend on how the events were cut into passes."""
    events, cuts = drawn
    expected = one_by_one(events)

    for cutting in (cuts, [], everywhere(events)):
        assert after(events, cutting) == expected


@pytest.mark.parametrize("cuts", [[], [1], [1, 2, 3]])
def test_a_removal_takes_its_part_of_the_amount(cuts: list[int]) -> None:
    """One of three for 10.00 leaves 6.66; more than is there leaves nothing, owes nothing."""
    events = [
        Told(0, START, "add_to_cart", 3, 1000, "a"),
        Told(0, START, "remove_from_cart", 1, 0, "a"),
        Told(0, START, "remove_from_cart", 9, 400, "a"),
        Told(0, START, "add_to_cart", 1, 5, "a"),
        Told(0, START + 10**9, "search"),
    ]

    assert after(events, cuts) == [[3, 1000, 1], [2, 666, 1], [0, 0, 0], [1, 5, 1], [1, 5, 1]]


@pytest.mark.parametrize("cuts", [[], [2], [1, 2, 3, 4]])
def test_a_purchase_of_some_leaves_the_rest(cuts: list[int]) -> None:
    """An item that is bought goes, the other stays; a purchase that names none takes all."""
    events = [
        Told(0, START, "add_to_cart", 1, 100, "a"),
        Told(0, START, "add_to_cart", 2, 50, "b"),
        Told(0, START, "purchase", 1, 100, "a"),
        Told(0, START, "purchase", 1, 100, "c"),
        Told(0, START, "purchase", 1, 25),
    ]

    assert after(events, cuts) == [[1, 100, 1], [3, 150, 2], [2, 50, 1], [2, 50, 1], [0, 0, 0]]


def test_a_cart_holds_so_many_items() -> None:
    """One more, and the longest untouched goes: here the second, for the first came back."""
    full = [Told(0, START, "add_to_cart", 1, 10**i, f"p{i}") for i in range(2)]
    full += [Told(0, START, "add_to_cart", 1, 1000, f"p{i}") for i in range(2, cart.MOST)]
    again = Told(0, START, "add_to_cart", 1, 0, "p0")
    more = Told(0, START, "add_to_cart", 1, 1000, "more")
    for cuts in ([], [7, 32, 33]):
        whole, last = after([*full, again, more], cuts)[-2:]
        assert whole == [cart.MOST + 1, 11 + 1000 * (cart.MOST - 2), cart.MOST]
        assert last == [cart.MOST + 1, 1 + 1000 * (cart.MOST - 1), cart.MOST]


def test_nothing_told_of_a_cart_leaves_it_empty() -> None:
    """A pass in which no row touches a cart, and one of no rows."""
    assert after([Told(0, START), Told(1, START)], []) == [[0, 0, 0], [0, 0, 0]]
    assert after([], []) == []
