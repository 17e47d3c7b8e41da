"""Streams of which people leave: silent ones within seconds, and in small lanes for want of room.

Spans here are shorter than a configuration may say, so that what a leaving cuts off is often open:
sessions, labels, timers, contacts, decisions on their way.
"""

from __future__ import annotations

import json
import random
from itertools import zip_longest
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
    is_log, partitions = plain["time"].get("order") == "log", made.partitions
    if not rule or rng.random() < 0.5:
        rule["most_per_lane"] = rng.choice(MOST)
        plain["lanes"] = rng.choice([1, 2])
        # In order of the log rounds of one partition are wanted; as many as they were, mixed.
        partitions = [_in_turn(partitions)] if is_log else partitions
    if plain["dedup"]["window"] == "PT0S" and is_log:
        plain["dedup"] = {"window": "PT1S"}
    return Leaving({**plain, "people": rule}, partitions)


def _in_turn(partitions: list[list[list[bytes]]]) -> list[list[bytes]]:
    """Return the batches of all partitions as those of one."""
    rounds = zip_longest(*partitions)
    return [batch for round_ in rounds for batch in round_ if batch is not None]
