"""The page of features says what the code says."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import msgspec
import pytest

from rtm_flows.features.defaults import DEFAULT
from rtm_flows.features.definitions import Feature
from rtm_flows.features.describe import describe
from rtm_flows.features.page import page

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_that_of_the_code() -> None:
    """Whoever changes the default set runs `scripts/write-feature-page`."""
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


def test_a_kind_that_nobody_uses_by_default_is_described() -> None:
    """The words for what is left out, taken off, or kept within limits."""
    declared = [
        {"kind": "session_sum", "field": "price", "add": ["!", "a"], "subtract": ["b", "c"]},
        {"kind": "lifetime_sum", "field": "quantity", "add": ["*"]},
    ]
    read = msgspec.convert([{"name": "n", **one} for one in declared], list[Feature])

    assert [describe(one).meaning for one in read] == [
        "price of events but a, less that of b or c in the session so far",
        "quantity of events so far",
    ]
