"""Orders of a whole life: exact, each counted once, and the same however events are cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.features.order_kinds import Counted
from rtm_flows.features.orders import REMEMBERED, Orders
from tests.people.passes import START, OnePass, Told, answers, cut_streams, everywhere, people

STEP = 10_000
BUY = "purchase"


def transaction(event: Told) -> str | None:
    """Return the transaction of an event: its quantity, and none for 0."""
    return str(event.quantity) if event.quantity else None


def histories(
    events: Sequence[Told], cuts: Sequence[int], once: bool = True
) -> list[tuple[int, ...]]:
    """Return the history at every event."""
    orders = Orders("o", Counted((BUY,), STEP, once))
    state = people(orders.fields, orders.maps)

    def kernel(one: OnePass) -> Any:
        ids = one.events["quantity"] if once else None
        mask = one.events["type"] == BUY
        columns = orders.history(one.rows, mask, ids, one.events["amount"], state)
        return np.stack(columns, axis=1)

    return [tuple(row) for row in answers(events, cuts, state, kernel)]


def one_by_one(events: Sequence[Told], once: bool) -> list[tuple[int, ...]]:
    """Return the same in a plain loop."""
    lives: dict[int, list[Told]] = {}
    told: list[tuple[int, ...]] = []
    for event in events:
        life = lives.setdefault(event.person, [])
        names = [transaction(order) for order in life if transaction(order) is not None]
        again = once and transaction(event) in names[-REMEMBERED:]
        if event.type == BUY and not again:
            life.append(event)
        cells = {order.time // STEP for order in life}
        edges = (life[0].time, life[-1].time) if life else (-1, -1)
        told.append((len(life), len(cells), sum(order.amount for order in life), *edges))
    return told


@given(cut_streams(steps=[STEP]), st.booleans())
def test_histories_are_those_of_a_loop_whatever_the_cuts(
    drawn: tuple[list[Told], list[int]], once: bool
) -> None:
    """All integers, however the events were cut."""
    events, cuts = drawn
    expected = one_by_one(events, once)

    for cutting in (cuts, [], everywhere(events)):
        assert histories(events, cutting, once) == expected


@pytest.mark.parametrize("cuts", [[], [1], [2], [1, 2, 3]])
def test_an_order_told_twice_counts_once(cuts: list[int]) -> None:
    """The first counts, with its time and amount; of another person it is another order."""
    events = [
        Told(0, START, BUY, 1, 500),
        Told(0, START + STEP, BUY, 1, 900),
        Told(1, START + STEP, BUY, 1, 200),
        Told(0, START + 2 * STEP, BUY, 2, 30),
    ]

    assert histories(events, cuts) == [
        (1, 1, 500, START, START),
        (1, 1, 500, START, START),
        (1, 1, 200, START + STEP, START + STEP),
        (2, 2, 530, START, START + 2 * STEP),
    ]


def test_orders_of_one_step_are_one_occasion() -> None:
    """Three orders in two cells; a cell begins at its edge, not at the first order."""
    times = [START + STEP - 1, START + STEP, START + 2 * STEP - 1]
    found = histories([Told(0, time, BUY, 0) for time in times], [])

    assert [(orders, occasions) for orders, occasions, *_ in found] == [(1, 1), (2, 2), (3, 2)]


@pytest.mark.parametrize("cuts", [[], [5, 17]])
@pytest.mark.parametrize(("others", "counted"), [(REMEMBERED - 1, 0), (REMEMBERED, 1)])
def test_the_latest_orders_are_remembered(cuts: list[int], others: int, counted: int) -> None:
    """An order is known again after so many others, and no longer."""
    numbers = [1, *range(2, others + 2), 1]
    events = [Told(0, START + i, BUY, number) for i, number in enumerate(numbers)]

    assert histories(events, cuts)[-1][0] == others + 1 + counted


def test_where_every_event_counts_no_ids_are_kept() -> None:
    """Five integers a person are all."""
    orders = Orders("o", Counted((BUY,), STEP, False))

    assert [(field.dtype, field.tail) for field in orders.fields] == [("i8", ())] * 5
    assert not orders.maps
