"""A job that changes on the way keeps all that it does not change: to the last bit."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from rtm_flows.columns import Table
from rtm_flows.config import load
from rtm_flows.config.changes import changes
from rtm_flows.lanes.engine import Engine
from rtm_flows.lanes.kept import Loaded
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.refit.jobs import Jobs
from rtm_flows.lanes.refit.of_fold import fold_refitted
from tests.lanes.cluster import STEPS, Cluster
from tests.lanes.refitted import REFIT, Refitted
from tests.lanes.shopped import shopped
from tests.lanes.streams import ACTIONS, Stream, answered, arriving, stream

WORLDS: dict[str, tuple[Callable[[int], Stream], int]] = {
    "all": (lambda seed: stream(seed, 60, beyond=True), 4),
    "answered": (answered, 2),
    "shopped": (shopped, 2),
}
"""How streams are made, and how many are tried."""
SCOPE = {"after": 2, "within": "PT20S", "lasts": "PT9S"}
NEW_MOMENTS: list[dict[str, Any]] = [
    {"name": "new_keen", "kind": "score_crossing", "above": 0.01},
    {"name": "new_quiet", "kind": "silence", "after": "PT2S"},
    {"name": "new_left", "kind": "cart_abandonment", "after": "PT2S"},
]
UNSEEN = [
    {"name": "x_count", "kind": "window_count", "types": ["email_bounced"], "width": "PT20S",
     "step": "PT5S"},
    {"name": "x_spent", "kind": "window_sum", "field": "amount", "add": ["email_bounced"],
     "width": "PT1H", "step": "PT1M"},
    {"name": "x_fade", "kind": "decayed_count", "types": ["email_bounced"], "half_life": "PT10S"},
    {"name": "x_since", "kind": "since_seconds", "types": ["email_bounced"], "never": "PT5M"},
    {"name": "x_session", "kind": "session_count", "types": ["email_bounced"]},
]  # fmt: skip
"""Features of events that do not come: what they hold never changes."""


def grown(plain: dict[str, Any]) -> dict[str, Any]:
    """Return a job with more of all that may come and go, put in front of what there is."""
    more = copy.deepcopy(plain)
    # The same is followed of people who shop: what is not followed for a while begins anew.
    more["suppressions"] = {**plain.get("suppressions", {}), "removed": "PT3S", "ignored": 7}
    extra = {"name": "extra", "value": 9, "about": "event"}
    more["actions"] = [extra, *reversed(plain["actions"])]
    triggers = more.setdefault("triggers", {})
    triggers["moments"] = [*NEW_MOMENTS, *reversed(triggers.get("moments", []))]
    more["limits"] = [
        {"name": "new_limit", "actions": "extra", "interval": "PT9S"},
        *plain.get("limits", []),
    ]
    more["pauses"] = [{"name": "new_pause", **SCOPE}, *plain.get("pauses", [])]
    models = more.setdefault("models", {})
    intent = models.setdefault("intent", {})
    # Where there are challengers, one more lets the comparison of all begin anew.
    intent.setdefault("challengers", [{"name": "added", "kind": "newton"}])
    models.setdefault("churn", {"horizon": "PT31S"})
    return more


def undisturbed(given: Stream) -> tuple[dict[str, bytes], dict[str, object]]:
    """Return what a stream gives in one run."""
    return Cluster(given, 1, random.Random(0)).run(0.0)


def plan_of(given: Stream, plain: dict[str, Any]) -> Plan:
    """Return the plan of a changed job, under the digest of the first: outputs tell it."""
    job = load(plain)
    assert not changes(given.job, job).refused
    return Plan.of(job, len(given.partitions))._replace(digest=given.plan.digest)


@pytest.mark.parametrize("name", WORLDS)
def test_what_comes_and_goes_takes_nothing_along(name: str) -> None:
    """Actions, limits, pauses and models that came and went at once leave no trace."""
    make, seeds = WORLDS[name]
    for seed in range(seeds):
        given = make(seed)
        cluster = Refitted(given, random.Random(seed))
        for left in (2 * cluster.left // 3, cluster.left // 3):
            cluster.until(left)
            cluster.go_on_as(plan_of(given, grown(given.plain)), given.plan)
        assert cluster.run(0.02) == undisturbed(make(seed)), f"{name}, seed {seed}"


@pytest.mark.parametrize("name", WORLDS)
def test_a_feature_that_never_changes_changes_no_score(name: str) -> None:
    """Its column is added to people, rows that wait, models, and versions that are served."""
    make, seeds = WORLDS[name]
    for seed in range(seeds):
        given = make(seed)
        plain = copy.deepcopy(given.plain)
        plain["features"] = [*plain["features"], *UNSEEN]
        plain.setdefault("learning", {})["slices"] = []
        given.plain.setdefault("learning", {})["slices"] = []
        cluster = Refitted(given, random.Random(seed))
        cluster.until(cluster.left // 2)
        cluster.go_on_as(plan_of(given, plain))
        files, _ = cluster.run(0.02)
        expected, _ = undisturbed(given)
        for output in ("scores", "sessions", "learning"):
            if output in expected:
                assert files[output] == expected[output], f"{name}, seed {seed}: {output}"


class Seen:
    """Notes the features of every row that is scored."""

    def __init__(self) -> None:
        self.x: dict[tuple[str, str, int], list[float]] = {}

    def scored(self, rows: Table) -> None:
        """Take note of scored rows."""
        keys = zip(rows["person"], rows["id"], rows["time"].tolist(), strict=True)
        self.x |= dict(zip(keys, rows["x"].tolist(), strict=True))

    def closed(self, sessions: Table) -> None:
        """Sessions are not looked at."""

    def labelled(self, examples: Table) -> None:
        """Examples are not looked at."""


SPEND = {"p": 6.25, "q": 3.74, "v": 15.44}
BEFORE: list[dict[str, Any]] = [
    {"name": "b_sum", "kind": "session_sum", "field": "amount", "add": ["search", "purchase"]},
    {"name": "b_days", "kind": "days_active"},
    {"name": "b_total", "kind": "lifetime_sum", "field": "amount", "add": ["purchase"]},
    {"name": "b_rate", "kind": "rate", "hits": ["search"], "of": ["*"], "prior": 0.2},
    {"name": "b_fading", "kind": "rate", "hits": ["purchase"], "of": ["*"], "prior": 0.2,
     "half_life": "PT9S"},
    {"name": "b_hour", "kind": "habit", "part": "hour"},
    {"name": "b_items", "kind": "affinity", "field": "item_id", "types": ["view_item"],
     "half_life": "PT1M", "measure": "top_share"},
    {"name": "b_state", "kind": "order_state_seconds", "states": ["placed"]},
    {"name": "b_orders", "kind": "order_count"},
    {"name": "b_cells", "kind": "window_cells", "types": ["*"], "width": "PT1M", "step": "PT5S"},
]  # fmt: skip
"""Features of the kinds that keep something of several together, beside those of all streams."""
SHARED: list[dict[str, Any]] = [
    {"name": "z_count", "kind": "session_count", "types": ["search", "view_item"]},
    {"name": "z_shop", "kind": "session_sum", "field": "amount", "add": ["view_item"]},
    {"name": "z_state", "kind": "order_state_seconds", "states": ["cancelled"]},
    {"name": "z_spend", "kind": "expected_spend", **SPEND},
    {"name": "z_top", "kind": "affinity", "field": "item_id", "types": ["view_item"],
     "half_life": "PT1M", "measure": "distinct"},
    {"name": "z_cart", "kind": "cart_items"},
]  # fmt: skip
"""Features that know what others have kept, or of the session that is open."""
SINCE_NOW: list[dict[str, Any]] = [
    {"name": "y_fading", "kind": "rate", "hits": ["search"], "of": ["*"], "prior": 0.2,
     "half_life": "PT20S"},
    {"name": "y_items", "kind": "affinity", "field": "item_id", "types": ["search", "purchase"],
     "half_life": "PT1M", "measure": "top_share"},
    {"name": "y_cells", "kind": "window_cells", "types": ["search"], "width": "PT1M",
     "step": "PT5S"},
    {"name": "y_orders", "kind": "order_value", "types": ["purchase", "search"]},
    {"name": "y_total", "kind": "lifetime_sum", "field": "amount", "add": ["view_item"]},
    {"name": "y_count", "kind": "lifetime_count", "types": ["view_item"]},
    {"name": "y_days", "kind": "days_active", "types": ["search"]},
    {"name": "y_adds", "kind": "window_count", "types": ["view_item"], "width": "PT20S",
     "step": "PT5S"},
    {"name": "y_more", "kind": "window_sum", "field": "amount", "add": ["purchase"],
     "width": "PT1H", "step": "PT1M"},
    {"name": "y_fade", "kind": "decayed_sum", "field": "amount", "types": ["purchase"],
     "half_life": "PT1M"},
    {"name": "y_since", "kind": "since_seconds", "types": ["view_item"], "never": "PT5M"},
    {"name": "y_share", "kind": "rate", "hits": ["purchase"], "of": ["*"], "prior": 0.1},
    {"name": "y_hour", "kind": "habit", "part": "hour", "types": ["*"]},
]  # fmt: skip
"""Features of kinds that no feature before them shares its state with."""


def carried(engine: Engine, jobs: Jobs, watch: Seen, *, people: bool) -> Engine:
    """Return an engine that goes on as another job; or, without people, as it would have begun."""
    other = Engine(jobs.becomes, watch)
    for name in STEPS:
        old, new = getattr(engine, f"_{name}"), getattr(other, f"_{name}")
        for lane in range(jobs.was.lanes):
            kept = old.save([lane])[0] if name == "identity" else old.whole(lane)
            state = Loaded(kept.head, (kept.people,) if kept.people else ())
            found = REFIT[name](jobs, {lane: state})[lane]
            parts = [found.people] if found.depth else []
            if not people:
                pairs = [msgspec.msgpack.decode(part, type=tuple[bytes, bytes]) for part in parts]
                parts = [msgspec.msgpack.encode((b"", waiting)) for _, waiting in pairs]
            new.load(lane, found.head, parts)
    other._fold.load(fold_refitted(jobs, engine._fold.save()))
    return other


@pytest.mark.parametrize("seed", range(4))
def test_a_new_feature_is_that_of_people_who_begin_now(seed: int) -> None:
    """And all other features are those of an undisturbed run."""
    given = stream(seed, 80)
    given.plain["time"]["order"] = "event"
    given.plain["dedup"] = {"window": "PT0S"}  # whoever begins now would not know the ids before
    given.plain.pop("triggers", None)
    given.plain["actions"] = ACTIONS
    given.plain["features"] = [*given.plain["features"], *BEFORE]
    job = load({**given.plain, "features": [*given.plain["features"], *SINCE_NOW, *SHARED]})
    was, becomes = given.plan, Plan.of(job, len(given.partitions))
    batches = list(arriving(job, given.partitions))
    half = len(batches) // 2
    old, seen, fresh = Seen(), Seen(), Seen()
    whole, before = Engine(was, old), Engine(was)
    for batch in batches:
        whole.push(batch)
    for batch in batches[:half]:
        before.push(batch)
    jobs = Jobs(was, becomes)
    refitted = carried(before, jobs, seen, people=True)
    new = carried(before, jobs, fresh, people=False)
    for batch in batches[half:]:
        refitted.push(batch)
        new.push(batch)

    known, since = len(was.features), len(was.features) + len(SINCE_NOW)
    shared = [key for key in seen.x if key in fresh.x]
    assert len(shared) >= 10
    assert {key: x[:known] for key, x in seen.x.items()} == {key: old.x[key] for key in seen.x}
    for key in shared:
        assert seen.x[key][known:since] == fresh.x[key][known:since]
