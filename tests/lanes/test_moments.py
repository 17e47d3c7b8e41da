"""Moments by hand: when each kind fires, by which events, and what the decision is made from.

Times are seconds after `BASE`; sessions end after ten. Core and reference are held to the same.
"""

from __future__ import annotations

from typing import Any

import pytest

from rtm_flows.decisions.identity import decision_id
from tests.lanes.answers import of_core, of_reference
from tests.reference.cases import BASE, event, job, second

END = "search"
"""The type of somebody else's event that lets time pass."""
Happened = list[tuple[float, str]]
Fired = list[tuple[str, float, str]]
"""Name, second and ids of each moment that fired."""


def decided(moments: list[dict[str, Any]], *lines: bytes, **more: Any) -> dict[str, Any]:
    """Return the answer of the core, once that of the reference is the same."""
    one = job(triggers={"types": [], "moments": moments}, **more)
    found = of_core(one, [[list(lines)]])
    wanted = of_reference(one, [[list(lines)]])
    for part in ("decisions", "counts", "scores"):
        assert found[part] == wanted[part]
    return found


def fired(answer: dict[str, Any]) -> Fired:
    """Return what fired for Ann, in the order of the file."""
    return [
        (
            one["trigger"]["type"],
            second(one["decision_time"]),
            "".join(one["trigger"]["event_ids"]),
        )
        for one in answer["decisions"]
        if one["subject_id"] == "ann"
    ]


def story(happened: str, until: float = 1000) -> list[bytes]:
    """Return Ann's events, each an id, a second and a type; and somebody else's at the end."""
    lines = []
    for one in happened.split(","):
        id_, at, kind, *rest = one.split()
        lines.append(event(float(at), kind, id=id_, **({"item_id": rest[0]} if rest else {})))
    return [*lines, event(until, END, user="bob", id="z")]


OVER = {"kind": "session_end"}
LEFT = {"kind": "cart_abandonment", "after": "PT20S"}
STALLED = {"kind": "checkout_abandonment", "after": "PT5S"}
LOOKED = {"kind": "browse_abandonment", "after": "PT15S", "views": 2}
QUIET = {"kind": "silence", "after": "PT30S"}
OWN = {"kind": "silence", "after": "PT500S", "quantile": 0.5, "least": 3}
MISSING = {"kind": "absence", "after_types": ["search"], "of": ["purchase"], "within": "PT5S"}
AGAIN = {"kind": "absence", "after_types": ["purchase"], "of": ["purchase"], "within": "PT5S"}
FOUND = {"kind": "sequence", "first": ["search"], "then": ["purchase"], "within": "PT5S"}
TWICE = {"kind": "sequence", "first": ["search"], "then": ["search"], "within": "PT5S"}
BUSY = {"kind": "count", "types": ["search"], "count": 3, "within": "PT5S"}
CASES: list[tuple[dict[str, Any], str, str]] = [
    (OVER, "a 0 search, b 10 search, c 20.001 search", "b@20 c@30.001"),
    (LEFT, "a 0 add_to_cart x", "a@20"),
    (LEFT, "a 0 add_to_cart x, b 8 search, c 16 search", "a@26"),
    (LEFT, "a 0 add_to_cart x, b 20 search", "a@30"),
    (LEFT, "a 0 add_to_cart x, b 20.001 search, c 60 search", "a@20"),
    (LEFT, "a 0 add_to_cart x, b 1 remove_from_cart x", ""),
    (LEFT, "a 0 add_to_cart x, b 1 add_to_cart y, c 2 remove_from_cart x", "c@22"),
    (LEFT, "a 0 add_to_cart x, b 1 add_to_cart y, c 2 purchase x", "c@22"),
    (LEFT, "a 0 add_to_cart x, b 1 add_to_cart y, c 2 purchase", ""),
    (LEFT, "a 0 add_to_cart x, b 50 search, c 90 add_to_cart x, d 200 search", "a@20 c@110"),
    (STALLED, "a 0 begin_checkout, b 5 search", "a@5"),
    (STALLED, "a 0 begin_checkout, b 5 purchase", ""),
    (STALLED, "a 0 begin_checkout, b 5.001 purchase", "a@5"),
    (STALLED, "a 0 begin_checkout, b 4 add_payment_info, c 8 purchase", ""),
    (STALLED, "a 0 begin_checkout, b 4 add_shipping_info", "b@9"),
    (LOOKED, "a 0 view_item, b 1 view_item, c 2 search", "ab@17"),
    (LOOKED, "a 0 view_item, b 1 view_item, c 2 view_item", "bc@17"),
    (LOOKED, "a 0 view_item, b 12 view_item", ""),
    (LOOKED, "a 0 view_item, b 1 view_item, c 2 add_to_cart x", ""),
    (LOOKED, "a 0 view_item, b 1 view_item, c 2 purchase", ""),
    (LOOKED, "a 0 view_item, b 1 view_item, c 16 view_item", ""),
    (LOOKED, "a 0 view_item, b 1 view_item, c 16.001 view_item", "ab@16"),
    (QUIET, "a 0 search, b 30 search, c 60.001 search", "b@60 c@90.001"),
    (OWN, "a 0 search, b 20 search, c 60 search, d 90 search", "d@120"),
    (OWN, "a 0 search, b 20 search, c 60 search", "c@560"),
    (OWN, "a 0 search, b 5 search, c 20 search, d 60 search, e 90 search", "e@120"),
    (MISSING, "a 0 search", "a@5"),
    (MISSING, "a 0 search, b 5 purchase", ""),
    (MISSING, "a 0 search, b 5.001 purchase", "a@5"),
    (MISSING, "a 0 search, b 3 search", "a@5"),
    (MISSING, "a 0 search, b 5 search, c 6 search", "a@5 c@11"),
    (MISSING, "a 0 search, b 1 purchase, c 2 search", "c@7"),
    (AGAIN, "a 0 purchase, b 5 purchase, c 20 purchase", "b@10 c@25"),
    (FOUND, "a 0 search, b 5 purchase", "ab@5"),
    (FOUND, "a 0 search, b 5.001 purchase", ""),
    (FOUND, "a 0 search, b 1 purchase, c 2 purchase", "ab@1"),
    (FOUND, "a 0 search, b 1 search, c 2 purchase, d 3 purchase", "bc@2"),
    (FOUND, "a 0 purchase, b 1 search", ""),
    (TWICE, "a 0 search, b 1 search, c 2 search", "ab@1 bc@2"),
    (BUSY, "a 0 search, b 2 search, c 5 search", "abc@5"),
    (BUSY, "a 0 search, b 2 search, c 5.001 search", ""),
    (BUSY, "a 0 search, b 1 search, c 2 search, d 3 search, e 4 search", "abc@2"),
    (BUSY, "a 0 search, b 1 search, c 2 search, d 6.5 search, e 7 search", "abc@2 cde@7"),
]


