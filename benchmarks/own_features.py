"""What a feature written in Python costs, beside the built-in kind that says the same.

Run: `python -m benchmarks.own_features`. It tells nanoseconds an event, the least of several
rounds: what the profiles of one process take longer in a job with the feature than in one without,
in passes of 8,192 events.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from rtm_flows.columns import Table, as_text
from rtm_flows.config import load
from rtm_flows.features.own import (
    ByEvent,
    Column,
    Description,
    Field,
    KeysOf,
    OwnFeature,
    Pass,
    Running,
)
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.profiles import Profiles

SAID = {"count": Description("events", "[0, inf)", "views so far")}
CODE = "benchmarks.own_features"
ONCE = {"dedup": {"window": "PT0S"}}
PASS, COPIES = 8_192, 8


class ByColumns(OwnFeature):
    """Views so far, by columns."""

    version = 1
    values: Mapping[str, Description] = SAID
    types = (("view_item",),)
    fields = tuple(Running("n").fields)

    def __init__(self, copy: int = 0) -> None:
        """Be one of several, each with state of its own."""

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return the count."""
        views = of.masks[("view_item",)].astype(np.int64)
        return {"count": Running("n").totals(of.rows, views, of.people)}


class OneByOne(ByEvent):
    """Views so far, event by event."""

    version = 1
    values: Mapping[str, Description] = SAID
    fields = (Field("n", "i8", (), 0),)

    def __init__(self, copy: int = 0) -> None:
        """Be one of several, each with state of its own."""

    def step(self, state: dict[str, Any], event: Mapping[str, Any]) -> tuple[dict[str, Any], float]:
        """Count a view."""
        count = state["n"] + (event["type"] == "view_item")
        return {"n": count}, count


FEATURES: dict[str, dict[str, Any]] = {
    "built-in lifetime_count": {"kind": "lifetime_count", "types": ["view_item"]},
    "by columns": {"kind": "python", "code": f"{CODE}:ByColumns"},
    "by event": {"kind": "python", "code": f"{CODE}:OneByOne"},
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    jobs = {"none": [], **{name: _copies(feature) for name, feature in FEATURES.items()}}
    least = dict.fromkeys(jobs, float("inf"))
    for _ in range(asked.rounds):
        for name, features in jobs.items():
            least[name] = min(least[name], _seconds(features, asked.events))
    for name in FEATURES:
        seconds = (least[name] - least["none"]) / COPIES
        print(f"{name:<26}{seconds / asked.events * 1e9:8,.0f} ns an event")


def _copies(feature: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the feature several times, for its cost to stand out of the noise."""
    own = feature["kind"] == "python"
    return [{**feature, **({"options": {"copy": n}} if own else {})} for n in range(COPIES)]


def _seconds(features: list[dict[str, Any]], events: int) -> float:
    """Return the seconds that the profiles of a job take for so many events."""
    price = {"name": "price", "kind": "property", "field": "price"}
    named = [{"name": f"f{at}", **one} for at, one in enumerate(features)]
    plan = Plan.of(load({"name": "cost", "features": [price, *named], "actions": [], **ONCE}), 1)
    passes = [_events(seed, at) for seed, at in enumerate(range(0, events, PASS))]
    profiles, took = Profiles(plan), 0.0
    for table in passes:
        slot = profiles.slots_of(table, table["lane"])
        began = time.perf_counter()
        profiles.fold(*profiles.admit(table, slot)[1:])
        took += time.perf_counter() - began
    return took


def _events(seed: int, at: int) -> Table:
    rng = np.random.default_rng(seed)
    person = np.sort(rng.integers(0, 2_000, PASS))
    numbers = {n: rng.integers(0, 9_999, PASS) for n in ("price", "quantity", "amount")}
    types = np.array(["view_item", "search", "add_to_cart"], dtype=object)
    return Table(
        {
            "person": as_text([f"u:{p}" for p in person.tolist()]),
            "time": 1_767_225_600_000 + np.arange(at, at + PASS) * 1_000,
            "id": as_text([f"{at + n}" for n in range(PASS)]),
            "source": as_text(["shop"] * PASS),
            "type": types[rng.integers(0, 3, PASS)],
            "derived": np.zeros(PASS, dtype=np.bool_),
            "hash": person.astype(np.uint32),
            "lane": person % 128,
            **numbers,
        }
    )


if __name__ == "__main__":
    main()
