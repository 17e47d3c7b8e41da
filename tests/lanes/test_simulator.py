"""The core under every order of events that an engine may bring about, and under crashes."""

from __future__ import annotations

import os
import random

import pytest

from rtm_flows.lanes.engine import Engine
from rtm_flows.lanes.entry import Entry
from tests.lanes.cluster import Cluster, Outputs
from tests.lanes.streams import LineBatch, Stream, stream

QUICK = range(150)
MANY = range(1000, 1000 + int(os.environ.get("RTM_SEEDS", "3000")))


def straight(given: Stream) -> tuple[dict[str, bytes], dict[str, object]]:
    """Play a stream in one worker, round by round, without any disturbance."""
    plan, outputs = given.plan, Outputs(given)
    engine = Engine(plan)
    entries = [Entry(plan, p, in_order=False) for p in range(plan.partitions)]
    for round_ in range(max(len(p) for p in given.partitions) + 1):
        for entry, batches in zip(entries, given.partitions, strict=True):
            if round_ < len(batches):
                first = sum(len(b) for b in batches[:round_])
                told = engine.push(entry.take(LineBatch(given.job, batches[round_], first)))
            elif not entry.ended:
                told = engine.push(entry.end())
            else:
                continue
            for written in told:
                outputs.write(written)
    return outputs.result


def differs(seed: int, crashes: float) -> str | None:
    """Tell what differs between a disturbed run of a seed and an undisturbed one."""
    given = stream(seed)
    rng = random.Random(seed + 1)
    files, summary = Cluster(given, rng.choice([1, 2, 3]), rng).run(crashes)
    wanted, wanted_summary = straight(given)
    for name, lines in wanted.items():
        if files[name] != lines:
            return f"seed {seed}: {name} differs"
    return None if summary == wanted_summary else f"seed {seed}: summary differs"


@pytest.mark.parametrize("crashes", [0.0, 0.02])
def test_any_interleaving_gives_the_same_bytes(crashes: float) -> None:
    """Workers, batches, queues and crashes change nothing in any output."""
    assert [d for seed in QUICK if (d := differs(seed, crashes))] == []


@pytest.mark.slow
def test_thousands_of_seeds_give_the_same_bytes() -> None:
    """The same, for thousands of seeds; the failing seeds are named."""
    assert [d for seed in MANY if (d := differs(seed, 0.02))] == []
