"""The page of features says what the code says."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from rtm_flows.features.defaults import DEFAULT
from rtm_flows.features.definitions import Feature
from rtm_flows.features.describe import describe
from rtm_flows.features.page import page

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_that_of_the_code() -> None:
    """Whoever changes the default set runs `make reference`."""
    assert (ROOT / "docs" / "features.md").read_text(encoding="utf-8") == page(DEFAULT)


def test_every_kind_stands_in_the_semantics() -> None:
    """A kind that can be declared is explained in section 4."""
    text = (ROOT / "docs" / "semantics.md").read_text(encoding="utf-8")
    kinds = [kind.__struct_config__.tag for kind in get_args(Feature)]

    assert [kind for kind in kinds if f"`{kind}`" not in text] == []


@pytest.mark.parametrize("feature", DEFAULT, ids=lambda feature: feature.name)
def test_every_feature_is_described(feature: Feature) -> None:
    """Unit, range and meaning are there, and change with what is counted."""
    said = describe(feature)

    assert all(said)
    if hasattr(feature, "types"):
        other = msgspec.structs.replace(feature, types=("custom.other",))
        assert "custom.other" in describe(other).meaning


SPAN = {"width": "P7D", "step": "P1D"}
CUSTOMER = {"types": ["buy"], "r": 0.2, "alpha": 4.4, "a": 0.8, "b": 2.4}
OTHERS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "session_sum", "field": "price", "add": ["!", "a"], "subtract": ["b", "c"]},
     "price of events but a, less that of b or c in the session so far"),
    ({"kind": "lifetime_sum", "field": "quantity", "add": ["*"]}, "quantity of events so far"),
    ({"kind": "window_sum", "field": "amount", "add": ["a"], **SPAN},
     "amount of a in the last P7D, by cells of P1D"),
    ({"kind": "window_cells", "types": ["a"], **SPAN}, "with a in the last P7D, by cells of P1D"),
    ({"kind": "order_count"}, "purchase or order_completed so far"),
    ({"kind": "occasion_count"}, "cells of P1D with purchase or order_completed so far"),
    ({"kind": "order_value", "types": ["buy"]}, "amount of buy so far"),
    ({"kind": "first_order_seconds", "types": ["buy"]}, "since the first buy"),
    ({"kind": "last_order_seconds", "types": ["buy"]},
     "since the latest buy, this event included"),
    ({"kind": "p_alive", **CUSTOMER}, "that the person will come again, by buy (BG/NBD)"),
    ({"kind": "expected_purchases", **CUSTOMER, "horizon": "P90D"},
     "occasions of buy to expect in the next P90D (BG/NBD)"),
    ({"kind": "expected_spend", "types": ["buy"], "p": 6, "q": 4, "v": 15},
     "to expect at an occasion of buy (Gamma-Gamma)"),
    ({"kind": "python", "code": "tests.features.own.shop:Again"}, "of a test"),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "meaning"), OTHERS)
def test_what_is_not_in_the_default_set_is_described(
    declared: dict[str, Any], meaning: str
) -> None:
    """The words for what is left out or taken off, for other kinds and for customers."""
    feature: Feature = msgspec.convert({"name": "n", **declared}, Feature)

    assert describe(feature).meaning == meaning


def test_every_kind_is_described() -> None:
    """Each is in the default set, or among the others here."""
    kinds = {kind.__struct_config__.tag for kind in get_args(Feature)}
    default = {feature.__struct_config__.tag for feature in DEFAULT}

    assert default | {declared["kind"] for declared, _ in OTHERS} == kinds
