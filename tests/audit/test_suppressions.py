"""The auditor's own reading of what must not be offered, and of which items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.audit.stories import (
    TIMERS,
    at_step,
    at_the_end,
    by_timer,
    candidate,
    known,
    line,
    told,
)
from tests.measure.recorded import Record

REASONS = (
    "open_case", "live_cart", "order_delayed", "bought", "removed", "ignored", "in_cart", "no_item",
)  # fmt: skip
ABOUT = ("cart", "viewed", "event", "accessory")
CONFIG: dict[str, Any] = {
    "actions": [
        {"name": "sell", "issue": "grow"},
        {"name": "help", "issue": "service"},
        *({"name": about, "issue": "service", "about": about} for about in ABOUT),
        {"name": "nudge", "issue": "grow", "about": "cart"},
    ],
    "suppressions": {},
    "accessories": {"dress": ["belt", "bag", "hat"], "coat": ["scarf", "belt"]},
}


def wins(name: str, items: Sequence[str] = ()) -> Record:
    """Return what a decision tells in which an action wins."""
    return {"name": name, "candidates": [candidate(name, None)], "items": list(items)}


def held(name: str, reason: str) -> Record:
    """Return what a decision tells in which an action is suppressed."""
    sole = [candidate(name, reason, "suppression")]
    return {"name": "no_action", "candidates": sole, "items": []}


def found(story: Sequence[str], record: Record, **config: Any) -> list[str]:
    """Return what is found in a decision."""
    texts = told(known(CONFIG | TIMERS | config, story), record, "suppressions")
    assert texts is not None
    return texts


def believed(story: Sequence[str], name: str, items: Sequence[str], **config: Any) -> list[str]:
    """Return for which reasons an action may be held back at the end of a story; `won` if none."""
    ways = {"won": wins(name, items)} | {reason: held(name, reason) for reason in REASONS}
    return [
        way for way, told in ways.items() if not found(story, at_the_end(story, **told), **config)
    ]


SUPPRESSED: list[tuple[str, list[str], str]] = [
    ("sell", ["0 page_view"], "won"),
    ("sell", ["0 add_to_cart a", "29 page_view"], "live_cart"),
    ("sell", ["0 add_to_cart a", "30 page_view"], "won"),
    ("sell", ["0 add_to_cart a"], "live_cart"),
    ("sell", ["0 add_to_cart"], "live_cart"),
    ("sell", ["0 add_to_cart a x0"], "won"),
    ("sell", ["0 add_to_cart a", "1 remove_from_cart a"], "won"),
    ("sell", ["0 add_to_cart a x2", "29 remove_from_cart a", "58 page_view"], "live_cart"),
    ("sell", ["0 add_to_cart a", "29 remove_from_cart b", "58 page_view"], "live_cart"),
    ("sell", ["0 add_to_cart a", "1 purchase a"], "won"),
    ("sell", ["0 add_to_cart a", "1 purchase b"], "live_cart"),
    ("sell", ["0 add_to_cart a", "1 purchase"], "won"),
    ("help", ["0 add_to_cart a"], "won"),
    ("nudge", ["0 add_to_cart a"], "won"),
    ("nudge", ["0 page_view"], "no_item"),
    ("sell", ["0 case_opened !1", "9d page_view"], "open_case"),
    ("sell", ["0 case_opened !1", "1 case_closed !1"], "won"),
    ("sell", ["0 case_opened !1", "1 case_opened !2", "2 case_closed !1"], "open_case"),
    ("sell", ["0 case_opened", "1 case_closed !1"], "open_case"),
    ("sell", ["0 case_opened !1", "1 add_to_cart a"], "open_case"),
    ("nudge", ["0 case_opened !1", "1 add_to_cart a"], "open_case"),
    ("help", ["0 case_opened !1"], "won"),
    ("viewed", ["0 page_view"], "no_item"),
    ("viewed", ["0 add_to_cart a"], "no_item"),
    ("viewed", ["0 view_item a", "1 add_to_cart a"], "in_cart"),
    ("viewed", ["0 view_item a", "1 purchase a"], "bought"),
    ("viewed", ["0 view_item a", "1 add_to_cart a", "2 purchase", "29d page_view"], "bought"),
    ("viewed", ["0 view_item a", "1 purchase a #1", "2 order_cancelled #1"], "won"),
    ("viewed", ["0 view_item a", "1 purchase a #1", "2 order_cancelled #2"], "bought"),
    ("viewed", ["0 view_item a", "1 purchase a #1", "2 order_shipped #1", "3 order_cancelled #1"],
     "bought"),
    ("viewed", ["0 view_item a", "1 purchase a #1", "2 order_shipped #1", "3 refund #1"], "won"),
    ("viewed", ["0 view_item a", "1 remove_from_cart a"], "removed"),
    ("viewed", ["0 view_item a", "1 add_to_cart a x2", "2 remove_from_cart a"], "in_cart"),
    ("viewed", ["0 view_item a", "1 remove_from_cart a", "7d page_view"], "removed"),
    ("viewed", ["0 remove_from_cart a", "1 view_item a"], "won"),
    ("viewed", ["0 view_item a", "1 impression a", "2 impression a", "3 impression a"], "ignored"),
    ("viewed", ["0 view_item a", "1 impression a", "2 impression a", "3 impression b"], "won"),
    ("event", ["0 view_item b", "1 page_view"], "no_item"),
    ("event", ["0 add_to_cart a"], "won"),
    ("event", ["0 purchase a"], "bought"),
    ("event", ["0 remove_from_cart a"], "removed"),
    ("accessory", ["0 purchase dress #1"], "no_item"),
    ("accessory", ["0 purchase dress", "1 order_shipped #1"], "no_item"),
    ("accessory", ["0 purchase shoe #1", "1 order_shipped #1"], "no_item"),
    ("accessory", ["0 purchase dress #1", "1 order_shipped #1", "2 order_delayed #1"],
     "order_delayed"),
    ("accessory", ["0 purchase dress #1", "1 order_shipped #1", "2 purchase b #2",
                   "3 order_delayed #2"], "order_delayed"),
    ("accessory", ["0 purchase dress #1", "1 order_shipped #1", "2 case_opened"], "open_case"),
    ("accessory", ["0 purchase dress #1", "0 order_delivered #1", "3d page_view"], "no_item"),
    ("accessory", ["0 add_to_cart belt", "1 add_to_cart bag", "1 add_to_cart hat",
                   "2 purchase dress #1", "3 order_shipped #1"], "in_cart"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "story", "reason"), SUPPRESSED)
def test_one_reason_is_believed(name: str, story: list[str], reason: str) -> None:
    """The right one: whatever else is told is found."""
    items = [] if name in ("sell", "help") else ["a"]
    assert believed(story, name, items) == [reason]


ITEMS: list[tuple[str, list[str], list[str]]] = [
    ("help", ["0 view_item a"], []),
    ("cart", ["0 add_to_cart a", "1 add_to_cart", "2 add_to_cart b", "3 add_to_cart a"],
     ["a", "b"]),
    ("cart", ["0 add_to_cart a x2", "1 add_to_cart b", "2 remove_from_cart a"], ["a", "b"]),
    ("cart", [f"0 add_to_cart {item}" for item in "abcdef"], list("fedc")),
    ("cart", ["0 add_to_cart"], []),
    ("viewed", [f"{at} view_item {item}" for at, item in enumerate("abcdefb")], list("bfed")),
    ("viewed", [*(f"0 view_item {item}" for item in "abc"), "1 impression a"], list("cba")),
    ("viewed", [*(f"0 view_item {item}" for item in "abc"), "1 add_to_cart b"], list("ca")),
    ("event", ["0 view_item a"], ["a"]),
    ("accessory", ["0 purchase dress #1", "1 order_shipped #1"], ["belt", "bag", "hat"]),
    ("accessory", ["0 purchase dress #1", "1 order_delivered #1", "3d page_view"],
     ["belt", "bag", "hat"]),
    ("accessory", ["0 purchase dress #1", "1 purchase coat #2", "2 order_shipped #1",
                   "3 order_shipped #2"], ["scarf", "belt", "bag", "hat"]),
    ("accessory", ["0 purchase dress #1", "1 purchase coat #2", "2 order_shipped #2"],
     ["scarf", "belt"]),
    ("accessory", ["0 purchase dress #1", "1 purchase coat #2", "2 purchase dress #1",
                   "3 order_shipped #1", "4 order_shipped #2"], ["belt", "bag", "hat", "scarf"]),
    ("accessory", ["0 purchase dress #1", "1 order_shipped #1", "2 add_to_cart bag"],
     ["belt", "hat"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "story", "items"), ITEMS)
def test_only_the_right_items_are_believed(name: str, story: list[str], items: list[str]) -> None:
    """In their order, and no others."""
    assert believed(story, name, items) == ["won"]
    others = [[*items, "more"], items[1:], items[::-1]]
    for wrong in (one for one in others if one != items):
        assert believed(story, name, wrong) == []


OFF: list[tuple[str, list[str], dict[str, Any], str]] = [
    ("sell", ["0 add_to_cart a"], {"live_cart": ""}, "won"),
    ("sell", ["0 add_to_cart a", "1d page_view"], {"live_cart": "P2D"}, "live_cart"),
    ("sell", ["0 add_to_cart a"], {"marketing": []}, "won"),
    ("help", ["0 add_to_cart a"], {"marketing": ["service"]}, "live_cart"),
    ("sell", ["0 case_opened"], {"open_case": False}, "won"),
    ("viewed", ["0 view_item a", "1 purchase a"], {"bought": ""}, "won"),
    ("viewed", ["0 view_item a", "1 remove_from_cart a"], {"removed": ""}, "won"),
    ("viewed", ["0 view_item a", *["1 impression a"] * 9], {"ignored": 0}, "won"),
    ("viewed", ["0 view_item a", "1 impression a"], {"ignored": 1}, "ignored"),
    ("accessory", ["0 purchase dress #1", "1 order_delivered #1"], {"delivery": ""}, "no_item"),
    ("accessory", ["0 purchase a #1", "1 order_delayed #1"], {"order_delayed": False}, "no_item"),
]


@pytest.mark.parametrize(("name", "story", "keys", "reason"), OFF)
def test_what_is_turned_off_holds_nothing_back(
    name: str, story: list[str], keys: dict[str, Any], reason: str
) -> None:
    """And what is set otherwise holds back otherwise."""
    items = [] if name == "sell" else ["a"]
    assert believed(story, name, items, suppressions=keys) == [reason]


def test_a_timer_knows_what_came_until_it_was_due() -> None:
    """At the very time too, and nothing of what came later; and there is no item of an event."""
    story = ["0 view_item a", "30 add_to_cart a", "31 purchase"]

    assert found(story, by_timer("29.99", **wins("viewed", ["a"]))) == []
    assert found(story, by_timer("30", **held("viewed", "in_cart"))) == []
    assert found(story, by_timer("30", **held("event", "no_item"))) == []
    assert found(story, by_timer("31", **held("viewed", "bought"))) == []
    assert found(story, by_timer("31", **wins("viewed", ["a"]))) != []


def test_of_one_time_the_order_of_events_counts() -> None:
    """By source, then by id, and copies are no events."""
    story = ["0 view_item a", "0 add_to_cart a", "0 purchase a"]
    one = known(CONFIG, story)
    ways = [wins("viewed", ["a"]), held("viewed", "in_cart"), held("viewed", "bought")]
    for number, way in enumerate(ways):
        assert told(one, at_step(story, number, **way), "suppressions") == []


@pytest.mark.parametrize(("other", "asked"), [("0 view_item a", True), ("0 view_item b", False)])
def test_a_person_of_whom_copies_differ_is_left_out(other: str, *, asked: bool) -> None:
    """Which of two with one time and one id was taken in is not known; one that is alike is."""
    one = known(CONFIG, ["0 view_item a"])
    for record in one.reading.read([line(other, 0)]):
        one.add(record)
    texts = told(one, at_step(["0 view_item a"], 0, **wins("viewed", ["a"])), "suppressions")

    assert texts == ([] if asked else None)


def test_copies_that_come_later_are_no_events() -> None:
    """Within the window; beyond it they are."""
    one = known(CONFIG | TIMERS | {"dedup": {"window": "PT1H"}}, ["0 view_item a"])
    for step in ("60 remove_from_cart a", "60.1 remove_from_cart a", "70 purchase a"):
        for record in one.reading.read([line(step, 0)]):
            one.add(record)
    removed = held("viewed", "removed")
    for minute, way in (("60.05", wins("viewed", ["a"])), ("60.1", removed), ("71", removed)):
        assert told(one, by_timer(minute, **way), "suppressions") == []


def test_decisions_out_of_order_are_told() -> None:
    """One that knows less than one before it."""
    story = ["0 view_item a", "1 add_to_cart a"]
    one = known(CONFIG, story)
    late = at_step(story, 1, **held("viewed", "in_cart"))

    assert told(one, late, "order") is None
    assert told(one, at_step(story, 0, **wins("viewed", ["a"])), "order") is not None


def test_below_cost_and_floor_nothing_is_held_back() -> None:
    """What was not open was not asked about."""
    low = candidate("sell", "below_floor", "arbitration")
    story = ["0 add_to_cart a"]
    at_end = at_the_end(story, name="no_action", candidates=[low])

    assert found(story, at_end) == []


@pytest.mark.parametrize(
    "config",
    [
        {"input": {"sort": False}, "time": {"order": "log"}},
        {"input": {"format": "segment"}},
        {"dedup": {"window": "PT0S"}},
    ],
)
def test_where_the_order_of_events_is_not_told_nothing_is_asked(config: dict[str, Any]) -> None:
    """In the order of arrival, of foreign records, and where copies are events."""
    story = ["0 add_to_cart a"]
    one = known(CONFIG | config, story)

    assert told(one, at_the_end(story, **wins("sell")), "suppressions") is None


def others(type_: str, count: int) -> list[str]:
    """Return steps with so many other items."""
    return [f"1 {type_} other{number:03}" for number in range(count)]


BOUNDS = [
    ("remove_from_cart a", others("view_item", 47), "removed"),
    ("remove_from_cart a", others("view_item", 48), "won"),
    ("purchase a", others("purchase", 47), "bought"),
    ("purchase a", others("purchase", 48), "won"),
]


@pytest.mark.parametrize(("first", "then", "reason"), BOUNDS)
def test_what_was_long_untouched_is_forgotten(first: str, then: list[str], reason: str) -> None:
    """Of items, and of lines of purchases, 48 are remembered."""
    assert believed([f"0 {first}", *then, "2 add_to_wishlist a"], "event", ["a"]) == [reason]


@pytest.mark.parametrize(("count", "reason"), [(31, "in_cart"), (32, "won")])
def test_a_cart_holds_32_items(count: int, reason: str) -> None:
    """The one longest untouched falls out."""
    story = ["0 view_item a", "0 add_to_cart a", *others("add_to_cart", count)]

    assert believed(story, "viewed", ["a"]) == [reason]
