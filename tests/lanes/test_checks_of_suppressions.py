"""The checks of suppressions themselves: each must see what it is there for.

As in `test_checks_of_checks`: one part of the core is made wrong, and the comparison with the
reference, on a few fixed streams, must find a difference.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from rtm_flows.columns import Table
from rtm_flows.lanes import plan
from rtm_flows.lanes.suppressing import Suppressing
from rtm_flows.people import shopping
from rtm_flows.people.shoppers import LIVE_CART, OPEN_CASE, ORDER_DELAYED
from rtm_flows.people.shopping import Rule
from rtm_flows.policy.suppressions import rule_of
from tests.lanes.answers import Answer, of_reference
from tests.lanes.shopped import ABOUTS, shopped
from tests.lanes.streams import START, Stream
from tests.lanes.test_checks_of_checks import red, unseen

pytestmark = pytest.mark.no_cover
JOB: dict[str, Any] = {
    "name": "tiny",
    "input": {"sort": False},
    "triggers": {"moments": [{"name": "quiet", "kind": "silence", "after": "PT4S"}]},
    "features": [{"name": "n", "kind": "session_count", "types": ["*"]}],
    "actions": [
        {"name": f"about_{about}", "propensity": 1.0, **({"about": about} if about else {})}
        for about in ABOUTS
    ],
    "exploration": {"kind": "epsilon", "share": 1.0},
    "suppressions": {
        **dict.fromkeys(("live_cart", "bought", "removed", "delivery"), "PT10S"),
        "ignored": 2,
    },
    "accessories": {"dress": ["belt", "bag"]},
}
LIFE = [
    *((0, "view_item", "dress"), (1, "add_to_cart", "dress"), (2, "remove_from_cart", "dress")),
    *((11.999, "search", "dress"), (12, "search", "dress")),
    *((13, "add_to_cart", "hat"), (22.999, "search", None), (23, "search", None)),
    *(
        (24, "remove_from_cart", "hat"),
        (30, "purchase", "dress"),
        (39.999, "search", "dress"),
        (40, "search", "dress"),
    ),
    *((41, "order_shipped", None), (42, "order_delayed", None), (43, "order_delivered", None)),
    *((52.999, "search", None), (53, "search", None)),
    *((60, "impression", "shoe"), (61, "search", "shoe"), (62, "impression", "shoe")),
    *((63, "search", "shoe"), (64, "impression", "shoe"), (65, "search", "shoe")),
    *((70, "case_opened", None), (71, "search", None)),
]
"""A life with something at the end of every span, and just before it."""
SEEN = [
    *((0, "impression", "old"), (0, "impression", "old")),
    *((1, "view_item", f"i{at}") for at in range(47)),
    *((2, "search", "old"), (3, "view_item", "new"), (4, "search", "old")),
]
"""A life of 48 items, and then one more."""


def life(*events: tuple[float, str, str | None]) -> Stream:
    """Return the stream of somebody's life, of events at a second."""
    lines = []
    for at, (second, kind, item) in enumerate(events):
        told = {"id": f"e{at}", "time": START + round(1_000 * second), "type": kind}
        told |= {"user_id": "a", "transaction_id": "t1", "case_id": "c1"}
        lines.append(json.dumps(told | ({"item_id": item} if item else {})).encode())
    return Stream(JOB, [[lines]])


STREAMS = [life(*LIFE), life(*SEEN), *(shopped(seed) for seed in (1, 4, 5, 7))]


@pytest.fixture(scope="module")
def wanted() -> list[Answer]:
    """Return the reference's answers, which no patch of the core can change."""
    return [of_reference(one.plain, one.partitions) for one in STREAMS]


def test_as_it_is(wanted: list[Answer]) -> None:
    """Nothing is seen where nothing is wrong."""
    assert red(wanted, STREAMS) == set()


@pytest.mark.parametrize("by", [-1, 1])
@pytest.mark.parametrize("name", ["live_ms", "bought_ms", "removed_ms", "delivery_ms", "ignored"])
def test_with_a_bound_that_is_off_by_one(
    name: str, by: int, wanted: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A millisecond, or an impression, more or less is seen."""
    own = rule_of

    def off(*given: Any) -> Rule:
        rule = own(*given)
        return rule._replace(**{name: getattr(rule, name) + by})

    monkeypatch.setattr(plan, "rule_of", off)

    assert unseen({"decisions"}, wanted, STREAMS) == set()


@pytest.mark.parametrize("name", ["ITEMS", "OFFERED"])
@pytest.mark.parametrize("by", [-1, 1])
def test_with_a_number_that_is_off_by_one(
    name: str, by: int, wanted: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An item more or less that is remembered, or told, is seen."""
    monkeypatch.setattr(shopping, name, getattr(shopping, name) + by)

    assert unseen({"decisions"}, wanted, STREAMS) == set()


@pytest.mark.parametrize("column", [LIVE_CART, OPEN_CASE, ORDER_DELAYED])
@pytest.mark.parametrize("where", ["follow", "at"])
def test_without_what_somebody_has_running(
    column: str, where: str, wanted: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A live cart, an open case and a late order are seen, at events and when a timer is due."""
    own = getattr(Suppressing, where)

    def quiet(self: Suppressing, *given: Any) -> Table:
        told: Table = own(self, *given)
        return told.with_columns({column: np.zeros(len(told), dtype=np.bool_)})

    monkeypatch.setattr(Suppressing, where, quiet)

    assert unseen({"decisions"}, wanted, STREAMS) == set()
