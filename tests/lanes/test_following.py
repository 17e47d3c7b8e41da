"""Live jobs under every order of events and under crashes: their recorded rounds tell all."""

from __future__ import annotations

import os
import random

import pytest

from tests.lanes.following import Following, repeated, topics_of
from tests.lanes.leaving import leaving
from tests.lanes.streams import answered, stream

QUICK = range(16)
PARTS = 5
MANY = range(1000, 1000 + int(os.environ.get("RTM_SEEDS_OF_TOPICS", "300")))


def differs(seed: int, crashes: float) -> str | None:
    """Tell what differs between a disturbed run of a seed and what its rounds give."""
    rng = random.Random(seed + 1)
    kinds = {0: answered(seed), 1: leaving(seed, beyond=True), 2: leaving(seed, beyond=True)}
    topics = topics_of(kinds.get(seed % 5) or stream(seed, beyond=True), rng)
    cluster = Following(topics, rng.choice([1, 2, 3]), rng)
    files, summary = cluster.run(crashes)
    wanted, wanted_summary = repeated(topics, cluster.rounds)
    for name, lines in wanted.items():
        if files[name] != lines:
            return f"seed {seed}: {name} differs"
    read = sum(map(len, topics.log.values()))
    if summary["input"] != read:
        return f"seed {seed}: {summary['input']} of {read} records are accounted for"
    return None if summary == wanted_summary else f"seed {seed}: summary differs"


@pytest.mark.parametrize("crashes", [0.0, 0.03])
def test_a_disturbed_run_is_what_its_rounds_give(crashes: float) -> None:
    """Workers, queues and crashes change nothing in what recorded rounds give."""
    assert [d for seed in QUICK if (d := differs(seed, crashes))] == []


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_hundreds_of_seeds_are_what_their_rounds_give(part: int) -> None:
    """The same, for hundreds of seeds; the failing seeds are named."""
    assert [d for seed in MANY[part::PARTS] if (d := differs(seed, 0.03))] == []
