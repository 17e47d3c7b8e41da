"""Counters: what is counted together rests together, as the names of a catalogue say."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from rtm_flows.decisions.catalogue import Action, Treatment
from rtm_flows.decisions.offers import offers_of
from rtm_flows.policy.counters import Counters, compile_pauses
from rtm_flows.policy.pauses import Pause

MAIL, BANNER = Treatment(name="mail", channel="email"), Treatment(name="banner")
OFFERS = offers_of(
    [
        Action(name="sale", group="price", treatments=(MAIL, BANNER)),
        Action(name="bonus", group="price", treatments=(MAIL,)),
        Action(name="tip", treatment="card"),
    ]
)
SALE_MAIL, SALE_BANNER, BONUS_MAIL, TIP = range(4)
"""Places of the offers."""


def counters(**keys: Any) -> Counters:
    """Return the counters of one pause."""
    plain = {"name": "dull", "after": 3, "within": "P7D", "lasts": "P7D", **keys}
    return compile_pauses([msgspec.convert(plain, Pause)], OFFERS)


def rests(found: Counters, action: str | None, treatment: str | None = None) -> list[list[int]]:
    """Return the offers that rest together with what an event names, counter by counter."""
    _, named = found.named([(action, treatment)])
    return [np.flatnonzero(found.holds[one]).tolist() for one in named.tolist()]


@pytest.mark.parametrize(
    ("by", "together"),
    [
        ("action", [[SALE_MAIL, SALE_BANNER], [BONUS_MAIL], [TIP]]),
        ("treatment", [[SALE_MAIL], [SALE_BANNER], [BONUS_MAIL], [TIP]]),
        ("group", [[SALE_MAIL, SALE_BANNER, BONUS_MAIL], [TIP]]),
        ("channel", [[SALE_MAIL, BONUS_MAIL], [SALE_BANNER, TIP]]),
        ("all", [[SALE_MAIL, SALE_BANNER, BONUS_MAIL, TIP]]),
    ],
)
def test_offers_rest_with_what_is_counted_with_them(by: str, together: list[list[int]]) -> None:
    """Every offer has one counter of a pause over everything."""
    found = counters(by=by)

    assert [np.flatnonzero(one).tolist() for one in found.holds] == together
    for offers in together:
        for at in offers:
            assert rests(found, OFFERS[at].name, OFFERS[at].treatment) == [offers]


@pytest.mark.parametrize("by", ["action", "treatment", "group", "channel", "all"])
def test_an_event_without_treatment_is_about_the_only_one(by: str) -> None:
    """Named or not, it is the same; and so for an action whose treatment has another name."""
    found = counters(by=by)

    assert rests(found, "bonus") == rests(found, "bonus", "mail") != []
    assert rests(found, "tip") == rests(found, "tip", "card") != []


@pytest.mark.parametrize(
    ("by", "counted"), [("action", 1), ("group", 1), ("all", 1), ("treatment", 0), ("channel", 0)]
)
def test_of_several_treatments_it_must_be_known_which(by: str, counted: int) -> None:
    """Where they are counted apart; where they are counted together it does not matter."""
    assert len(rests(counters(by=by), "sale")) == counted


@pytest.mark.parametrize("name", [("gone", None), ("sale", "fax"), ("tip", "tip"), (None, "mail")])
def test_what_the_catalogue_does_not_have_is_not_counted(
    name: tuple[str | None, str | None],
) -> None:
    """Neither an unknown action nor an unknown treatment, nor what names no action."""
    assert rests(counters(by="all"), *name) == []


def test_what_is_out_of_scope_neither_counts_nor_rests() -> None:
    """Of an action of which a part is in scope, that part; not told which, it counts."""
    found = counters(channels="email")

    assert rests(found, "sale", "mail") == rests(found, "sale") == [[SALE_MAIL]]
    assert rests(found, "sale", "banner") == rests(found, "tip") == []


def test_pauses_stand_in_declared_order() -> None:
    """Their counters too, so that the first counter is of the first pause."""
    one = Pause(name="one", actions="tip", after=1, within="P1D", lasts="P1D")
    two = Pause(name="two", by="treatment", after=2, within="P1D", lasts="P1D")

    found = compile_pauses([one, two], OFFERS)

    assert found.of.tolist() == [0, 1, 1, 1, 1]
    assert found.named([("tip", None), ("gone", None)])[1].tolist() == [0, 4]
