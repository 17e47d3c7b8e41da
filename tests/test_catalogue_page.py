"""The page of the catalogue: its example loads, and its complaints are those that are told."""

from __future__ import annotations

import copy
import tomllib
from typing import Any

import pytest

from rtm_flows.config import load
from rtm_flows.errors import ConfigError
from tests.test_rules_page import ROOT, blocks

PAGE = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
EXAMPLE = tomllib.loads(blocks(PAGE, "toml")[0])


def test_the_example_loads() -> None:
    """With the default features."""
    job = load({"name": "shop", **EXAMPLE})

    assert [one.name for one in job.actions[0].treatments] == ["sale_banner", "sale_mail"]


@pytest.mark.parametrize(
    "changed",
    [
        {"texts": {"en": "Sale"}},
        {"suitable": "intent >= 0.5"},
        {"value": 0.04, "context": []},
        {"wait": "PT1H"},
        {"end": "2026-11-27T00:00:00Z"},
    ],
)
def test_the_complaints_are_those_that_are_told(changed: dict[str, Any]) -> None:
    """Word for word, behind the name of the file."""
    tree = copy.deepcopy(EXAMPLE)
    tree["actions"][0].update(changed)
    (told,) = blocks(PAGE, "text")

    with pytest.raises(ConfigError) as caught:
        load({"name": "shop", **tree})

    assert str(caught.value).replace("configuration: ", "shop.toml: ") in told.splitlines()


def test_every_kind_of_complaint_of_the_page_is_tried() -> None:
    """The page shows as many complaints as are tried above."""
    assert blocks(PAGE, "text")[0].count("\n") == 5
