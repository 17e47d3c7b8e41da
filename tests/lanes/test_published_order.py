"""Told at once, whatever the engine does, each person's records are in the order of the file."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rtm_flows.lanes import published
from rtm_flows.lanes.messages import Lines
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.published import Record, by_partition
from rtm_flows.lanes.wiring import BY_PARTITION
from tests.lanes.cluster import Cluster, Outputs
from tests.lanes.streams import Stream, answered, stream

SEEDS = range(12)
PARTITIONS = 3


class Told(Outputs):
    """What goes into topics, beside what the writers of files write."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.records: defaultdict[str, list[Record]] = defaultdict(list)

    def write(self, told: Any) -> None:
        """Take in one message."""
        super().write(told)
        if isinstance(told, Lines):
            for _, part in by_partition(told, PARTITIONS):
                self.records[part.output] += part.records


def differing(seed: int, given: Stream) -> list[str]:
    """Tell the outputs of which a disturbed run's records are not the lines of its files."""
    rng = random.Random(seed)
    cluster = Cluster(given, rng.choice([1, 2, 3]), rng)
    cluster.outputs = told = Told(given.plan)
    files, _ = cluster.run(crashes=0.0)
    return [
        f"seed {seed}: {output}"
        for output, text in files.items()
        if not same(text.splitlines(), told.records[output], whole=output not in BY_PARTITION)
    ]


def same(lines: list[bytes], records: list[Record], *, whole: bool) -> bool:
    """Return whether records are these lines and, where asked, each key's in their order."""
    if Counter(lines) != Counter(record.value for record in records):
        return False
    if not whole:
        return True
    # Lines of two people differ, so that the order of a key's lines can be read from the file.
    key_of = {record.value: record.key for record in records}
    in_file: defaultdict[str | None, list[bytes]] = defaultdict(list)
    for line in lines:
        in_file[key_of[line]].append(line)
    in_topic: defaultdict[str | None, list[bytes]] = defaultdict(list)
    for record in records:
        in_topic[record.key].append(record.value)
    return in_file == in_topic


@pytest.mark.parametrize("make", [stream, answered])
def test_any_interleaving_keeps_the_order_of_each_person(make: Callable[[int], Stream]) -> None:
    """Sessions, decisions, scores, responses and orphans, by one worker or several."""
    assert [told for seed in SEEDS for told in differing(seed, make(seed))] == []


def test_without_the_order_of_a_block_it_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step tells a person's sessions as it finds them, and not in their order."""
    monkeypatch.setattr(published, "in_order", lambda keys, ties: np.arange(len(keys))[::-1])

    assert [told for seed in SEEDS for told in differing(seed, stream(seed))] != []
