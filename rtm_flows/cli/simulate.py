"""`rtm simulate`: the events of a simulated shop, as a file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rtm_flows.cli.progress import Bar
from rtm_flows.errors import OutputError
from rtm_flows.simulate import Shop
from rtm_flows.simulate import simulate as write_events

_STEPS = 1000


def simulate(parsed: argparse.Namespace) -> int:
    """Write the events, and say how many of what."""
    shop = Shop(
        people=parsed.people,
        days=parsed.days,
        seed=parsed.seed,
        start=parsed.start,
        duplicates=parsed.duplicates,
        late=parsed.late,
        broken=parsed.broken,
    )
    path = Path(parsed.output)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file, Bar("simulating", _STEPS, quiet=False) as bar:
            truth = write_events(
                shop, file.write, progress=lambda _, share: bar.reached(int(share * _STEPS))
            )
    except OSError as error:
        msg = f"{path}: cannot be written: {error.strerror}"
        raise OutputError(msg) from None
    sys.stdout.write(
        f"{path}: {truth.records:,} records of {truth.people:,} people in {truth.sessions:,} "
        f"sessions, {truth.purchases:,} purchases; {truth.duplicates:,} told twice, "
        f"{sum(truth.broken.values()):,} broken\n"
    )
    return 0
