"""Suppressions in the configuration: what is refused, and that the page's example loads."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from rtm_flows.config import load
from rtm_flows.errors import ConfigError
from rtm_flows.policy.suppressions import Suppressions
from tests.test_rules_page import ROOT, blocks

PAGE = (ROOT / "docs" / "suppressions.md").read_text(encoding="utf-8")
EXAMPLE = tomllib.loads(blocks(PAGE, "toml")[0])


def test_the_example_shows_the_defaults() -> None:
    """The page's table is the one that an empty table stands for."""
    job = load({"name": "shop", **EXAMPLE})

    assert job.suppressions == Suppressions()
    assert job.suppressions == load({"name": "shop", "suppressions": {}}).suppressions
    assert job.accessories == {"DRESS-7": ("BELT-2", "BAG-1")}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"suppressions": {"live_cart": "30 min"}}, "suppressions.live_cart: "),
        ({"suppressions": {"bought": "PT0S"}}, "suppressions.bought: must be longer than zero"),
        ({"suppressions": {"ignored": -1}}, "suppressions.ignored: wants at least 1, or 0 for"),
        ({"suppressions": {"marketing": ["grw"]}}, "suppressions.marketing[0]: 'grw' is no issue"),
        ({"suppressions": {"cart": "P1D"}}, "unknown key `suppressions.cart`; did you mean"),
        ({"accessories": {"a": [""]}}, "accessories: wants ids of items, none of them empty"),
        ({"accessories": {}}, 'actions[0].about: "accessory" wants the table [accessories]'),
        ({"suppressions": None}, 'actions[0].about: "accessory" wants the table [suppressions]'),
        ({"actions": [{"name": "a", "about": "view"}]}, "actions[0].about: must be one of"),
    ],
)
def test_what_cannot_be_meant_is_refused(changed: dict[str, Any], told: str) -> None:
    """With the key, and what would be right."""
    tree = {"name": "shop", **EXAMPLE, **changed}

    with pytest.raises(ConfigError) as caught:
        load({key: value for key, value in tree.items() if value is not None})

    assert told in str(caught.value)


@pytest.mark.parametrize(
    "off",
    [*({key: ""} for key in ("live_cart", "bought", "removed", "delivery")), {"ignored": 0},
     {"open_case": False}, {"order_delayed": False}, {"marketing": []}],
)  # fmt: skip
def test_every_key_can_be_turned_off(off: dict[str, Any]) -> None:
    """And the job is another one then: its digest changes."""
    whole, other = load({"name": "shop", **EXAMPLE}), {**EXAMPLE, "suppressions": off}

    assert load({"name": "shop", **other}).digest != whole.digest
