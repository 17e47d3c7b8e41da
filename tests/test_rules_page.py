"""The page for rule authors is true: its examples load, and its complaints are those told."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from rtm_flows.config import load
from rtm_flows.errors import ConfigError

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
FINE: dict[str, Any] = {"name": "fine"}


def blocks(page: str, kind: str) -> list[str]:
    """Return the code blocks of a page that are of one kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", ["docs/rules.md", "README.md"])
def test_the_examples_load(page: str) -> None:
    """Every action and output of the page, with the default features."""
    text = (ROOT / page).read_text(encoding="utf-8")
    trees = [tomllib.loads(block) for block in blocks(text, "toml")]
    shown = [tree for tree in trees if tree.keys() & {"actions", "outputs"}]

    assert shown
    for tree in shown:
        load({"name": "shop", **tree})


@pytest.mark.parametrize("rule", re.findall(r"^\| `\w+` \| .* \| `(.*)` \|$", PAGE, re.MULTILINE))
def test_the_rules_of_the_table_load(rule: str) -> None:
    """Quotes included, as they stand in TOML."""
    read = tomllib.loads(f"eligible = {rule}")
    (action,) = load({"name": "shop", "actions": [{"name": "a", **read}]}).actions

    assert action.eligible == (read["eligible"],)


@pytest.mark.parametrize(
    "actions",
    [
        [FINE, {"name": "a", "suitable": "not intnt > 0.5"}],
        [FINE, {"name": "a", "applicable": 'type == "veiw_item"'}],
        [FINE, {"name": "a", "eligible": "cart_value = 50"}],
        [FINE, {"name": "b"}, {"name": "a", "eligible": "cart_value >= 50",
                               "suitable": ["intent > 0", "cart_value < 20"]}],
    ],
)  # fmt: skip
def test_the_complaints_are_those_that_are_told(actions: list[dict[str, Any]]) -> None:
    """Word for word, behind the name of the file."""
    (told,) = blocks(PAGE, "text")
    with pytest.raises(ConfigError) as caught:
        load({"name": "shop", "actions": actions})

    assert str(caught.value).replace("configuration: ", "shop.toml: ") in told.splitlines()


def test_every_kind_of_complaint_of_the_page_is_tried() -> None:
    """The page shows as many complaints as are tried above."""
    assert blocks(PAGE, "text")[0].count("\n") == 4
