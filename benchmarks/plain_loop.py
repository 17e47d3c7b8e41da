"""A plain loop without an engine: state in a dict, lost at the end of the process."""

from __future__ import annotations

import time
from pathlib import Path

import orjson

from benchmarks.job import Profile, make_model, step
from benchmarks.protocol import paths, say


def run(source: str, out: str) -> int:
    """Run the job over a file; return the number of events."""
    model, people = make_model(), dict[str, Profile]()
    total = 0
    with Path(source).open("rb") as events, Path(out).open("wb") as records:
        for line in events:
            event = orjson.loads(line)
            profile = people.get(event["user_id"])
            if profile is None:
                profile = people[event["user_id"]] = Profile()
            records.write(orjson.dumps(step(event, profile, model)) + b"\n")
            total += 1
    return total


if __name__ == "__main__":
    source, out = paths()
    start = time.perf_counter()
    total = run(source, out)
    say("plain loop, orjson", total, time.perf_counter() - start)
