"""What the whole decision is worth beside simpler ones, on a shop whose truth is known.

Run it with `python -m benchmarks.policies`: it simulates the fashion shop and decides for all of it
by priority, by propensity alone, by the first rule that fits, and at random among what passed. Each
of the four lives in a copy of the same shop that answers it hour by hour, so each learns from what
came of its own decisions. It prints the true expected profit of each a person, with intervals of
the differences.
"""

from __future__ import annotations

import argparse
import math
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

import rtm_flows as rtm
from rtm_flows.config import Job
from rtm_flows.measure.loop import play
from rtm_flows.policy.experiments import Arm, Experiment, Policy
from rtm_flows.simulate import Fashion
from rtm_flows.simulate.fashion.decided import Asked, person_of
from rtm_flows.simulate.fashion.live import LATENESS, Live, Play

JOB: Final = Path(__file__).resolve().parents[1] / "examples" / "fashion.toml"
POLICIES: Final[tuple[Policy, ...]] = ("full", "propensity", "rules", "random")
FIELDS: Final = Asked.__struct_fields__

Floats = NDArray[np.float64]


def everybody(job: Job, policy: Policy) -> Job:
    """Return a job that decides for everybody by one policy, as events arrive."""
    arms = (Arm(name=policy, share=1.0, policy=policy),)
    told = msgspec.structs.replace(job.outputs.decisions, fields=FIELDS)
    return msgspec.structs.replace(
        job,
        lanes=8,  # hours of few events are done sooner in few lanes
        models=msgspec.structs.replace(job.models, churn=None),  # no rule asks for it
        experiments=(Experiment(name="all", arms=arms),),
        outputs=msgspec.structs.replace(job.outputs, decisions=told, scores=False, sessions=False),
        time=msgspec.structs.replace(job.time, order="log", lateness=LATENESS),
    )


def decided(job: Job, live: Live, policy: Policy) -> list[Asked]:
    """Return what a policy does in a shop that answers it; decisions for no action are left out."""
    shop = Play(live)
    play(everybody(job, policy), shop)
    return shop.decisions


def by_person(decisions: list[Asked], live: Live) -> Floats:
    """Return the true worth of all decisions about each place of the shop, in currency units."""
    worth: defaultdict[int, float] = defaultdict(float)
    for one, value in zip(decisions, live.value_of(decisions).tolist(), strict=True):
        worth[person_of(one) % live.shop.people] += value
    return np.array([worth[place] for place in range(live.shop.people)])


def mean_of(values: Floats) -> tuple[float, float]:
    """Return a mean, and half of its interval of 95 percent."""
    return float(values.mean()), 1.96 * float(values.std(ddof=1)) / math.sqrt(len(values))


class Worths(NamedTuple):
    """What policies are worth in one shop: of each the actions, and the worth by place."""

    seed: int
    actions: dict[Policy, int]
    worth: dict[Policy, Floats]


def worths(path: Path, people: int, days: int, seed: int) -> Worths:
    """Let each policy decide in its own copy of a shop."""
    live, job = Live(Fashion(people=people, days=days, seed=seed)), rtm.load(path)
    runs = {policy: decided(job, live, policy) for policy in POLICIES}
    counts = {policy: len(run) for policy, run in runs.items()}
    return Worths(seed, counts, {policy: by_person(run, live) for policy, run in runs.items()})


def main(arguments: list[str] | None = None) -> None:
    """Simulate, decide by each policy, and print what it is truly worth."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=1000)
    options.add_argument("--days", type=int, default=28)
    options.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    options.add_argument("--job", type=Path, default=JOB)
    options.add_argument("--processes", type=int, default=1)
    given = options.parse_args(arguments)
    shop = (given.job, given.people, given.days)
    found: list[Worths] = []
    with ProcessPoolExecutor(given.processes, get_context("spawn")) as pool:
        for one in pool.map(partial(worths, *shop), given.seeds):
            print(f"{given.people:,} people, {given.days} days, seed {one.seed}", flush=True)
            _print(one.worth, one.actions)
            found.append(one)
    if len(found) > 1:
        print("all seeds")
        _print({p: np.concatenate([one.worth[p] for one in found]) for p in POLICIES}, {})


def _print(worth: dict[Policy, Floats], actions: dict[Policy, int]) -> None:
    print(f"{'policy':12}{'actions':>10}{'GBP a person':>14}{'full is better by':>22}")
    for policy in POLICIES:
        better, half = mean_of(worth["full"] - worth[policy])
        beside = "" if policy == "full" else f"{better:+.3f} ± {half:.3f}"
        done = f"{actions[policy]:,}" if policy in actions else ""
        print(f"{policy:12}{done:>10}{worth[policy].mean():14.3f}{beside:>22}", flush=True)


if __name__ == "__main__":
    main()