@pytest.mark.parametrize(("moment", "happened", "wanted"), CASES)
def test_each_kind_fires_when_the_page_says(
    moment: dict[str, Any], happened: str, wanted: str
) -> None:
    """At exactly its time, once, by the events that matched; a thing at that very time counts."""
    found = fired(decided([{"name": "it", **moment}], *story(happened)))

    assert " ".join(f"{ids}@{at:g}" for _, at, ids in found) == wanted


def test_features_of_a_timer_are_those_of_its_time() -> None:
    """What fades has faded, windows have moved on, what is in the cart is, and nothing is added."""
    types = {"types": ["*"]}
    features: list[dict[str, Any]] = [
        {"name": "n", "kind": "session_count", **types},
        {"name": "all", "kind": "lifetime_count", **types},
        {"name": "recent", "kind": "window_count", **types, "width": "PT10S", "step": "PT5S"},
        {"name": "fade", "kind": "decayed_count", **types, "half_life": "PT20S"},
        {"name": "since", "kind": "since_seconds", **types},
        {"name": "gap", "kind": "gap_seconds"},
        {"name": "cart", "kind": "cart_value"},
        {"name": "price", "kind": "property", "field": "price"},
        {"name": "is_add", "kind": "indicator", "field": "type", "values": ["add_to_cart"]},
    ]
    lines = [
        event(0, "add_to_cart", item_id="x", price=3),
        event(100, "search"),
        event(200, "search", user="bob"),
    ]
    moments = [{"name": "left", **LEFT}, {"name": "later", **LEFT, "after": "PT40S"}]
    first, later = decided(moments, *lines, features=features)["decisions"]

    assert list(first["features"].values()) == [1, 1, 0, 0.5, 20, 20, 3, 0, 0]
    assert list(later["features"].values()) == [1, 1, 0, 0.25, 40, 40, 3, 0, 0]


