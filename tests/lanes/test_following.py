"""Live jobs under every order of events and under crashes: their recorded rounds tell all."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable

import pytest

from tests.lanes.census import census
from tests.lanes.following import Following, repeated, topics_of
from tests.lanes.leaving import leaving
from tests.lanes.plays import CRASHED, CRASHES, Played, together
from tests.lanes.streams import Stream, answered, stream

QUICK = range(24)
PARTS = 2
MANY = range(1000, 1000 + int(os.environ.get("RTM_SEEDS_OF_TOPICS", "400")))
TRIED = CRASHED | {
    "other workers", "silent partitions", "late", "duplicate", "dead_letters: broken_json",
    "triggers", "sessions: gap", "sessions: end_of_input", "candidate: won", "intent: n",
}  # fmt: skip
"""What must come about, or the plays would not try what they are for."""


def _given(seed: int) -> Stream:
    """Return the events of a seed: a fifth are answered to, of a fifth people leave."""
    if seed % 5 == 0:
        return answered(seed, 14)
    return leaving(seed, 20, beyond=True) if seed % 5 == 1 else stream(seed, 24, beyond=True)


def played(seed: int, crashes: float) -> Played:
    """Tell what differs between a disturbed run of a seed and what its rounds give."""
    rng = random.Random(seed + 1)
    topics = topics_of(_given(seed), rng)
    cluster = Following(topics, rng.choice([1, 2, 3]), rng)
    files, summary = cluster.run(crashes)
    wanted, wanted_summary = repeated(topics, cluster.rounds)
    unlike = [name for name, lines in wanted.items() if files[name] != lines]
    unlike += [] if summary == wanted_summary else ["summary"]
    read = sum(map(len, topics.log.values()))
    unlike += [] if summary["input"] == read else [f"{summary['input']} of {read} records"]
    told = census(files, summary) + cluster.happened
    told["silent partitions"] += any(round_.idle for round_ in cluster.rounds)
    return Played([f"seed {seed}, crashes {crashes}: {one}" for one in unlike], told)


def all_played(seeds: Iterable[int]) -> Played:
    """Play many seeds, without crashes and with some."""
    return together(played(seed, chance) for seed in seeds for chance in CRASHES)


def test_a_disturbed_run_is_what_its_rounds_give() -> None:
    """Workers, queues and crashes change nothing in what recorded rounds give."""
    found = all_played(QUICK)

    assert found.unlike == []
    assert sum(found.happened[one] > 0 for one in CRASHED) >= 6


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_hundreds_of_seeds_are_what_their_rounds_give(part: int) -> None:
    """The same, for hundreds of seeds; the failing seeds are named."""
    found = all_played(MANY[part::PARTS])

    assert found.unlike == []
    assert len(MANY) < 400 or {name for name in TRIED if not found.happened[name]} == set()
