"""The core under every order of events that an engine may bring about, and under crashes."""

from __future__ import annotations

import os
import random

import pytest

from rtm_flows.lanes.engine import Engine
from tests.lanes.answers import differences, of_core, of_reference
from tests.lanes.cluster import Cluster, Outputs
from tests.lanes.shopped import shopped
from tests.lanes.streams import Stream, answered, arriving, stream

QUICK = range(40)
FEW = range(20)
CRASHES = (0.0, 0.02)
"""Chances that a move is a crash: without any, and with a few a run."""
PARTS = 10
"""Seeds are tried in so many tests, which may run side by side."""
MANY = range(1000, 1000 + int(os.environ.get("RTM_SEEDS", "1000")))


def straight(given: Stream) -> tuple[dict[str, bytes], dict[str, object]]:
    """Play a stream in one worker, round by round, without any disturbance."""
    plan = given.plan
    engine, outputs = Engine(plan), Outputs(plan)
    for batch in arriving(given.job, given.partitions):
        for written in engine.push(batch):
            outputs.write(written)
    return outputs.result


def unlike_reference(seed: int) -> list[str]:
    """Tell where an undisturbed run of a seed differs from the reference."""
    job, partitions = stream(seed)
    return differences(of_core(job, partitions), of_reference(job, partitions), job)


def differs(seed: int, *crashes: float, given: Stream | None = None) -> str | None:
    """Tell what differs between an undisturbed run of a seed and one with each chance to crash."""
    given = stream(seed, beyond=True) if given is None else given
    wanted, wanted_summary = straight(given)
    for chance in crashes:
        rng = random.Random(f"{seed} {chance}")
        files, summary = Cluster(given, rng.choice([1, 2, 3]), rng).run(chance)
        for name, lines in wanted.items():
            if files[name] != lines:
                return f"seed {seed}, crashes {chance}: {name} differs"
        if summary != wanted_summary:
            return f"seed {seed}, crashes {chance}: summary differs"
    return None


@pytest.mark.no_cover
def test_any_interleaving_gives_the_same_bytes() -> None:
    """Workers, batches, queues and crashes change nothing in any output."""
    assert [d for seed in QUICK if (d := differs(seed, *CRASHES))] == []


def test_any_interleaving_hears_the_same_responses() -> None:
    """What is learned of decisions that were shown depends on the input alone, to the byte."""
    assert [d for seed in FEW if (d := differs(seed, *CRASHES, given=answered(seed)))] == []


def test_any_interleaving_knows_the_same_shopping() -> None:
    """What people have running, and the items of decisions, move with them to any worker."""
    assert [d for seed in FEW if (d := differs(seed, *CRASHES, given=shopped(seed)))] == []


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_thousands_of_interleavings_give_the_same_bytes(part: int) -> None:
    """The same, for a thousand seeds with and without crashes; the failing seeds are named."""
    assert [d for seed in MANY[part::PARTS] if (d := differs(seed, *CRASHES))] == []


@pytest.mark.slow
def test_hundreds_of_seeds_agree_with_the_reference() -> None:
    """What no interleaving changes is what the page says; the failing seeds are named."""
    assert {seed: told for seed in MANY[::5] if (told := unlike_reference(seed))} == {}
