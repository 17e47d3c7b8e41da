"""What may change of a job that has state, and what is refused."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from rtm_flows.config import Job, load
from rtm_flows.config.changes import changes
from tests.lanes.streams import FEATURES

Plain = dict[str, Any]
SHOP: Plain = {
    "name": "shop",
    "features": FEATURES,
    "models": {"churn": {"horizon": "PT1H"}, "intent": {"challengers": [{"kind": "sgd"}]}},
    "actions": [{"name": "nudge", "value": 2}, {"name": "greet", "value": 1}],
    "limits": [{"name": "gap", "interval": "PT1H"}],
    "triggers": {"moments": [{"name": "still", "kind": "silence", "after": "PT1H"}]},
    "responses": {},
    "people": {"inactive": "P90D"},
}
COLUMNS = {
    "user_id": "u",
    "type": "y",
    **{name: name for name in ("decision_id", "action", "treatment")},
}
OVER = {"name": "over", "kind": "session_end"}
FURTHER = {"name": "further", "kind": "lifetime_count", "types": ["search"]}


def changed(change: Callable[[Plain], object]) -> Job:
    """Return the shop with something changed."""
    plain = copy.deepcopy(SHOP)
    change(plain)
    return load(plain)


UPGRADES: dict[str, Callable[[Plain], object]] = {
    "actions.new: begins empty": lambda p: p["actions"].insert(0, {"name": "new", "value": 1}),
    "actions.greet: what was kept of it is dropped": lambda p: p["actions"].pop(),
    "actions.greet: goes by its new rules, and keeps what fits them": lambda p: p["actions"][
        1
    ].update(value=7),
    "limits.gap: what was kept of it is dropped": lambda p: p.pop("limits"),
    "pauses.vain: begins empty": lambda p: p.update(
        pauses=[{"name": "vain", "after": 2, "within": "PT1H", "lasts": "PT1H"}]
    ),
    "models.churn: what it had learned is dropped": lambda p: p["models"].pop("churn"),
    "models.intent.challengers.sgd: begins anew": lambda p: p["models"]["intent"].update(
        challengers=[{"kind": "sgd", "learning_rate": 0.5}]
    ),
    "models.intent.promotion: what challengers and champion are compared by begins anew": (
        lambda p: p["models"]["intent"].update(promotion={"after": 50, "level": 0.1})
    ),
    "features.further: begins empty, without weight in any model": lambda p: p.update(
        features=[*FEATURES, FURTHER]
    ),
    "floor: was 0.0 and is 0.5 from now on": lambda p: p.update(floor=0.5),
    'triggers.types: was ["*"] and is ["search"] from now on': lambda p: p.update(
        triggers={**p["triggers"], "types": ["search"]}
    ),
    "triggers.moments.over: begins empty": lambda p: p["triggers"]["moments"].append(OVER),
    "triggers.moments.still: what was kept of it is dropped": lambda p: p.pop("triggers"),
    "triggers.moments.still: begins anew": lambda p: p["triggers"]["moments"][0].update(
        after="PT2H"
    ),
    "suppressions: begin with nothing known of carts, orders, cases and items": lambda p: p.update(
        suppressions={}
    ),
    'responses.within: was "P1D" and is "P2D" from now on': lambda p: p["responses"].update(
        within="P2D"
    ),
    "people.most_per_lane: was null and is 7 from now on": lambda p: p.update(
        people={"inactive": "P90D", "most_per_lane": 7}
    ),
    'people.inactive: was "P90D" and is null from now on': lambda p: p.pop("people"),
}
"""By what is told, what changes."""

REFUSED: dict[str, Callable[[Plain], object]] = {
    "name": lambda p: p.update(name="other"),
    "sessions.gap": lambda p: p.update(sessions={"gap": "PT5M"}),
    "time.tick": lambda p: p.update(time={"tick": "PT5M"}),
    "time.order": lambda p: p.update(time={"order": "log"}),
    "dedup.window": lambda p: p.update(dedup={"window": "P2D"}),
    "input.mapping": lambda p: p.update(
        input={"format": "mapping", "mapping": {**COLUMNS, "time": "t"}}
    ),
    "models.churn.horizon": lambda p: p["models"]["churn"].update(horizon="PT2H"),
    "models.intent.kind": lambda p: p["models"]["intent"].update(kind="sgd", challengers=[]),
    "models.intent.rows_per_session": lambda p: p["models"]["intent"].update(rows_per_session=7),
    "learning.period": lambda p: p.update(learning={"period": "PT2H"}),
    "responses": lambda p: p.pop("responses"),
    "responses.positive": lambda p: p["responses"].update(positive=["clicked"]),
    "responses.horizon": lambda p: p["responses"].update(horizon="PT1H"),
    "contacts.zone": lambda p: p.update(contacts={"zone": "Asia/Baku"}),
    "delivery.supersede": lambda p: p.update(delivery={"supersede": "channel"}),
    "outputs.scores": lambda p: p.update(outputs={"scores": False}),
    "features": lambda p: p.update(features=[FURTHER, *FEATURES]),
    "people.inactive": lambda p: p.update(people={"inactive": "P80D"}),
}
"""By key what changes."""


@pytest.mark.parametrize("told", UPGRADES)
def test_an_upgrade_says_what_begins_and_what_goes(told: str) -> None:
    """One sentence for the one change, and nothing is refused."""
    found = changes(load(SHOP), changed(UPGRADES[told]))
    assert (found.told, found.refused) == ((told,), ())


@pytest.mark.parametrize("key", REFUSED)
def test_anything_else_is_refused_by_its_key(key: str) -> None:
    """Also where something else is an upgrade."""

    def change(plain: Plain) -> None:
        REFUSED[key](plain)
        plain["floor"] = 0.3

    refused = changes(load(SHOP), changed(change)).refused
    assert key in [one.key[: len(key)] for one in refused]


def test_suppressions_are_told_key_by_key() -> None:
    """And that they are gone."""
    was = load({**SHOP, "suppressions": {}})
    now = load({**SHOP, "suppressions": {"bought": "P9D", "open_case": False}})
    assert changes(was, now) == (
        (
            "suppressions.open_case: was true and is false from now on",
            'suppressions.bought: was "P30D" and is "P9D" from now on',
        ),
        (),
    )
    gone = changes(was, load(SHOP))
    assert (len(gone.told), "is dropped" in gone.told[0], gone.refused) == (1, True, ())


def test_what_is_no_part_of_an_answer_is_no_change() -> None:
    """Where a run tells how it is doing, how many lanes there are, and how files are cut."""
    job = load({**SHOP, "lanes": 7, "operating": {"port": 9_999}, "input": {"block_bytes": 9_000}})
    assert changes(load(SHOP), job) == ((), ())


def test_a_feature_cannot_go_or_become_another() -> None:
    """Not even the last of them."""
    last = len(FEATURES) - 1
    other = [*FEATURES[:-1], {**FEATURES[-1], "scale": "none"}]
    for features, key in ((FEATURES[:-1], f"[{last}]"), (other, f"[{last}].scale")):
        found = changes(load(SHOP), load({**SHOP, "features": features}))
        assert [one.key for one in found.refused] == [f"features{key}"]


def test_what_is_kept_of_a_job_is_that_job() -> None:
    """As plain values and back, to the digest; and it has not changed."""
    job = load(SHOP)
    back = msgspec.convert(msgspec.json.decode(msgspec.json.encode(job.settled)), Job)
    assert back.digest == job.digest
    assert changes(back, job) == ((), ())
