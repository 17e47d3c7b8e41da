"""Core and reference over what people have running, and over their whole past, on streams of it.

In the worlds of `test_agreement` an order is seldom refunded and no cart is ever full. Here all
events are of orders, cases and carts, over months, and there are more of them than is remembered.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.job_strategies import LIFE_TYPES, STATES
from tests.lanes.answers import differences, of_core, of_reference
from tests.reference.cases import event
from tests.strategies import partitioned

CART = ("add_to_cart", "add_to_cart", "remove_from_cart", "purchase")
TYPES = ("purchase", *CART, *LIFE_TYPES)
BUYS = {"types": ["purchase", "order_completed"]}
SPREAD = {"kind": "affinity", "field": "item_category", "types": ["*"], "half_life": "P7D"}
DECLARED: list[dict[str, Any]] = [
    {"kind": "cart_quantity"},
    {"kind": "cart_value"},
    {"kind": "cart_items"},
    *({"kind": "orders_in_state", "states": [state]} for state in STATES),
    {"kind": "order_state_seconds", "states": ["delivered", "refunded"]},
    {"kind": "order_state_seconds", "states": ["delayed", "shipped_delayed"], "never": "P1D"},
    {"kind": "order_faults"},
    {"kind": "open_cases"},
    {"kind": "order_count", **BUYS},
    {"kind": "occasion_count", **BUYS},
    {"kind": "order_value", **BUYS},
    {"kind": "last_order_seconds", **BUYS},
    {"kind": "lifetime_sum", "field": "amount", "add": ["purchase"], "subtract": ["refund"]},
    {"kind": "lifetime_count", "types": ["refund"]},
    {"kind": "decayed_sum", "field": "amount", "types": ["purchase"], "half_life": "P1D"},
    {"kind": "days_active"},
    {"kind": "days_active", "types": ["purchase"]},
    {"kind": "habit", "part": "hour"},
    {"kind": "habit", "part": "weekday", "types": ["purchase"]},
    {"kind": "share", "field": "item_category", "values": ["shoes"], "half_life": "P1D"},
    {"kind": "rate", "hits": ["refund"], "of": ["purchase"], "prior": 0.1},
    {**SPREAD, "measure": "own_share", "entries": 2},
    {**SPREAD, "measure": "top_share"},
    {**SPREAD, "measure": "distinct", "entries": 2},
]
NAMED = [{"name": f"f{number}", **one} for number, one in enumerate(DECLARED)]
NAMES = {
    "transaction_id": ("t1", "t2", "t3", "fresh"),
    "case_id": ("c1", "c2", "fresh"),
    "item_id": ("p1", "p2", "p3", "fresh"),
    "item_category": ("shoes", "hats", "coats"),
}
STEPS = [0, 1, 59.999, 3600, 86_399.999, 86_400, 5 * 86_400]


@st.composite
def lives(draw: st.DrawFn) -> list[bytes]:
    """Return events of two people; where an id is fresh, it is that of no other event."""
    told: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {"step": st.sampled_from(STEPS), "type": st.sampled_from(TYPES), "user": st.booleans()},
        optional={
            "quantity": st.integers(0, 3),
            "value": st.sampled_from([0, 19.98, 7.35, -5.0]),
            **{field: st.sampled_from(names) for field, names in NAMES.items()},
        },
    )
    second, lines = 0.0, []
    for number, one in enumerate(draw(st.lists(told, min_size=10, max_size=60))):
        second += one.pop("step")
        kind, user = one.pop("type"), str(one.pop("user"))
        own = {key: f"n{number}" if it == "fresh" else it for key, it in one.items()}
        lines.append(event(second, kind, user=user, id=str(number), **own))
    return lines


def crowd(count: int) -> list[bytes]:
    """Return so many orders, cases and items of one person, then what becomes of all of them."""
    first = ("purchase", "case_opened", "add_to_cart")
    later = ("order_shipped", "case_closed", "remove_from_cart", "refund", "order_completed")
    lines = [
        event(start + number, kind, id=f"{kind}-{number}", quantity=1, value=9.99,
              transaction_id=name, case_id=name, item_category=name,
              item_id=name if kind != "purchase" else "none")
        for start, kinds in ((0, first), (count, later))
        for number, name in enumerate(f"n{number}" for number in range(count))
        for kind in kinds
    ]  # fmt: skip
    return lines


def in_sevens(lines: list[bytes]) -> list[list[bytes]]:
    """Return the lines in batches of seven."""
    return [lines[at : at + 7] for at in range(0, len(lines), 7)]


def job_of_lives(order: str) -> dict[str, Any]:
    """Return a job of all these features, which waits for whoever is late."""
    time = {"order": order, "lateness": "P1D"}
    return {"name": "shop", "time": time, "features": NAMED, "actions": []}


@settings(max_examples=40)
@given(st.sampled_from(["event", "log"]), lives(), st.data())
def test_orders_cases_and_carts_agree(order: str, lines: list[bytes], data: st.DataObject) -> None:
    """All kinds in one job, in both orders, however the events are dealt and cut."""
    rounds = data.draw(partitioned(lines))
    plain = job_of_lives(order)

    assert differences(of_core(plain, rounds), of_reference(plain, rounds), plain) == []


@pytest.mark.parametrize("count", [1, 15, 16, 17, 31, 32, 33, 40])
def test_what_is_forgotten_agrees(count: int) -> None:
    """As many as are remembered, one fewer, one more."""
    lines, plain = crowd(count), job_of_lives("event")
    rounds = [in_sevens(lines)]

    assert differences(of_core(plain, rounds), of_reference(plain, rounds), plain) == []
