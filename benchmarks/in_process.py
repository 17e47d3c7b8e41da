"""How long `rtm_flows.decide` takes, call by call: the latency of a decision within a request.

    python -m benchmarks.in_process [--calls 2000] [--people 500]

One process, one thread. Some days of a simulated shop are the history; each call is a request of
another person, as far as there are some. Told is the time that passed and that of the processor:
where neighbours are busy, the latter is what the program itself takes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from rtm_flows.config import Job, load
from rtm_flows.serve.decider import Decider
from rtm_flows.serve.profile import Profile
from rtm_flows.serve.profiles import Profiles, profiles
from rtm_flows.simulate import Shop, simulate

HERE = Path(__file__).parent
WARM = 100
"""Calls that are not counted."""


class Measured(NamedTuple):
    """Milliseconds, by call: of the clock on the wall, and of the processor."""

    wall: list[float]
    processor: list[float]


def shop_job() -> Job:
    """Return the default features and the actions of the example shop."""
    return load(HERE.parent / "examples" / "shop.toml")


def peers_job() -> Job:
    """Return the job of the peers, reading canonical records."""
    job = load(HERE / "rtm_peers_job.toml")
    plain = msgspec.structs.replace(job.input, format="canonical", mapping=None)
    return msgspec.structs.replace(job, input=plain)


def history(people: int) -> list[bytes]:
    """Return three days of a shop, as records in order of time."""
    blocks: list[bytes] = []
    shop = Shop(people=people, days=3.0, disorder_ms=0, late=0, broken=0, seed=1)
    simulate(shop, blocks.append)
    records = b"".join(blocks).splitlines()
    return sorted(records, key=lambda record: str(msgspec.json.decode(record)["time"]))


def measure(call: Callable[[int], object], calls: int) -> Measured:
    """Return how long each call took, given the number of the call."""
    measured = Measured([], [])
    for number in range(calls + WARM):
        wall, processor = time.perf_counter_ns(), time.process_time_ns()
        call(number)
        measured.processor.append((time.process_time_ns() - processor) / 1e6)
        measured.wall.append((time.perf_counter_ns() - wall) / 1e6)
    return Measured(measured.wall[WARM:], measured.processor[WARM:])


def requests(people: Profiles) -> tuple[list[Profile], Mapping[str, Any]]:
    """Return the profiles that are asked about, and what is asked: what to do a second later."""
    known = [people.of(person) for person in people.persons]
    return known, {"time": (people.time or 0) + 1000, "item_id": "item-1"}


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def tell(name: str, measured: Measured) -> None:
    """Print one line: median, 95th and 99th percentile of both clocks."""
    told = [f"{quantile(values, share):8.2f}" for values in measured for share in (0.5, 0.95, 0.99)]
    print(f"{name:<34}", *told)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure both jobs, and print a table."""
    parser = argparse.ArgumentParser(prog="benchmarks.in_process")
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--people", type=int, default=500)
    given = parser.parse_args(arguments)
    records = history(given.people)
    print(f"{'milliseconds':<34}", *(f"{name:>8}" for name in ("p50", "p95", "p99") * 2))
    for name, job in (("shop", shop_job()), ("peers", peers_job())):
        measure_job(name, job, records, given.calls)


def measure_job(name: str, job: Job, records: Sequence[bytes], calls: int) -> None:
    """Measure one job, and print its lines."""
    people, decider = profiles(job, records), Decider(job)
    known, asked = requests(people)
    stored = [profile.to_bytes() for profile in known]

    def decide(at: int) -> object:
        return decider.decide(known[at % len(known)], asked).json

    def carry(at: int) -> object:
        profile = Profile.from_bytes(stored[at % len(stored)])
        return decider.decide(profile, asked).profile.to_bytes()

    def take(at: int) -> object:
        return people.of(known[at % len(known)].person)

    tell(f"{name}: decide", measure(decide, calls))
    tell(f"{name}: from bytes, decide, to bytes", measure(carry, calls))
    tell(f"{name}: take a profile", measure(take, calls))
    size = quantile([float(len(one)) for one in stored], 0.5)
    counts = f"{len(records):,} events, {len(stored):,} people"
    print(f"{name}: {counts}, a profile has {size:,.0f} bytes (median)")


if __name__ == "__main__":
    main()
