"""Visits are plausible: pauses, purchases, carts, cases, people and hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from rtm_flows.simulate import Truth
from tests.simulate.reader import Event, Reading, by_person


def _visits(reading: Reading) -> Iterable[list[Event]]:
    visits: dict[str, list[Event]] = {}
    for event in reading.events.values():
        visits.setdefault(event["session_id"], []).append(event)
    for visit in visits.values():
        visit.sort(key=lambda e: e["ms"])
        yield visit


def test_pauses_within_a_visit_are_short(clean_week: tuple[Reading, Truth]) -> None:
    """No pause reaches the gap of 30 minutes, and time always moves on."""
    for visit in _visits(clean_week[0]):
        assert all(0 < b["ms"] - a["ms"] < 1_800_000 for a, b in pairwise(visit))
        assert len({e["channel"] for e in visit}) == len({e["device"] for e in visit}) == 1


def test_ids_within_a_visit_only_grow(clean_week: tuple[Reading, Truth]) -> None:
    """One person a visit; a login adds the user id and is never undone."""
    later = 0
    for visit in _visits(clean_week[0]):
        known = ["user_id" in e for e in visit]
        assert known == sorted(known)
        assert len({e["user_id"] for e in visit if "user_id" in e}) <= 1
        later += known[0] != known[-1]
    assert 0.01 < later / clean_week[1].visits < 0.15


def test_about_a_third_of_visits_are_without_login(clean_week: tuple[Reading, Truth]) -> None:
    """The setting is the share of visits without login."""
    unknown = sum("user_id" not in visit[-1] for visit in _visits(clean_week[0]))
    assert 0.33 < unknown / clean_week[1].visits < 0.42


def test_few_visits_buy(clean_week: tuple[Reading, Truth]) -> None:
    """Between 4 and 10 percent, and hardly ever twice."""
    bought = sum(any(e["type"] == "purchase" for e in v) for v in _visits(clean_week[0]))
    assert 0.04 < bought / clean_week[1].visits < 0.10
    assert clean_week[1].purchases < 1.2 * bought


def test_events_are_few_to_a_visit(clean_week: tuple[Reading, Truth]) -> None:
    """Around nine in the mean and 60 at most."""
    sizes = [len(visit) for visit in _visits(clean_week[0])]
    assert 6 < sum(sizes) / len(sizes) < 12
    assert max(sizes) <= 60


def test_a_purchase_costs_what_was_in_the_cart(clean_week: tuple[Reading, Truth]) -> None:
    """In a visit without login the cart begins empty, so its items must add up."""
    checked = 0
    for visit in _visits(clean_week[0]):
        if any("user_id" in e for e in visit):
            continue
        cents = quantity = 0
        for event in visit:
            sign = {"add_to_cart": 1, "remove_from_cart": -1}.get(event["type"], 0)
            if sign:
                cents += sign * event["quantity"] * round(event["price"] * 100)
                quantity += sign * event["quantity"]
            elif event["type"] == "purchase":
                assert (round(event["value"] * 100), event["quantity"]) == (cents, quantity)
                cents, quantity, checked = 0, 0, checked + 1
    assert checked > 50


def test_a_purchase_follows_a_checkout(clean_week: tuple[Reading, Truth]) -> None:
    """Nothing comes between."""
    for visit in _visits(clean_week[0]):
        for before, event in pairwise(visit):
            if event["type"] == "purchase":
                assert before["type"] == "begin_checkout"
        assert visit[0]["type"] != "purchase"


def test_a_case_is_opened_once_and_closed_after(clean_week: tuple[Reading, Truth]) -> None:
    """Some cases stay open."""
    opened: set[str] = set()
    closed: set[str] = set()
    for event in sorted(clean_week[0].events.values(), key=lambda e: e["ms"]):
        if event["type"] == "case_opened":
            assert event["case_id"] not in opened
            opened.add(event["case_id"])
        elif event["type"] == "case_closed":
            assert event["case_id"] in opened - closed
            closed.add(event["case_id"])
    assert 0 < len(closed) < len(opened)


def test_a_few_people_come_often(clean_week: tuple[Reading, Truth]) -> None:
    """The most active tenth makes more than a fifth of the events; most come again."""
    sizes = sorted(len(e) for e in by_person(list(clean_week[0].events.values())).values())
    assert sum(sizes[-len(sizes) // 10 :]) > 0.2 * sum(sizes)
    days: dict[str, set[str]] = {}
    for event in clean_week[0].events.values():
        days.setdefault(event["key"], set()).add(event["time"][:10])
    assert sum(len(d) > 1 for d in days.values()) > 0.5 * len(days)


def test_the_evening_is_busier_than_the_night(clean_week: tuple[Reading, Truth]) -> None:
    """The rhythm of the day shows in the hours."""
    hours = Counter(event["time"][11:13] for event in clean_week[0].events.values())
    assert hours["20"] > 5 * hours["03"] > 0
