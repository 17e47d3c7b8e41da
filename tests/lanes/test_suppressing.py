"""Suppressing: what a job without suppressions does not pay, and what takes the place of what."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rtm_flows.config import load
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.profiles import Profiles
from tests.lanes.answers import of_core
from tests.lanes.streams import START

PLAIN: dict[str, Any] = {
    "name": "shop",
    "input": {"sort": False},
    "features": [{"name": "n", "kind": "session_count", "types": ["*"]}],
    "actions": [{"name": "sale", "propensity": 0.9}, {"name": "hint", "propensity": 0.5}],
}
LOW = {"name": "low", "propensity": "score"}
LIMIT = {"name": "once", "actions": "hint", "most": 1, "per": "P1D"}


def test_a_job_without_suppressions_pays_nothing() -> None:
    """No text is read, nothing is kept of anybody, and no column goes to decide."""
    plain, other = load(PLAIN), load({**PLAIN, "suppressions": {}})
    profiles, others = (Profiles(Plan.of(job, 1)) for job in (plain, other))

    assert plain.text == ()
    assert other.text == ("case_id", "item_id", "transaction_id")
    assert len(others.people.fields) == len(profiles.people.fields) + 2
    assert len([*others._unknown()]) == len([*profiles._unknown()]) + 3


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, ("no_action", "suppressed")),
        ({"suppressions": {"marketing": []}}, ("sale", None)),
        ({"suppressions": {"live_cart": ""}}, ("sale", None)),
        ({"actions": [PLAIN["actions"][0], {"name": "hint", "issue": "service"}]}, ("hint", None)),
        (
            {
                "actions": [PLAIN["actions"][0], {"name": "hint", "issue": "service"}],
                "limits": [LIMIT],
            },
            ("no_action", "held_back"),
        ),
        (
            {"actions": [PLAIN["actions"][0], {"name": "cart", "about": "cart"}]},
            ("cart", None),
        ),
        ({"actions": [PLAIN["actions"][0], LOW], "floor": 0.5}, ("no_action", "suppressed")),
        ({"actions": [LOW], "floor": 0.5}, ("no_action", "below_floor")),
    ],
)
def test_what_is_done_beside_a_live_cart(
    more: dict[str, Any], told: tuple[str, str | None]
) -> None:
    """Help goes on, sales do not; and the reason is that of the last gate that any came to."""
    job = {**PLAIN, "suppressions": {}, **more}
    kinds = ["search", "add_to_cart", "search"]
    lines = [
        json.dumps(
            {"id": f"e{at}", "time": START + at, "type": kind, "user_id": "a", "item_id": "i1"}
        ).encode()
        for at, kind in enumerate(kinds)
    ]

    *_, last = of_core(job, [[lines]])["decisions"]

    assert (last["name"], last["reason"]) == told
    assert last["items"] == (["i1"] if told[0] == "cart" else [])
