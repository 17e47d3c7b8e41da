"""Features of a pass: every kind against the naive implementation of the page."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given

from rtm_flows.features.compute import Features, scaled
from rtm_flows.features.defaults import DEFAULT
from rtm_flows.features.definitions import Feature, Property, SessionCount
from rtm_flows.features.part import Pass
from rtm_flows.features.service_kinds import CartValue
from rtm_flows.people import session_sums, sessions
from rtm_flows.people.session_sums import RECORD
from rtm_flows.people.state import People
from rtm_flows.people.type_sets import TypeSets
from tests.people.passes import (
    GAP,
    LIFE_TYPES,
    PERSONS,
    START,
    TYPES,
    OnePass,
    Told,
    Values,
    answers,
    cut_streams,
    everywhere,
    people,
)
from tests.reference.features import FeatureRow, as_model_sees
from tests.reference.moment import Moment
from tests.reference.records import Event

WINDOW = {"kind": "window_count", "width": "PT20S", "step": "PT5S"}
RATE = {"kind": "rate", "hits": ["search"], "of": ["*"], "prior": 0.5, "weight": 2.0}
SPREAD = {
    "kind": "affinity", "field": "item_category", "types": ["*"], "half_life": "PT30S",
    "entries": 2,
}  # fmt: skip
DECLARED: list[dict[str, Any]] = [
    {"kind": "session_count", "types": ["*"], "scale": "log1p"},
    {"kind": "session_count", "types": ["!", "search"]},
    {"kind": "session_sum", "field": "amount", "add": ["*"], "subtract": ["purchase"]},
    {"kind": "session_sum", "field": "quantity", "add": ["add_to_cart"]},
    {"kind": "session_seconds", "scale": "log1p"},
    {"kind": "gap_seconds"},
    {**WINDOW, "types": ["search"]},
    {**WINDOW, "types": ["*"], "scale": "log1p"},
    {**WINDOW, "types": ["search"], "step": "PT10S"},
    {**WINDOW, "types": ["search"]},
    {**WINDOW, "kind": "window_sum", "field": "amount", "add": ["*"], "subtract": ["purchase"]},
    {**WINDOW, "kind": "window_sum", "field": "quantity", "add": ["search"], "width": "PT10S"},
    {**WINDOW, "kind": "window_cells", "types": ["search"]},
    {**WINDOW, "kind": "window_cells", "types": ["!", "search"], "step": "PT10S"},
    {"kind": "decayed_count", "types": ["search"], "half_life": "PT10S"},
    {"kind": "decayed_count", "types": ["*"], "half_life": "P7D"},
    {"kind": "since_seconds", "types": ["purchase"], "never": "PT1H", "scale": "log1p"},
    {"kind": "cart_quantity"},
    {"kind": "cart_value", "scale": "log1p"},
    {"kind": "property", "field": "price"},
    {"kind": "property", "field": "quantity"},
    {"kind": "indicator", "field": "type", "values": ["search", "purchase"]},
    {"kind": "order_count", "types": ["purchase"]},
    {"kind": "order_count", "types": ["purchase"], "once_per": "event"},
    {"kind": "occasion_count", "types": ["purchase"], "step": "PT10S", "scale": "log1p"},
    {"kind": "order_value", "types": ["*"]},
    {"kind": "first_order_seconds", "types": ["purchase"]},
    {"kind": "last_order_seconds", "types": ["purchase"], "never": "PT1H"},
    {"kind": "expected_spend", "types": ["purchase"], "p": 6.25, "q": 3.74, "v": 15.44},
    {"kind": "indicator", "field": "device", "values": ["a", "c"]},
    {"kind": "decayed_sum", "field": "amount", "types": ["search"], "half_life": "PT10S"},
    {"kind": "decayed_sum", "field": "quantity", "types": ["*"], "half_life": "P7D"},
    {"kind": "lifetime_count", "types": ["purchase"]},
    {"kind": "lifetime_sum", "field": "amount", "add": ["*"], "subtract": ["search"]},
    {"kind": "lifetime_sum", "field": "quantity", "add": ["purchase"]},
    {"kind": "away_seconds", "never": "PT5M"},
    {"kind": "away_seconds"},
    {"kind": "days_active"},
    {"kind": "days_active", "types": ["search"]},
    {"kind": "share", "field": "device", "values": ["a", "c"]},
    {"kind": "share", "field": "device", "values": ["b"], "half_life": "PT1M"},
    {"kind": "rate", "hits": ["search"], "of": ["view_item"], "prior": 0.1},
    {**RATE, "field": "channel", "values": ["a", "b"], "half_life": "PT1M"},
    {"kind": "habit", "part": "hour"},
    {"kind": "habit", "part": "weekday", "types": ["search"]},
    {**SPREAD, "measure": "own_share"},
    {**SPREAD, "measure": "top_share"},
    {**SPREAD, "measure": "distinct"},
    {**SPREAD, "measure": "top_share", "entries": 8, "types": ["search"]},
    {"kind": "cart_items"},
    {"kind": "orders_in_state", "states": ["placed", "shipped"]},
    {"kind": "order_state_seconds", "states": ["delivered"]},
    {"kind": "order_faults"},
    {"kind": "open_cases"},
]
NAMED = [{"name": f"f{number}", **one} for number, one in enumerate(DECLARED)]
TEXT_FIELDS = ("device", "item_id", "item_category", "transaction_id", "case_id", "channel")


class Worker:
    """Features with all that they are made from."""

    def __init__(self, features: list[Feature]) -> None:
        self.features = Features(features, tuple(RECORD.values()))
        self.types = TypeSets(self.features.types)
        fields = [*sessions.fields(len(self.features.sums)), *self.features.fields]
        self.people: People = people(fields, self.features.maps)

    def take(self, one: OnePass) -> Values:
        """Return the features of a pass."""
        state, rows = self.people, one.rows
        events = one.events.with_columns(dict.fromkeys(TEXT_FIELDS, one.events["text"]))
        masks = self.types.masks(events["type"])
        adding = session_sums.adds(self.features.sums, masks, events)
        found = sessions.sessionize(rows, adding, state, GAP)
        x = self.features.compute(Pass(rows, events, masks, found, state))
        sessions.store(rows, found, state)
        return x


def read(declared: list[dict[str, Any]]) -> list[Feature]:
    """Read definitions as the configuration does."""
    return msgspec.convert(declared, list[Feature])


def one_by_one(events: list[Told]) -> list[dict[str, float]]:
    """Return the features of every event as the naive implementation has them."""
    rows = {person: FeatureRow(NAMED) for person in range(len(PERSONS))}
    last: dict[int, int] = {}
    start: dict[int, int] = {}
    told = []
    for one in events:
        before = last.get(one.person)
        opens = before is None or one.time - before > GAP
        if opens:
            start[one.person] = one.time
        last[one.person] = one.time
        text = {} if one.text is None else dict.fromkeys(TEXT_FIELDS, one.text)
        event = Event(
            time=one.time, source="", id="", derived=False, type=one.type, person="",
            price=one.amount + 1, quantity=one.quantity, amount=one.amount, text=text,
            clamped=False,
        )  # fmt: skip
        seen = Moment(event, one.time, opens, start[one.person], before or one.time)
        told.append(rows[one.person].take(seen))
    return told


@given(cut_streams(steps=[5_000, 20_000, 3_600_000, 86_400_000], types=[*TYPES, *LIFE_TYPES]))
def test_every_kind_is_that_of_the_page_whatever_the_cuts(
    drawn: tuple[list[Told], list[int]],
) -> None:
    """All kinds agree with the naive implementation, and to the bit over all cuttings."""
    events, cuts = drawn
    names = [one["name"] for one in NAMED]
    expected = [[row[name] for name in names] for row in one_by_one(events)]
    found = []
    for cutting in (cuts, [], everywhere(events)):
        worker = Worker(read(NAMED))
        found.append(answers(events, cutting, worker.people, worker.take))

    assert found[0] == found[1] == found[2]
    for mine, theirs in zip(found[0], expected, strict=True):
        # The naive implementation has powers of 2 from Python, which may differ in the last bit.
        assert mine == pytest.approx(theirs, rel=1e-13, abs=1.5e-6)


def test_one_event_of_one_person_has_the_default_features() -> None:
    """A first event: one in the session, in each window, and nothing before it."""
    worker = Worker(list(DEFAULT))
    told = Told(0, START, "view_item", 2, 1999, "mobile")
    (row,) = answers([told], [], worker.people, worker.take)
    x = dict(zip(worker.features.names, row, strict=True))

    year = 365 * 86_400.0
    never = [name for name in x if name.startswith(("since_", "away_"))]
    assert [x.pop(name) for name in never] == [year] * len(never)
    known = {"price": 20.0, "mail_open_rate": 0.2, "mail_click_rate": 0.03}
    assert {name: x.pop(name) for name in known} == known
    ones = {
        "session_events", "session_views", "events_1h", "views_1h", "events_24h", "views_decayed",
        "lifetime_events", "days_active", "handheld_share", "is_mobile", "category_top_share",
        "categories",
    }  # fmt: skip
    assert x == {name: float(name in ones) for name in x}


def test_what_is_asked_of_windows_twice_is_answered_once() -> None:
    """State grows with what is asked, not with the features that ask it."""
    features = Features(read(NAMED), ())
    asked = [one for one in DECLARED if one["kind"].startswith("window_")]

    assert len(features.windows.asked) == len(asked) - 1


def test_sums_that_are_there_already_are_not_summed_twice() -> None:
    """A feature that counts what a session record counts costs nothing more."""
    features = Features([SessionCount(name="n", types=("*",))], tuple(RECORD.values()))

    assert features.sums == tuple(RECORD.values())


@pytest.mark.parametrize("rows", [0, 1, 7])
def test_a_model_sees_logarithms_where_they_are_asked_for(rows: int) -> None:
    """ln(1 + value), of nothing below zero; people see the plain value, which stays as it was."""
    features: list[Feature] = [
        CartValue(name="a", scale="log1p"),
        CartValue(name="b"),
        Property(name="c", field="price", scale="log1p"),
    ]
    x = np.arange(-3.0, 3 * rows - 3).reshape(rows, 3)
    plain = x.copy()

    for given_x in (x, np.asfortranarray(x)):
        seen = scaled(given_x, features)
        for row, shown in zip(plain.tolist(), seen.tolist(), strict=True):
            assert shown == [
                pytest.approx(math.log1p(max(row[0], 0.0)), rel=1e-15),
                row[1],
                pytest.approx(math.log1p(max(row[2], 0.0)), rel=1e-15),
            ]
        assert given_x.tolist() == plain.tolist()


@given(cut_streams(max_size=10))
def test_what_a_model_sees_is_that_of_the_page(drawn: tuple[list[Told], list[int]]) -> None:
    """The scaled features are those of the naive implementation."""
    events, cuts = drawn
    worker = Worker(read(NAMED))
    found = np.array(answers(events, cuts, worker.people, worker.take)).reshape(-1, len(NAMED))
    expected = [list(as_model_sees(row, NAMED).values()) for row in one_by_one(events)]

    seen = scaled(found, worker.features.features)
    assert seen.tolist() == [pytest.approx(row, rel=1e-12, abs=0) for row in expected]
