"""Shoppers: the same is told however a pass is cut, and to look at people changes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import Table, as_text, concat
from rtm_flows.people.rows import Rows
from rtm_flows.people.shoppers import Shoppers, items_of, left_of
from rtm_flows.people.shopping import Rule
from rtm_flows.people.state import People
from rtm_flows.people.type_sets import contains

RULE = Rule(
    live_ms=2_000,
    open_case=True,
    order_delayed=True,
    bought_ms=3_000,
    removed_ms=3_000,
    ignored=2,
    delivery_ms=2_000,
    abouts=("viewed", "cart", "event", "accessory"),
    accessories={"a": ("b", "c")},
)
KINDS = ("view_item", "impression", "add_to_cart", "remove_from_cart", "purchase", "page_view")
MORE = ("order_shipped", "order_delivered", "order_delayed", "case_opened", "case_closed", "refund")
EVENTS = st.lists(
    st.tuples(
        st.sampled_from([*KINDS, *MORE]),
        st.sampled_from(["a", "b", "c", None]),
        st.sampled_from(["t1", None]),
        st.integers(0, 2_000),
        st.booleans(),
    ),
    min_size=1,
    max_size=25,
)
Events = list[tuple[str, str | None, str | None, int, bool]]


class Followed:
    """People whose shopping is followed: one of slot 1, and one of slot 0 of whom nothing comes."""

    def __init__(self) -> None:
        self.shoppers = Shoppers(RULE)
        self.people = People(self.shoppers.fields)
        self.people.slots_of(["u:none", "u:ann"], np.zeros(2, dtype=np.int16))

    def follow(self, events: Events, clocks: list[int], first: int) -> Table:
        """Take some events in."""
        kinds, items, orders, _, asked = zip(*events, strict=True)
        table = Table(
            {
                "type": as_text(kinds),
                "item_id": as_text(items),
                "transaction_id": as_text(orders),
                "case_id": as_text(items),
                "quantity": np.ones(len(events), dtype=np.int64),
            }
        )
        rows = Rows(np.ones(len(events), dtype=np.int64), np.array(clocks))
        heard = np.array([contains(self.shoppers.types, kind) for kind in kinds])
        number = np.arange(first, first + len(events))
        return self.shoppers.follow(rows, table, heard, np.array(asked), number, self.people)


def lists(table: Table) -> dict[str, list[Any]]:
    """Return the columns as lists."""
    return {name: column.tolist() for name, column in table.columns.items()}


@given(EVENTS, st.data())
def test_cutting_a_pass_changes_nothing(events: Events, data: st.DataObject) -> None:
    """Neither does it to look at people in between, at any time."""
    clocks = np.cumsum([step for *_, step, _ in events]).tolist()
    cut = data.draw(st.integers(1, len(events)))
    whole, parts = Followed(), Followed()

    wanted = whole.follow(events, clocks, 1)
    told = [parts.follow(events[:cut], clocks[:cut], 1)]
    parts.shoppers.at(np.array([1, 0]), np.array([clocks[cut - 1] + 5_000] * 2), parts.people)
    if cut < len(events):
        told.append(parts.follow(events[cut:], clocks[cut:], cut + 1))

    assert lists(concat(told)) == lists(wanted)
    assert lists(parts.people.export(np.arange(2))) == lists(whole.people.export(np.arange(2)))


@given(EVENTS)
def test_items_are_told_where_they_are_asked_for(events: Events) -> None:
    """Of other rows none is; and whoever looks at somebody sees what the latest event has left."""
    clocks = np.cumsum([step for *_, step, _ in events]).tolist()
    ann = Followed()
    told = ann.follow(events, clocks, 1)
    seen = ann.shoppers.at(np.array([1]), np.array(clocks[-1:]), ann.people)

    for about in RULE.abouts:
        rest = [at for at, event in enumerate(events) if not event[-1]]
        assert not any(told[items_of(about)][rest])
        assert (told[left_of(about)][rest] == -1).all()
        if about != "event" and events[-1][-1]:
            assert told[items_of(about)][-1] == seen[items_of(about)][0]
    assert not Followed().people["shopping"].any()
