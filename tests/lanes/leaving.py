"""Streams of which people leave: silent ones within seconds, and in small lanes for want of room.

Spans here are shorter than a configuration may say, so that what a leaving cuts off is often open:
sessions, labels, timers, contacts, decisions on their way.
"""

from __future__ import annotations

import json
import random
from typing import Any

import msgspec

from rtm_flows.config import Job, load
from rtm_flows.config.people_rule import PeopleRule
from tests.lanes.shopped import shopped
from tests.lanes.streams import Stream, answered, stream

INACTIVE = ("PT3S", "PT11S", "PT45S")
MOST = (1, 2, 3)


class Leaving(Stream):
    """A stream whose rule of people need not fit the spans of the job."""

    @property
    def job(self) -> Job:
        """The job as the core reads it."""
        plain = dict(self.plain)
        rule = PeopleRule(**plain.pop("people"))
        return msgspec.structs.replace(load(plain), people=rule)


def leaving(seed: int, events: int = 80, *, beyond: bool = False) -> Leaving:
    """Return the stream of a seed, of any kind, of which people leave by one rule or by both."""
    rng = random.Random(f"leaving {seed}")
    made = (
        shopped(seed, events)
        if seed % 4 == 0
        else answered(seed, events * 3 // 4)
        if seed % 4 == 1
        else stream(seed, events, beyond=beyond)
    )
    plain: dict[str, Any] = json.loads(json.dumps(made.plain))
    rule: dict[str, Any] = {}
    if rng.random() < 0.7:
        rule["inactive"] = rng.choice(INACTIVE)
        # In order of the log who is silent may be late too: then inactive must be longer.
        plain["dedup"] = {"window": rng.choice(["PT0S", "PT2.999S"])}
    if (not rule or rng.random() < 0.5) and plain["time"].get("order", "event") == "event":
        rule["most_per_lane"] = rng.choice(MOST)
        plain["lanes"] = rng.choice([1, 2])
    if not rule:
        rule["inactive"] = INACTIVE[-1]
        plain["dedup"] = {"window": "PT10S"}
    if plain["dedup"]["window"] == "PT0S" and plain["time"].get("order") == "log":
        plain["dedup"] = {"window": "PT1S"}
    return Leaving({**plain, "people": rule}, made.partitions)
