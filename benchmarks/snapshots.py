"""What a snapshot costs: `python -m benchmarks.snapshots`.

In: a job, and how many people it knows, of whom one in a hundred has an event in each epoch of a
second. Out: milliseconds and bytes of a snapshot, in the steady state, and seconds until everything
is read back, all of processor time, so that a busy machine is no matter. The people are those of a
small simulated shop, each many times over under other keys. What is measured is the steps, not the
files behind them.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

import rtm_flows as rtm
from benchmarks.memory import job_of, passes
from rtm_flows.columns import as_text
from rtm_flows.config import Job, with_input
from rtm_flows.connectors.inputs import open_input
from rtm_flows.connectors.parsers import parser_of
from rtm_flows.connectors.record_batches import RecordBatches
from rtm_flows.lanes.decide import Decide
from rtm_flows.lanes.engine import Engine
from rtm_flows.lanes.entry import Entry
from rtm_flows.lanes.kept import Kept
from rtm_flows.lanes.know import Know
from rtm_flows.lanes.parts import Part, encode, merge
from rtm_flows.lanes.plan import Plan
from rtm_flows.people.roll import SAVES
from rtm_flows.simulate import Shop, simulate

EPOCH_MS = 1_000
ACTIVE = 0.01
SHOP = Path(__file__).parent.parent / "examples" / "shop.toml"
Step = Know | Decide
Chains = dict[tuple[str, int], list[bytes]]


class Measured(NamedTuple):
    """What snapshots of so many people take."""

    people: int
    epoch: float
    """Milliseconds that the events of an epoch take."""
    saves: list[float]
    """Milliseconds of the snapshots in the steady state."""
    written: int
    """Bytes of one of them."""
    heads: int
    """Bytes among these of heads: mostly rows that wait to be late no more."""
    kept: int
    """Bytes of all parts that are needed."""
    whole: float
    """Milliseconds of a snapshot of everything."""
    load: float
    """Seconds until everything is read back."""


def measure(job: Job, people: int, epochs: int) -> Measured:
    """Let time pass over so many people, saving after each epoch."""
    plan = Plan.of(job, 1)
    engine = Engine(plan)
    names, start = known(engine, job, plan, people)
    chains: Chains = {}
    heads = save(engine, plan, chains)[1]
    rng = np.random.default_rng(7)
    batches = RecordBatches("records", parser_of(job), job.input.max_record_bytes)
    entry = Entry(plan, 0, in_order=False)
    took, saves, written = [], [], 0
    for epoch in range(1, epochs + 1):
        some = rng.choice(len(names), int(ACTIVE * len(names)), replace=False).tolist()
        told = records([names[at] for at in some], start + EPOCH_MS * epoch)
        gc.collect()
        before = time.process_time()
        engine.push(entry.take(batches.take(list(told))))
        took.append(time.process_time() - before)
        ms, heads, written = save(engine, plan, chains)
        saves.append(ms)
    before = time.process_time()
    for name in ("know", "decide"):
        for lane in range(plan.lanes):
            step_of(engine, name).whole(lane)
    whole = 1e3 * (time.process_time() - before)
    kept = sum(len(part) for parts in chains.values() for part in parts)
    load = read_back(plan, heads, chains)
    steady = saves[-max(1, epochs // 4) :]
    of_heads = sum(map(len, heads.values()))
    events = 1e3 * statistics.median(took)
    return Measured(len(names), events, steady, written, of_heads, kept, whole, load)


def known(engine: Engine, job: Job, plan: Plan, people: int) -> tuple[list[str], int]:
    """Let an engine know so many people; return their keys, and the time of the latest event."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.jsonl"
        with path.open("wb") as file:
            simulate(Shop(people=2_000, days=1.0), file.write)
        source = open_input(with_input(job, (str(path),)), None)
        many = Plan.of(job, source.partitions)
        some = Know(many)
        for _ in passes(source, many, some):
            pass
    copies = max(1, round(people / len(some.persons)))
    latest = int(some._profiles.people["last"].max())
    before, profiles = some._profiles, engine._know._profiles
    for lane in range(plan.lanes):
        if part := before.whole(lane).people:
            parts = [copy_of(part, copy) for copy in range(copies)]
            profiles.load(lane, parts, int(before.oldest[lane]))
    engine._know._reached[:] = some._reached
    profiles._rolling.touch(np.arange(len(engine.persons)))
    return engine.persons, latest + EPOCH_MS


