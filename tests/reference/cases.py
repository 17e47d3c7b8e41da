"""Short ways to write a hand-computed case.

Times are seconds after `BASE`, which is an edge of every cell and tick; people are user ids.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from . import Result, run
from .times import milliseconds, rfc3339

BASE = milliseconds("2024-01-01T00:00:00Z")
COUNT = {"name": "n", "kind": "session_count", "types": ["*"]}


def event(second: float, event_type: str = "view_item", user: str = "ann", **more: object) -> bytes:
    """Return one line; it has no id unless one is given."""
    time = rfc3339(BASE + round(second * 1000))
    return json.dumps({"time": time, "type": event_type, "user_id": user, **more}).encode()


def job(features: Sequence[Mapping[str, Any]] = (COUNT,), **more: Any) -> dict[str, Any]:
    """Return a job of these features, with a gap of 10 s and ticks of 10 s."""
    plain: dict[str, Any] = {
        "name": "shop",
        "features": list(features),
        "actions": [],
        "sessions": {"gap": "PT10S"},
        "time": {"tick": "PT10S"},
    }
    return {**plain, **more}


def replay(job_: Mapping[str, Any], *lines: bytes) -> Result:
    """Run over one partition of one round."""
    return run(job_, [[list(lines)]])


def values(result: Result, name: str = "n") -> list[float]:
    """Return one feature of every row, in the order of the file."""
    return [row["values"][name] for row in result.features]


def second(text: str) -> float:
    """Return the seconds after `BASE` of a time in an output."""
    return (milliseconds(text) - BASE) / 1000
