"""Streaming features against a batch: every kind, at every prefix of random streams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings

from rtm_flows.columns import Table, as_text
from rtm_flows.features.compute import Features
from rtm_flows.features.defaults import DEFAULT
from rtm_flows.features.definitions import Feature
from rtm_flows.features.part import Pass
from rtm_flows.people import session_sums, sessions
from rtm_flows.people.session_sums import RECORD
from rtm_flows.people.type_sets import TypeSets
from tests.features.batch import Moves, value
from tests.people.passes import GAP, OnePass, Told, Values, answers, cut_streams, people

SEMANTICS = Path(__file__).resolve().parents[2] / "docs" / "semantics.md"
BY_OTHERS = {"python"}
"""What users write: tests/features/own, and `rtm_flows.testing` for what theirs are."""
CUSTOMERS: dict[str, Any] = {"r": 0.24, "alpha": 4.4, "a": 0.79, "b": 2.43, "unit": "P1D"}
"""BG/NBD as published for cdnow (Fader, Hardie and Lee, 2005), by the day."""
ORDERS: dict[str, Any] = {"types": ["purchase", "order_completed"]}
OTHERS: list[dict[str, Any]] = [
    {"kind": "window_sum", "field": "amount", "add": ["*"], "subtract": ["purchase"],
     "width": "P1D", "step": "PT1H"},
    {"kind": "window_cells", "types": ["!", "search"], "width": "P7D", "step": "P1D"},
    {"kind": "session_sum", "field": "quantity", "add": ["*"], "subtract": ["refund"]},
    {"kind": "lifetime_sum", "field": "price", "add": ["*"], "subtract": ["view_item"]},
    {"kind": "share", "field": "device", "values": ["tablet"], "half_life": "PT1H"},
    {"kind": "rate", "hits": ["search"], "of": ["*"], "prior": 0.5, "half_life": "P1D",
     "field": "channel", "values": ["app", "email"]},
    {"kind": "order_count", **ORDERS},
    {"kind": "order_count", **ORDERS, "once_per": "event"},
    {"kind": "occasion_count", **ORDERS},
    {"kind": "order_value", **ORDERS},
    {"kind": "first_order_seconds", **ORDERS},
    {"kind": "last_order_seconds", **ORDERS, "never": "PT1H"},
    {"kind": "p_alive", **ORDERS, **CUSTOMERS},
    {"kind": "expected_purchases", **ORDERS, **CUSTOMERS, "step": "PT1H", "horizon": "P7D"},
    {"kind": "expected_spend", **ORDERS, "p": 6.25, "q": 3.74, "v": 15.44},
]  # fmt: skip
EVERY: tuple[Feature, ...] = (
    *DEFAULT,
    *msgspec.convert([{"name": f"o{n}", **one} for n, one in enumerate(OTHERS)], list[Feature]),
)
TYPES = {
    "shop": ("view_item", "search", "add_to_cart", "remove_from_cart", "purchase",
             "begin_checkout"),
    "carts": ("add_to_cart", "add_to_cart", "remove_from_cart", "purchase"),
    "orders": ("purchase", "order_completed", "order_updated", "order_delayed", "order_shipped",
               "order_delivered", "order_cancelled", "order_refunded", "refund"),
    "contacts": ("email_delivered", "email_opened", "email_link_clicked", "unsubscribed",
                 "case_opened", "case_closed", "call_center_contact", "social_like"),
}  # fmt: skip
WORDS = {
    "device": {"a": "mobile", "b": "tablet", "c": "desktop"},
    "channel": {"a": "app", "b": "email", "c": "store"},
}
SAME = ("item_id", "item_category", "transaction_id", "case_id", "brand")
"""Text fields that hold the text of the event as it is."""


@pytest.fixture(scope="module")
def moves() -> Moves:
    """Return the table of section 4: type -> state before -> state after."""
    rows = list(_rows(SEMANTICS.read_text(encoding="utf-8")))
    types, found = rows[0][1:], dict[str, dict[str, str]]()
    for before, *after in rows[2:]:
        for heading, state in zip(types, after, strict=True):
            for kind in heading.split(", "):
                told = found.setdefault(kind, {})
                told |= dict.fromkeys(before.split(", "), state) if state else {}
    return found


def _rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of each row of the table of order states."""
    lines = [line.strip() for line in text.splitlines()]
    start = next(n for n, line in enumerate(lines) if line.startswith("| state before |"))
    for line in lines[start:]:
        if not line:
            return
        yield [cell.strip() for cell in line.strip("|").split("|")]


def texts(told: Sequence[str | None], field: str) -> list[str | None]:
    """Return the texts of a field."""
    words = WORDS.get(field, {})
    return [None if text is None else words.get(text, text) for text in told]


def streamed(events: list[Told], cuts: list[int]) -> list[list[float]]:
    """Return the features of every event as the stream has them."""
    features = Features(EVERY, tuple(RECORD.values()))
    types = TypeSets(features.types)
    state = people([*sessions.fields(len(features.sums)), *features.fields], features.maps)

    def take(one: OnePass) -> Values:
        told = one.events["text"].tolist()
        fields = {name: as_text(texts(told, name)) for name in (*WORDS, *SAME)}
        rows, events = one.rows, Table({**one.events.columns, **fields})
        masks = types.masks(events["type"])
        adding = session_sums.adds(features.sums, masks, events)
        found = sessions.sessionize(rows, adding, state, GAP)
        x = features.compute(Pass(rows, events, masks, found, state))
        sessions.store(rows, found, state)
        return x

    return answers(events, cuts, state, take)


def table(events: Sequence[Told]) -> pl.DataFrame:
    """Return all events as a table."""
    numbers = {
        "n": list(range(len(events))),
        "person": [one.person for one in events],
        "t": [one.time for one in events],
        "quantity": [one.quantity for one in events],
        "amount": [one.amount for one in events],
        "price": [one.amount + 1 for one in events],
    }
    told = [one.text for one in events]
    columns: dict[str, Sequence[str | None]] = {"type": [one.type for one in events]}
    columns |= {name: texts(told, name) for name in (*WORDS, *SAME)}
    types = dict.fromkeys(numbers, pl.Int64) | dict.fromkeys(columns, pl.String)
    return pl.DataFrame({**numbers, **columns}, schema=types)


@pytest.mark.parametrize("kinds", TYPES)
def test_every_feature_is_that_of_a_batch_over_every_prefix(kinds: str, moves: Moves) -> None:
    """What was streamed, however it was cut, is what a batch over all so far would have found."""

    @settings(max_examples=15)
    @given(cut_streams(steps=[3_600_000, 86_400_000], max_size=20, types=TYPES[kinds]))
    def check(drawn: tuple[list[Told], list[int]]) -> None:
        events, cuts = drawn
        found, everything = streamed(events, cuts), table(events)
        for at, one in enumerate(events):
            life = everything.head(at + 1).filter(pl.col("person") == one.person)
            for feature, streaming in zip(EVERY, found[at], strict=True):
                batch = value(feature, life, GAP, moves)
                # Powers of 2 may differ in a last bit, and so in the millionth they round to.
                assert streaming == pytest.approx(batch, rel=1e-12, abs=1.5e-6), (at, feature)

    check()


def test_every_kind_is_compared() -> None:
    """All that can be declared."""
    compared = {str(feature.__struct_config__.tag) for feature in EVERY}
    kinds = {str(kind.__struct_config__.tag) for kind in get_args(Feature)}

    assert compared == kinds - BY_OTHERS
