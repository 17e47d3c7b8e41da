"""The table of docs/state.md says of every key what a change of it means, and it is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rtm_flows.config import Job, load
from rtm_flows.config.changes import changes

PAGE = Path(__file__).resolve().parent.parent / "docs" / "state.md"
ROW = re.compile(r"^\| (?P<keys>`.+?`) \| (?P<fate>told|refused|not looked at) \|", re.MULTILINE)
Plain = dict[str, Any]
SHOP: Plain = {
    "name": "shop",
    "models": {"churn": {"horizon": "P30D"}},
    "suppressions": {},
    "responses": {},
    "people": {"inactive": "P90D"},
    "input": {"kind": "kafka"},
    "kafka": {"bootstrap": "b", "topics": [{"name": "t"}]},
}
OTHER: dict[str, Any] = {
    "name": "other",
    "lanes": 7,
    "floor": 0.5,
    "locales": ["en"],
    "accessories": {"a": ["b"]},
    "exploration": {"kind": "epsilon"},
    "experiments": [{"name": "e", "arms": [{"name": "a", "share": 0.5, "policy": "hold_out"}]}],
    "actions": [],
    "limits": [{"name": "gap", "interval": "PT1H"}],
    "pauses": [{"name": "vain", "after": 2, "within": "PT1H", "lasts": "PT1H"}],
    "features": "further",
    "triggers.types": ["search"],
    "triggers.moments": [{"name": "over", "kind": "session_end"}],
    "learning.slices": [],
    "learning.period": "PT2H",
    "people.most_per_lane": 9,
    "people.inactive": "P99D",
    "responses.shown": ["delivered"],
    "responses.positive": ["clicked"],
    "responses.negative": [],
    "responses.horizon": "PT1H",
    "responses.within": "PT1H",
    "responses.remembered": 5,
    "responses.waiting": 5,
    "suppressions.live_cart": "PT1H",
    "suppressions.open_case": False,
    "suppressions.order_delayed": False,
    "suppressions.bought": "P1D",
    "suppressions.removed": "P1D",
    "suppressions.ignored": 9,
    "suppressions.delivery": "P1D",
    "suppressions.marketing": ["grow"],
    "models.churn": None,
    "models.intent": {"rows_per_session": 7},
    "time.order": "event",
    "time.lateness": "PT2M",
    "time.tick": "PT2M",
    "time.lag": 9,
    "time.ahead": "PT2H",
    "sessions.gap": "PT5M",
    "dedup.window": "P2D",
    "contacts.zone": "Asia/Baku",
    "contacts.reports": True,
    "contacts.settled": ["delivered"],
    "contacts.released": ["failed"],
    "delivery.supersede": "channel",
    "outputs.scores": False,
    "outputs.sessions": False,
    "outputs.learning": False,
    "outputs.decisions": {"contributions": 3},
    "input.source": "elsewhere",
    "input.format": "segment",
    "input.sort": False,
    "operating.port": 9999,
    "kafka.bootstrap": "elsewhere",
}
"""By key another value; one for each key of the job, or for the section where all are alike."""


def fates() -> dict[str, str]:
    """Return by section or key what the page says."""
    page = PAGE.read_text(encoding="utf-8")
    return {
        key: row["fate"]
        for row in ROW.finditer(page)
        for key in re.findall(r"`(.+?)`", row["keys"])
    }


def with_other(key: str) -> Job:
    """Return the shop with another value of a key, whether it is allowed or not."""
    plain = msgspec.to_builtins(load(SHOP))
    *tables, name = key.split(".")
    table = plain
    for one in tables:
        table = table[one]
    table[name] = OTHER[key]
    if key == "features":
        further = {"name": "further", "kind": "lifetime_count", "types": ["search"]}
        table[name] = [*msgspec.to_builtins(load(SHOP).features), further]
    if key == "models.intent":
        table[name] = {**msgspec.to_builtins(load(SHOP).models.intent), **OTHER[key]}
    return msgspec.convert(plain, Job)


@pytest.mark.parametrize("key", OTHER)
def test_a_change_is_what_the_page_says(key: str) -> None:
    """Told, refused, or not looked at."""
    found = changes(load(SHOP), with_other(key))
    happens = "refused" if found.refused else "told" if found.told else "not looked at"
    said = fates()

    assert happens == said.get(key, said.get(key.split(".", maxsplit=1)[0]))


def test_the_page_tells_of_every_section() -> None:
    """And no section is left out of what is tried, nor a key of one whose keys differ."""
    said, tried = fates(), {key.split(".")[0] for key in OTHER}
    sections = {field.name for field in msgspec.structs.fields(Job)}
    told = {key.split(".")[0] for key in said}
    assert told == tried == sections

    apart = {key.split(".")[0] for key in said if "." in key} - {"models"}
    for section in [*sorted(apart), "suppressions", "contacts", "time", "delivery"]:
        value = getattr(load(SHOP), section)
        keys = {f"{section}.{field.name}" for field in msgspec.structs.fields(value)}
        assert keys <= OTHER.keys()
