"""From a file of events to decisions, as a polars frame: the shortest way there is.

    python examples/quick_start/quick_start.py [EVENTS.jsonl]

Without a file it makes one: a week of a simulated shop.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import polars as pl

import rtm_flows as rtm
from rtm_flows.simulate import Shop, simulate

JOB = Path(__file__).parent.parent / "shop.toml"


def decide(events: Path) -> rtm.Result:
    """Play a file of events through the shop's job, and return all that came out."""
    return rtm.replay(rtm.load(JOB), events)


def actions(result: rtm.Result) -> pl.DataFrame:
    """Return what was done and for whom, without the many times that nothing was."""
    done = pl.col("name") != "no_action"
    return result.decisions.filter(done).select(
        "decision_time", "subject_id", "name", "channel", "priority", "score"
    )


def main(path: Path | None = None) -> None:
    """Decide, and show how often what was done, and the first decisions."""
    with tempfile.TemporaryDirectory() as folder:
        events = path or Path(folder) / "events.jsonl"
        if path is None:
            with events.open("wb") as file:
                simulate(Shop(people=150, days=7.0, seed=1), file.write)
        result = decide(events)
    found = actions(result)
    print(found["name"].value_counts().sort("count", "name", descending=[True, False]))
    print(found.head(5))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else None)
