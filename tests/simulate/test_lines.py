"""The canonical form of every event."""

from __future__ import annotations

import re

from rtm_flows.simulate import Truth
from tests.simulate.reader import CHANNELS, DEVICES, KEYS, TYPES, Event, Reading

TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ITEM = {"item_id", "item_category", "price"}
EXTRAS = {
    "view_item": ITEM,
    "add_to_wishlist": ITEM,
    "add_to_cart": ITEM | {"quantity"},
    "remove_from_cart": ITEM | {"quantity"},
    "search": {"search_term"},
    "purchase": {"quantity", "value", "transaction_id"},
    "case_opened": {"case_id"},
    "case_closed": {"case_id"},
}
ALWAYS = {"id", "time", "type", "channel", "device", "session_id"}


def _fields(event: Event) -> set[str]:
    return set(event) - {"ms", "key", "user_id", "anonymous_id"}


def test_every_event_is_canonical(clean_week: tuple[Reading, Truth]) -> None:
    """Known keys only, exactly those of its type, with values of the right kind."""
    reading, _ = clean_week
    for event in reading.events.values():
        assert set(event) - {"ms", "key"} <= KEYS
        assert _fields(event) == ALWAYS | EXTRAS.get(event["type"], set())
        assert TIME.fullmatch(event["time"])
        assert event["channel"] in CHANNELS
        assert event["device"] in DEVICES
        assert event.get("price", 1) > 0
        assert event.get("quantity", 1) >= 1


def test_every_type_occurs(clean_week: tuple[Reading, Truth]) -> None:
    """A week of the shop shows all of its types, channels and devices."""
    events = clean_week[0].events.values()
    assert {e["type"] for e in events} == TYPES
    assert {e["channel"] for e in events} == CHANNELS
    assert {e["device"] for e in events} == DEVICES


def test_an_item_has_one_price_and_one_category(clean_week: tuple[Reading, Truth]) -> None:
    """The catalogue does not waver."""
    seen: dict[str, tuple[float, str]] = {}
    for event in clean_week[0].events.values():
        if "item_id" in event:
            facts = (event["price"], event["item_category"])
            assert seen.setdefault(event["item_id"], facts) == facts


def test_two_people_share_no_anonymous_id(clean_week: tuple[Reading, Truth]) -> None:
    """An anonymous id that is seen with a user id belongs to that user alone."""
    owner: dict[str, str] = {}
    for event in clean_week[0].events.values():
        if "user_id" in event and "anonymous_id" in event:
            assert owner.setdefault(event["anonymous_id"], event["user_id"]) == event["user_id"]
    assert len(set(owner.values())) == len(owner) > 100
