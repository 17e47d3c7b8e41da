"""Memory on an endless stream of new people: `python -m benchmarks.endless`.

In: how many people pass, and how many a lane may hold. Out: as they pass, how many are held and the
resident memory of the process. Each person comes with one event and mostly is never heard of again;
one event in twenty is of somebody who was there a moment ago. The job decides at every purchase,
has limits and churn, so that all that is kept of people is kept of them.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from benchmarks.memory import resident
from rtm_flows.config import load
from rtm_flows.connectors.parsers import parser_of
from rtm_flows.connectors.record_batches import RecordBatches
from rtm_flows.lanes.engine import Engine
from rtm_flows.lanes.entry import Entry
from rtm_flows.lanes.plan import Plan

START = 1_767_225_600_000
BATCH, SPAN_MS = 20_000, 60_000
"""Events that come together, and the time that passes with them."""
RETURNS = 0.05
KINDS = (b"view_item", b"purchase")
JOB: dict[str, Any] = {
    "name": "endless",
    "input": {"sort": False},
    "dedup": {"window": "PT10M"},
    "models": {"churn": {"horizon": "P7D"}},
    "features": [
        {"name": "views", "kind": "session_count", "types": ["view_item"]},
        {"name": "hour", "kind": "window_count", "types": ["*"], "width": "PT1H", "step": "PT5M"},
        {"name": "fade", "kind": "decayed_count", "types": ["*"], "half_life": "P1D"},
        {"name": "cart", "kind": "cart_value"},
        {"name": "habit", "kind": "habit", "part": "hour"},
    ],
    "actions": [{"name": "greet", "value": 1.0}],
    "triggers": {"types": ["purchase"]},
    "limits": [{"name": "weekly", "most": 1, "per": "calendar_week"}],
    "outputs": {"scores": False},
}


class Held(NamedTuple):
    """What is there after so many people."""

    passed: int
    know: int
    decide: int
    memory: int
    """Resident bytes."""
    rate: float
    """Events a second of processor time since the line before."""


def pass_by(people: int, most: int, every: int, batch: int = BATCH) -> Iterator[Held]:
    """Let people pass; yield what is held, each time so many more have."""
    job = load({**JOB, "people": {"most_per_lane": most, "inactive": "P90D"}})
    plan = Plan.of(job, 1)
    engine, entry = Engine(plan), Entry(plan, 0, in_order=False)
    batches = RecordBatches("records", parser_of(job), job.input.max_record_bytes)
    rng = np.random.default_rng(7)
    passed = events = told = 0
    began = time.process_time()
    while passed < people:
        fresh = rng.random(batch) >= RETURNS
        numbers = passed + np.cumsum(fresh)
        back = np.flatnonzero(~fresh)
        numbers[back] = np.maximum(1, numbers[back] - rng.integers(1, 5_000, len(back)))
        times = START + events // batch * SPAN_MS + np.arange(batch) * SPAN_MS // batch
        lines = [
            b'{"id":"e%d","time":%d,"type":"%b","user_id":"%d","item_id":"p%d","price":9}'
            % (events + at, moment, KINDS[at % 50 == 0], number, number % 97)
            for at, (moment, number) in enumerate(
                zip(times.tolist(), numbers.tolist(), strict=True)
            )
        ]
        engine.push(entry.take(batches.take(lines)))
        passed, events = passed + int(fresh.sum()), events + batch
        if passed // every > told:
            told = passed // every
            spent, began = time.process_time() - began, time.process_time()
            contacting = engine._decide._choose._contacting
            yield Held(
                passed, len(engine.persons), len(contacting._people), resident(),
                every / (1 - RETURNS) / spent,
            )  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Let people pass, and print what is held."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endless")
    parser.add_argument("--people", type=int, default=10_000_000, help="(%(default)s)")
    parser.add_argument("--most", type=int, default=1_000, help="of a lane (%(default)s)")
    parser.add_argument("--every", type=int, default=500_000, help="a line (%(default)s)")
    options = parser.parse_args(arguments)
    print("| people passed | in know | in decide | resident | events a second of processor time |")
    print("|---|---|---|---|---|")
    for held in pass_by(options.people, options.most, options.every):
        print(
            f"| {held.passed:,} | {held.know:,} | {held.decide:,} | {held.memory >> 20:,} MiB "
            f"| {held.rate:,.0f} |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
