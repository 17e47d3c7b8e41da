"""Lines of the fashion shop: what the tracking plan allows, once each, in the order of time."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict

import msgspec

from rtm_flows.events.mapping import CANONICAL
from rtm_flows.events.parser import Parser
from rtm_flows.events.plan import PLAN
from tests.simulate.fashion.conftest import Event, Told

CHANNELS = {"web", "app", "store", "email", "push", "call_center", "social"}
TYPES = {
    *("page_view", "search", "view_item_list", "view_item", "add_to_cart", "remove_from_cart"),
    *("view_cart", "begin_checkout", "add_shipping_info", "add_payment_info", "purchase"),
    *("add_to_wishlist", "sign_up", "login", "identify", "modify_consent", "order_completed"),
    *("order_shipped", "order_delayed", "order_delivered", "order_cancelled", "refund"),
    *("call_center_contact", "case_opened", "case_closed", "social_mention", "email_delivered"),
    *("email_bounced", "email_opened", "email_link_clicked", "unsubscribed", "delivered"),
    *("opened", "clicked"),
}


def test_the_parser_accepts_every_line(told: Told) -> None:
    """None is a dead letter, and none is ignored."""
    parsed = Parser(CANONICAL, source="shop").parse_block(b"\n".join(told.lines) + b"\n")

    assert len(parsed.table) == len(told.lines) == told.written.events


def test_lines_hold_what_the_tracking_plan_has(told: Told) -> None:
    """Each is a record of its type, and names no field that its type does not have."""
    names = {event["type"] for event in told.events}
    records = {name: msgspec.json.Decoder(PLAN[name]) for name in names}
    fields = {name: {"type", *PLAN[name].__struct_encode_fields__} for name in names}
    for line, event in zip(told.lines, told.events, strict=True):
        records[event["type"]].decode(line)
        assert set(event) <= fields[event["type"]], event


def test_all_types_and_channels_come(told: Told) -> None:
    """Web, app, e-mail, push, call centre, store and posts; the whole life of orders and cases."""
    assert set(Counter(event["type"] for event in told.events)) >= TYPES
    assert {event["channel"] for event in told.events if "channel" in event} == CHANNELS


def test_events_come_in_the_order_of_time_and_once(told: Told) -> None:
    """The file can be read as it stands, without lateness."""
    times = [event["time"] for event in told.events]

    assert times == sorted(times)
    assert len({event["id"] for event in told.events}) == len(times)


def test_what_was_written_is_counted(told: Told) -> None:
    """The numbers that the command tells are those of the lines."""
    visits = {event["session_id"] for event in told.events if "session_id" in event}
    purchases = told.of("purchase")

    assert told.written.bytes == sum(len(line) + 1 for line in told.lines)
    assert told.written.visits == len(visits)
    assert told.written.purchases == len(purchases)
    assert len({event["transaction_id"] for event in purchases}) == len(purchases)


def _life(told: Told) -> dict[str, list[Event]]:
    orders: dict[str, list[Event]] = defaultdict(list)
    for event in told.events:
        if "transaction_id" in event:
            orders[event["transaction_id"]].append(event)
    return orders


def test_orders_live_as_orders_do(told: Told) -> None:
    """Bought, completed, then shipped or cancelled; delivered after that, returned after that."""
    places = ("purchase", "order_completed", "order_shipped", "order_delayed", "order_delivered")
    for order in _life(told).values():
        kinds = [event["type"] for event in order]
        known = [places.index(kind) for kind in kinds if kind in places]
        assert kinds[0] == "purchase", order
        assert known == sorted(set(known)), kinds
        assert not {"order_shipped", "order_cancelled"} <= set(kinds), kinds
        if "refund" in kinds:
            assert kinds[-1] == "refund"
            assert order[-1]["value"] <= order[0]["value"]


def test_a_purchase_costs_what_the_cart_held(told: Told) -> None:
    """The step before a purchase tells the same worth and pieces; the items put in add up."""
    visits: dict[str, list[Event]] = defaultdict(list)
    for event in told.events:
        if "session_id" in event:
            visits[event["session_id"]].append(event)
    seen = 0
    for visit in visits.values():
        if visit[-1]["type"] == "purchase" and visit[-1]["channel"] != "store":
            paid = next(e for e in reversed(visit) if e["type"] == "add_payment_info")
            assert (visit[-1]["value"], visit[-1]["quantity"]) == (paid["value"], paid["quantity"])
            if "user_id" not in visit[-1]:  # the cart began empty
                put = sum(_put(event) for event in visit)
                assert abs(visit[-1]["value"] - put) < 0.001
                seen += 1
    assert seen > 20


def _put(event: Event) -> float:
    sign = {"add_to_cart": 1, "remove_from_cart": -1}.get(event["type"], 0)
    return sign * float(event.get("price", 0))


def test_cases_are_opened_before_they_are_closed(told: Told) -> None:
    """Each by its number, and calls come before the case that they open."""
    cases: dict[str, list[str]] = defaultdict(list)
    for event in told.events:
        if "case_id" in event:
            cases[event["case_id"]].append(event["type"])
    wanted = ["call_center_contact", "case_opened", "case_closed"]

    assert len(cases) > 10
    for kinds in cases.values():
        assert kinds in (wanted[: len(kinds)], wanted[1 : len(kinds) + 1])


def test_people_post_in_their_own_language_and_script(told: Told) -> None:
    """English, Arabic, Azerbaijani and Vietnamese, composed (NFC), each in its own letters."""
    posts: dict[str, list[str]] = defaultdict(list)
    for event in told.of("social_mention"):
        assert event["locale"].startswith(event["lang"])
        assert unicodedata.normalize("NFC", event["text"]) == event["text"]
        posts[event["lang"]].append(event["text"])

    assert set(posts) == {"en", "ar", "az", "vi"}
    assert all(any("ARABIC" in unicodedata.name(c, "") for c in text) for text in posts["ar"])
    assert any("ə" in text for text in posts["az"])
    assert any(set(text) & set("ảạăđệộơư") for text in posts["vi"])
    assert {event["locale"] for event in told.events} == {"en-GB", "ar-SA", "az-AZ", "vi-VN"}
