"""A shop whose offers are shown and answered, with known chances: a loop closed day by day.

In: a job, events, and how welcome each action truly is. Out: these events with the outcomes of the
decisions that the job makes, each day's from what the days before have taught it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import rtm_flows as rtm
from rtm_flows.config import Job

SECONDS = (2, 9, 600, 3000)
"""Seconds after it is shown at which an offer is answered."""


def shown(job: Job, events: Path, welcome: Mapping[str, float], days: int) -> bytes:
    """Return the lines of events and outcomes, of so many days from the first decision."""
    lines, rng = events.read_bytes(), random.Random(5)
    both = events.with_name("both.jsonl")
    both.write_bytes(lines)
    begin: datetime | None = None
    for day in range(days):
        decisions = rtm.replay(job, both).decisions.rows(named=True)
        begin = begin or datetime.fromisoformat(decisions[0]["decision_time"])
        first, last = begin + timedelta(days=day), begin + timedelta(days=day + 1)
        for decision in decisions:
            if first <= datetime.fromisoformat(decision["decision_time"]) < last:
                lines += b"".join(outcomes(decision, welcome, rng))
        both.write_bytes(lines)
    return lines


def outcomes(
    decision: Mapping[str, Any], welcome: Mapping[str, float], rng: random.Random
) -> Iterator[bytes]:
    """Yield the lines of what comes of one decision."""
    if decision["name"] == "no_action" or rng.random() < 0.2:
        return
    time = datetime.fromisoformat(decision["decision_time"]) + timedelta(seconds=3)
    answers = [("impression", time)]
    clicked = rng.random() < welcome.get(decision["name"], 0.0)
    later = time + timedelta(seconds=rng.choice(SECONDS))
    answers += [("clicked", later)] if clicked else []
    answers += [("rejected", later)] if not clicked and rng.random() < 0.1 else []
    key = {"user": "user_id", "anonymous": "anonymous_id"}[decision["subject_type"]]
    for kind, at in answers:
        record = {
            "id": f"{kind}-{decision['decision_id']}",
            "time": at.isoformat(),
            "type": kind,
            key: decision["subject_id"],
            "decision_id": decision["decision_id"],
            "action": decision["name"],
            "treatment": decision["treatment"],
        }
        yield json.dumps(record).encode() + b"\n"