def copy_of(part: bytes, copy: int) -> bytes:
    """Return the people of a part under other keys."""
    found = merge([part])
    keys = as_text([f"{key}-{copy}" for key in found.people["person"].tolist()])
    return encode(Part(found.people.with_columns({"person": keys}), found.runs))


def records(names: list[str], now: int) -> Iterator[bytes]:
    """Yield an event of each person within an epoch."""
    kinds = ("page_view", "view_item", "view_item", "search", "add_to_cart")
    for at, key in enumerate(names):
        told = {
            "id": f"{now}-{at:07}",
            "time": now + at * EPOCH_MS // len(names),
            "user_id" if key.startswith("u:") else "anonymous_id": key[2:],
            "type": kinds[at % len(kinds)],
            "item_id": f"i{at % 100}",
            "price": 9.5,
        }
        yield json.dumps(told).encode()


def step_of(engine: Engine, name: str) -> Step:
    """Return a step of an engine that knows people."""
    return engine._know if name == "know" else engine._decide


def save(
    engine: Engine, plan: Plan, chains: Chains
) -> tuple[float, dict[tuple[str, int], bytes], int]:
    """Save all lanes; return milliseconds, heads, and bytes."""
    found: dict[tuple[str, int], Kept] = {}
    before = time.process_time()
    for name in ("know", "decide"):
        step = step_of(engine, name)
        found |= {(name, lane): kept for lane, kept in enumerate(step.save(range(plan.lanes)))}
    ms = 1e3 * (time.process_time() - before)
    for key, kept in found.items():
        parts = [kept.people] if kept.people else []
        chains[key] = [*parts, *chains.get(key, [])][: kept.depth]
    size = sum(len(kept.head) + len(kept.people) for kept in found.values())
    return ms, {key: kept.head for key, kept in found.items()}, size


def read_back(plan: Plan, heads: dict[tuple[str, int], bytes], chains: Chains) -> float:
    """Return the seconds until all lanes are read back."""
    know, decide = Know(plan), Decide(plan)
    gc.collect()
    before = time.process_time()
    for (name, lane), head in heads.items():
        (know if name == "know" else decide).load(lane, head, chains[name, lane])
    return time.process_time() - before


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print a row."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.snapshots")
    parser.add_argument("job", choices=("peers", "shop"))
    parser.add_argument("--people", type=int, default=100_000, help="(%(default)s)")
    parser.add_argument("--epochs", type=int, default=SAVES + 16, help="(%(default)s)")
    parser.add_argument("--lanes", type=int, default=128, help="(%(default)s)")
    parser.add_argument("--lateness", default="PT0S", help="so long rows wait (%(default)s)")
    options = parser.parse_args(arguments)
    job = job_of("peers") if options.job == "peers" else rtm.load(SHOP)
    one_part = msgspec.structs.replace(job.input, stripes=1)
    time_rule = msgspec.structs.replace(job.time, lateness=options.lateness)
    job = msgspec.structs.replace(job, lanes=options.lanes, input=one_part, time=time_rule)
    found = measure(job, options.people, options.epochs)
    print(
        f"{options.job}, {found.people:,} people, {options.lanes} lanes: "
        f"{found.epoch:,.0f} ms of events an epoch; a snapshot "
        f"{statistics.median(found.saves):,.0f} ms (at most {max(found.saves):,.0f}), "
        f"{found.written / 1e6:,.1f} MB (heads {found.heads / 1e6:,.1f}); "
        f"of everything {found.whole:,.0f} ms; "
        f"parts needed {found.kept / 1e6:,.0f} MB, read back in {found.load:.1f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