def test_a_timer_fires_though_its_person_is_never_heard_of_again() -> None:
    """Other people's events let time pass; of who is last heard of, nothing is told at the end."""
    found = decided([{"name": "quiet", **QUIET}], *story("a 0 search", until=30.001))

    assert fired(found) == [("quiet", 30.0, "a")]
    assert found["counts"]["pending"] == {"quiet": 1}


def test_nothing_fires_at_the_end_of_input() -> None:
    """Time goes to the last event and no further: what is due by then, or later, is pending."""
    found = decided([{"name": "quiet", **QUIET}], *story("a 0 search", until=30))

    assert fired(found) == []
    assert found["counts"]["pending"] == {"quiet": 2}


@pytest.mark.parametrize(("comes", "wanted"), [(39.0, []), (39.001, [("missing", 25.0, "a")])])
def test_what_comes_late_but_not_too_late_calls_a_timer_off(comes: float, wanted: Fired) -> None:
    """A purchase at 24 is told after something at 39, or just later; 15 s late is not too late."""
    moments = [{"name": "missing", **MISSING}]
    time = {"lateness": "PT15S", "tick": "PT1S"}
    one = job(triggers={"types": [], "moments": moments}, input={"sort": False}, time=time)
    rounds = [
        [event(20, "search", id="a")],
        [event(comes, "view_item", user="bob")],
        [event(24, "purchase", id="b")],
        [event(1000, "view_item", user="bob")],
    ]
    found, expected = (answer(one, [rounds]) for answer in (of_core, of_reference))

    assert found["decisions"] == expected["decisions"]
    assert fired(found) == wanted
    assert found["counts"]["late"] == (comes > 39)


def test_moments_stand_behind_their_event_and_timers_before_the_next() -> None:
    """Of one time: the event, what fires on it in declared order, then timers that are due."""
    moments: list[dict[str, Any]] = [
        {"name": "quiet", **QUIET, "after": "PT5S"},
        {"name": "busy", **BUSY, "count": 1},
        {"name": "often", **BUSY, "count": 1, "types": ["*"]},
        {"name": "missing", **MISSING, "of": ["refund"]},
    ]
    one = job(triggers={"types": ["*"], "moments": moments})
    lines = story("a 0 search, b 5 purchase, c 10.001 search", until=12)
    found = of_core(one, [[lines]])

    assert found["decisions"] == of_reference(one, [[lines]])["decisions"]
    assert [(name, at) for name, at, _ in fired(found)] == [
        ("event:search", 0), ("busy", 0), ("often", 0),
        ("event:purchase", 5), ("missing", 5),
        ("quiet", 10), ("event:search", 10.001), ("busy", 10.001), ("often", 10.001),
    ]  # fmt: skip
    assert len({one["decision_id"] for one in found["decisions"]}) == len(found["decisions"])
    counts = found["counts"]
    assert counts["triggers"] == counts["triggers_by"].total() == len(found["decisions"])
    assert len(found["scores"]) == 4


def test_rules_may_ask_what_fired() -> None:
    """By name; of a timer the type is empty, so no list of types holds it."""
    moments: list[dict[str, Any]] = [
        {"name": "left", **LEFT},
        {"name": "busy", **BUSY, "count": 1},
    ]
    actions = [
        {"name": "mail", "value": 2, "applicable": 'trigger == "left"'},
        {"name": "typed", "applicable": 'type in ["add_to_cart", "search"]'},
    ]
    lines = story("a 0 add_to_cart x, b 1 search")
    found = decided(moments, *lines, actions=actions)["decisions"]

    chosen = [(one["trigger"]["type"], one["name"]) for one in found if one["name"] != "no_action"]
    assert chosen == [("busy", "typed"), ("left", "mail"), ("busy", "typed")]


def test_the_id_of_a_timer_is_made_of_when_it_was_due() -> None:
    """And of its kind: there is no event."""
    (one,) = decided([{"name": "quiet", **QUIET}], *story("a 0 search", until=31))["decisions"]

    place = (BASE + 30_000, "silence", "")
    assert one["decision_id"] == decision_id("shop", "u:ann", "quiet", place)


def test_evidence_keeps_ids_whatever_is_in_them() -> None:
    """Quotes, commas and control characters stay apart."""
    ids = ['a"b', "c,d", "e\x1ff"]
    lines = [event(at, END, id=one) for at, one in enumerate(ids)]
    (one,) = decided([{"name": "busy", **BUSY}], *lines)["decisions"]

    assert one["trigger"]["event_ids"] == ids
