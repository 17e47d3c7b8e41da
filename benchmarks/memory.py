"""What a person costs in memory: `python -m benchmarks.memory`.

In: a simulated shop, and a job. Out: bytes a person, by what they are for, measured on the state
as it stands before the end of the input, beside what the process grew by. Objects are walked, not
estimated: whatever the state holds tomorrow is found too, under the name of where it is held.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

import rtm_flows as rtm
from benchmarks.held import held
from rtm_flows.config import Job, load, with_input
from rtm_flows.connectors.batches import Input
from rtm_flows.connectors.inputs import open_input
from rtm_flows.features.compute import Features
from rtm_flows.lanes.entry import Entry
from rtm_flows.lanes.identity import Identity
from rtm_flows.lanes.know import Know
from rtm_flows.lanes.messages import Known
from rtm_flows.lanes.plan import Plan
from rtm_flows.simulate import Shop, simulate

PEERS = Path(__file__).parent / "rtm_peers_job.toml"
SHOP: dict[str, Any] = {
    "name": "shop",
    "input": {"sort": False, "stripes": 1},
    "models": {"churn": {"horizon": "P30D"}},
}
"""The default features with both models."""


_ROWS = {
    "kept": "kept rows",
    "pending": "pending row",
    "latest": "pending row",
    "outcomes": "rows that wait",
}
"""What is held for learning, by how the names of its places begin."""


class Measured(NamedTuple):
    """What the people of a job take."""

    features: int
    people: int
    events: int
    parts: dict[str, int]
    """Bytes by what they are for, the largest first."""
    unused: int
    """Bytes among these of columns that have grown ahead of the people."""
    grown: int
    """Bytes by which the resident memory of the process grew."""


def job_of(name: str) -> Job:
    """Return the default shop with both models, or the peers' job, reading our own lines."""
    if name == "shop":
        return load(SHOP)
    job = rtm.load(PEERS)
    # Features, model and windows are what is measured: the lines are those of the same shop.
    own = msgspec.structs.replace(job.input, format="canonical", mapping=None)
    return msgspec.structs.replace(job, input=own)


def measure(job: Job, path: Path) -> Measured:
    """Fold a file of events into people; return what they take before the input ends."""
    source = open_input(with_input(job, (str(path),)), None)
    plan = Plan.of(job, source.partitions)
    # What the process needs whoever comes is there once a first batch has been through.
    for known in passes(source, plan, Know(plan)):
        if known.rows:
            break
    know, events = Know(plan), 0
    gc.collect()
    before = resident()
    for known in passes(source, plan, know):
        events += len(known.rows)
    profiles = know._profiles
    rolls = {"people/written": sum(held(profiles._rolling._roll).values())}
    found = named(held(profiles, ("plan", "_rolling")) | rolls, profiles.features)
    spare = held(profiles.people._columns).values()
    people = len(profiles.people)
    rows = len(profiles.people._lane)
    unused = sum(spare) * (rows - people) // rows
    gc.collect()
    return Measured(len(plan.features), people, events, found, unused, resident() - before)


def passes(source: Input, plan: Plan, know: Know) -> Iterator[Known]:
    """Let a step hear all of an input, but not that it has ended; yield what it tells."""
    identity = Identity(plan.lanes, plan.partitions)
    for part in range(source.partitions):
        entry, reader = Entry(plan, part, in_order=source.sorted), source.open(part)
        while (batch := reader.next()) is not None:
            for lane, message in entry.take(batch).rows:
                identity.take(lane, message)
            for lane, told in identity.run():
                know.take(lane, told)
            known = know.run()
            if known is not None:
                yield known
        reader.close()


def named(found: dict[str, int], features: Features) -> dict[str, int]:
    """Return bytes by what they are for, in place of where they are held."""
    kinds = dict(_kinds(features))
    sums: dict[str, int] = {}
    for place, size in found.items():
        name = _name(place, kinds)
        sums[name] = sums.get(name, 0) + size
    return dict(sorted(sums.items(), key=lambda one: -one[1]))


def _kinds(features: Features) -> Iterator[tuple[str, str]]:
    """Yield the columns and maps of features, each with the room of its kind."""
    for part in features._parts:
        room = type(part).__module__.rsplit(".", 1)[-1]
        maps = [field.name for field in getattr(part, "maps", ())]
        for name in (*(field.name for field in part.fields), *maps):
            yield name, f"features: {room}"


def _name(place: str, kinds: dict[str, str]) -> str:
    steps = [step.lstrip("_") for step in place.split("/")]
    for start, name in _ROWS.items():
        if any(step.startswith(start) for step in steps):
            return name
    if len(steps) == 3 and steps[1] in ("columns", "used", "maps") and steps[2] in kinds:
        return kinds[steps[2]]
    if steps[0] == "people":
        indexed = len(steps) > 1 and steps[1] in ("keys", "slot")
        return "keys and their index" if indexed else "session and counts"
    if steps[:2] == ["features", "windows"]:
        return "features: windows"
    return {"features": "texts and definitions", "seen": "ids seen"}.get(steps[0], steps[0])


def resident() -> int:
    """Return the resident memory of this process in bytes; 0 where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)


def table(name: str, found: Measured) -> str:
    """Return a measurement as a table of bytes a person."""
    total = sum(found.parts.values())
    rows = [(part, size) for part, size in found.parts.items() if size * 200 >= total]
    rest = total - sum(size for _, size in rows)
    rows += [("all else", rest), ("**all that is held**", total)]
    rows += [("of it unused yet", found.unused), ("process grew by", found.grown)]
    head = (
        f"\n{name}: {found.features} features, {found.people:,} people, {found.events:,} events\n\n"
        "| part | bytes a person | share |\n|---|---|---|\n"
    )
    return head + "\n".join(
        f"| {part} | {size / found.people:,.0f} | {size / total:.0%} |" for part, size in rows
    )


def main(arguments: list[str] | None = None) -> int:
    """Measure each job in a process of its own, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory")
    parser.add_argument("--people", type=int, default=20_000, help="of the shop (%(default)s)")
    parser.add_argument("--days", type=float, default=2.0, help="(%(default)s)")
    parser.add_argument("--of", nargs=2, metavar=("JOB", "EVENTS"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.of:
        print(json.dumps(measure(job_of(options.of[0]), Path(options.of[1]))))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.jsonl"
        with path.open("wb") as file:
            simulate(Shop(people=options.people, days=options.days), file.write)
        for name in ("shop", "peers"):
            command = [sys.executable, "-m", "benchmarks.memory", "--of", name, str(path)]
            told = subprocess.run(command, check=True, capture_output=True).stdout
            print(table(name, Measured(*json.loads(told))), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
