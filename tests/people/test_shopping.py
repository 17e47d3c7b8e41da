"""Shopping: what may be spoken of to one person, and what not any more."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.people.shopping import ITEMS, LEFT_OUT, NOTHING, Rule, Shopping, Told

RULE = Rule(
    live_ms=1_000,
    open_case=True,
    order_delayed=True,
    bought_ms=10_000,
    removed_ms=5_000,
    ignored=2,
    delivery_ms=3_000,
    abouts=("viewed",),
    accessories={"dress": ("belt", "bag")},
)
Step = tuple[str, str, str]
"""An event's type, item and transaction."""


def shopping(*steps: Step) -> Shopping:
    """Return the shopping of somebody with one event a second, from second 0."""
    ann = Shopping()
    for at, (kind, item, order) in enumerate(steps):
        ann.take(Told(kind, item, order, "c1", 1, 1_000 * at, at + 1), remembers=True)
    return ann


def why(ann: Shopping, clock: int, about: str = "viewed", item: str = NOTHING) -> str | list[str]:
    """Return the items that are offered, or why there are none."""
    ((items, left),) = ann.offered(RULE._replace(abouts=(about,)), clock, item)
    return list(items) if left < 0 else LEFT_OUT[left]


VIEW, BUY = ("view_item", "dress", ""), ("purchase", "dress", "t1")
ADD, TAKE = ("add_to_cart", "dress", ""), ("remove_from_cart", "dress", "")
SHOW = ("impression", "dress", "")


@pytest.mark.parametrize(
    ("steps", "clock", "told"),
    [
        ([], 0, "no_item"),
        ([VIEW], 0, ["dress"]),
        ([VIEW, ADD], 1_000, "in_cart"),
        ([VIEW, ADD, TAKE], 6_999, "removed"),
        ([VIEW, ADD, TAKE], 7_000, ["dress"]),
        ([VIEW, ADD, TAKE, VIEW], 3_000, ["dress"]),
        ([VIEW, ADD, ADD, TAKE], 3_000, "in_cart"),
        ([VIEW, TAKE], 1_000, "removed"),
        ([VIEW, SHOW], 1_000, ["dress"]),
        ([VIEW, SHOW, SHOW], 10**9, "ignored"),
        ([VIEW, SHOW, SHOW, VIEW], 3_000, ["dress"]),
        ([VIEW, BUY], 10_999, "bought"),
        ([VIEW, BUY], 11_000, ["dress"]),
        ([VIEW, BUY, ("order_cancelled", "", "t1")], 2_000, ["dress"]),
        ([VIEW, BUY, ("refund", "", "t1")], 2_000, ["dress"]),
        ([VIEW, BUY, ("refund", "", "t2")], 2_000, "bought"),
        ([VIEW, BUY, ("order_shipped", "", "t1"), ("order_cancelled", "", "t1")], 3_000, "bought"),
        ([VIEW, BUY, ("purchase", "dress", "t2"), ("refund", "", "t2")], 3_000, "bought"),
        ([VIEW, ADD, ("purchase", "", "t1")], 2_000, "bought"),
        ([VIEW, ADD, ("purchase", "", "t1"), ("refund", "", "t1")], 3_000, ["dress"]),
    ],
)
def test_an_item_is_left_out_as_long_as_it_must_be(
    steps: list[Step], clock: int, told: str | list[str]
) -> None:
    """In the cart, bought, removed or ignored; and offered again from the exact millisecond."""
    assert why(shopping(*steps), clock) == told


SENT, CAME = ("order_shipped", "", "t1"), ("order_delivered", "", "t1")


@pytest.mark.parametrize(
    ("steps", "clock", "told"),
    [
        ([BUY], 0, "no_item"),
        ([BUY, SENT], 10**9, ["belt", "bag"]),
        ([BUY, SENT, CAME], 4_999, ["belt", "bag"]),
        ([BUY, SENT, CAME], 5_000, "no_item"),
        ([BUY, SENT, CAME, ("refund", "", "t1")], 3_000, "no_item"),
        ([BUY, SENT, ("add_to_cart", "belt", "")], 2_000, ["bag"]),
        ([BUY, SENT, ("purchase", "belt", "t2"), ("purchase", "bag", "t2")], 3_000, "bought"),
        ([("purchase", "dress", ""), SENT], 1_000, "no_item"),
    ],
)
def test_accessories_are_of_what_comes(
    steps: list[Step], clock: int, told: str | list[str]
) -> None:
    """From the shipping until a while after the delivery, without what is bought or in the cart."""
    assert why(shopping(*steps), clock, "accessory") == told


def test_the_cart_is_told_as_a_whole() -> None:
    """Whatever was bought or removed before: who puts something in knows why."""
    ann = shopping(BUY, TAKE, SHOW, SHOW, ADD, ("add_to_cart", "", ""))

    assert why(ann, 5_000, "cart") == ["dress"]
    assert why(shopping(("add_to_cart", "", "")), 0, "cart") == []
    assert why(shopping(ADD, TAKE), 1_000, "cart") == "no_item"


@given(st.integers(1, 2 * ITEMS))
def test_the_longest_untouched_is_forgotten(number: int) -> None:
    """Of items and of purchases a limited number is remembered."""
    ann = shopping(*(("purchase", f"i{at}", f"t{at}") for at in range(number)))

    assert len(ann.items) == len(ann.lines) == min(number, ITEMS)
    assert why(ann, 0, "event", "i0") == ("bought" if number <= ITEMS else ["i0"])
    assert next(iter(ann.items)) == ann.lines[0].item == f"i{max(0, number - ITEMS)}"


def test_what_is_saved_is_read_again() -> None:
    """As text, with every name that there is."""
    ann = shopping(VIEW, ("add_to_cart", 'odd" id\x1f', ""), BUY, ("case_opened", "", ""), CAME)

    assert msgspec.json.decode(msgspec.json.encode(ann), type=Shopping) == ann
