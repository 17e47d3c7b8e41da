"""What the whole decision is worth beside simpler ones, on a shop whose truth is known.

Run it with `python -m benchmarks.policies`: it simulates the fashion shop, decides all of it by
priority, by propensity alone, by the first rule that fits, and at random among what passed, and
prints the true expected profit of each a person, with intervals of the differences.
"""

from __future__ import annotations

import argparse
import math
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import numpy as np
from numpy.typing import NDArray

import rtm_flows as rtm
from rtm_flows.config import Job
from rtm_flows.decisions.catalogue import NO_ACTION
from rtm_flows.policy.experiments import Arm, Experiment, Policy
from rtm_flows.simulate import Fashion, simulate_fashion
from rtm_flows.simulate.fashion.answers import value_of
from rtm_flows.simulate.fashion.decided import Asked, person_of

JOB = Path(__file__).resolve().parents[1] / "examples" / "fashion.toml"
POLICIES: tuple[Policy, ...] = ("full", "propensity", "rules", "random")
FIELDS = Asked.__struct_fields__

Floats = NDArray[np.float64]


def decided(job: Job, events: Path, policy: Policy) -> list[Asked]:
    """Return the decisions of a job by which everybody is decided for by one policy."""
    everybody = Experiment(name="all", arms=(Arm(name=policy, share=1.0, policy=policy),))
    told = msgspec.structs.replace(job.outputs.decisions, fields=FIELDS)
    outputs = msgspec.structs.replace(job.outputs, decisions=told, scores=False, sessions=False)
    found = rtm.replay(
        msgspec.structs.replace(job, experiments=(everybody,), outputs=outputs), events
    )
    return [Asked(**row) for row in found.decisions.iter_rows(named=True)]


def by_person(decisions: list[Asked], shop: Fashion) -> Floats:
    """Return the true worth of all decisions about each person, in currency units."""
    worth: defaultdict[int, float] = defaultdict(float)
    for one, value in zip(decisions, value_of(decisions, shop).tolist(), strict=True):
        worth[person_of(one)] += value
    return np.array([worth[person] for person in range(shop.people)])


def mean_of(values: Floats) -> tuple[float, float]:
    """Return a mean, and half of its interval of 95 percent."""
    return float(values.mean()), 1.96 * float(values.std(ddof=1)) / math.sqrt(len(values))


def main(arguments: list[str] | None = None) -> None:
    """Simulate, decide by each policy, and print what it is truly worth."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=3000)
    options.add_argument("--days", type=int, default=28)
    options.add_argument("--seeds", type=int, nargs="+", default=[1])
    options.add_argument("--job", type=Path, default=JOB)
    given = options.parse_args(arguments)
    job = rtm.load(given.job)
    for seed in given.seeds:
        _measure(Fashion(people=given.people, days=given.days, seed=seed), job)


def _measure(shop: Fashion, job: Job) -> None:
    with TemporaryDirectory(prefix="rtm-policies-") as folder:
        events = Path(folder, "events.jsonl")
        with events.open("wb") as file:
            simulate_fashion(shop, file.write)
        runs = {policy: decided(job, events, policy) for policy in POLICIES}
    worth = {policy: by_person(decisions, shop) for policy, decisions in runs.items()}
    print(f"{shop.people:,} people, {shop.days} days, seed {shop.seed}; true profit a person, GBP")
    print(f"{'policy':12}{'actions':>10}{'a person':>10}{'full is better by':>24}")
    for policy in POLICIES:
        actions = sum(one.name != NO_ACTION for one in runs[policy])
        better, half = mean_of(worth["full"] - worth[policy])
        beside = "" if policy == "full" else f"{better:+.4f} ± {half:.4f}"
        print(f"{policy:12}{actions:10,}{worth[policy].mean():10.4f}{beside:>24}")


if __name__ == "__main__":
    main()
