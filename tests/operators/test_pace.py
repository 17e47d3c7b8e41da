"""A partition is never far ahead of what the slowest has done, and never waits for ever."""

from __future__ import annotations

import threading
from itertools import count
from pathlib import Path

import bytewax.operators as op
import pytest
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, cluster_main

from rtm_flows.config import load
from rtm_flows.connectors.arrival import ArrivalInput
from rtm_flows.connectors.arriving import arrival
from rtm_flows.connectors.batches import Batch, PartitionReader
from rtm_flows.flows.wire import steps
from rtm_flows.lanes.decide import Decided
from rtm_flows.lanes.plan import Plan
from rtm_flows.operators.enter import Enter
from rtm_flows.operators.housekeeping import Housekeeping
from rtm_flows.operators.pace import AHEAD, PATIENCE, Pace

EVENTS = 200
LINE = '{"id": "%d", "time": %d, "type": "search", "user_id": "u%d"}\n'
LOOKS = 50


class Uneven:
    """Two partitions of a file; the second begins when the first was made to wait for it."""

    sorted = False
    partitions = 2

    def __init__(self, inner: ArrivalInput) -> None:
        self.inner = inner
        self.total_bytes = inner.total_bytes
        self.may_begin = threading.Event()
        self.rounds = [0, 0]
        self.ahead = [0]
        self._looks = 0

    def clock(self) -> float:
        """Return the same time always, and let the second begin when the first waits."""
        self._looks += 1
        if self._looks == LOOKS:
            self.may_begin.set()
        return 0.0

    def open(self, partition: int, position: bytes | None = None) -> PartitionReader:
        """Read a partition."""
        return Reader(self, partition, self.inner.open(partition, position))


class Reader:
    """Counts the rounds of a partition."""

    def __init__(self, whole: Uneven, partition: int, inner: PartitionReader) -> None:
        self.whole, self.partition, self.inner = whole, partition, inner
        self.position, self.close = inner.position, inner.close

    def next(self) -> Batch | None:
        """Read on."""
        rounds = self.whole.rounds
        if self.partition == 1:
            assert self.whole.may_begin.wait(60)
        batch = self.inner.next()
        if self.partition == 0 and batch is not None:
            self.whole.ahead.append(rounds[0] + 1 - rounds[1])
        rounds[self.partition] += batch is not None
        return batch


def run(folder: Path, pace: Pace | None, *, told: bool, begin: bool) -> tuple[Uneven, int]:
    """Run a job on two threads; say whether the pace hears of know, and the second may begin."""
    path = folder / "events.jsonl"
    path.write_text("".join(LINE % (n, 1_700_000_000_000 + n, n % 7) for n in range(EVENTS)))
    job = load(
        {
            "name": "uneven",
            "lanes": 4,
            "input": {"paths": [str(path)], "sort": False, "stripes": 2, "block_bytes": 500},
        }
    )
    source = Uneven(arrival(job))
    if begin:
        source.may_begin.set()
    elif pace is not None:
        pace.clock = source.clock
    out: list[Decided] = []
    plan, house, flow = Plan.of(job, 2), Housekeeping(), Dataflow("uneven")
    entered = op.input("enter", flow, Enter(source, plan, house, pace))
    stepped = steps(entered, plan, house, pace=pace if told else None)
    op.output("out", stepped.decided, TestingSink(out))
    cluster_main(flow, [], 0, worker_count_per_proc=2)  # type: ignore[no-untyped-call]
    return source, sum(len(one.scored) for one in out if one.scored is not None)


def test_a_partition_is_a_few_rounds_ahead_of_the_slowest_at_most(tmp_path: Path) -> None:
    """However long another takes, so much waits in memory and no more."""
    source, decided = run(tmp_path, Pace(), told=True, begin=False)
    assert max(source.ahead) <= AHEAD
    assert (decided, min(source.rounds) > 3 * AHEAD) == (EVENTS, True)


_TICKS = count()


@pytest.mark.parametrize("pace", [None, Pace(clock=lambda: PATIENCE * next(_TICKS))])
def test_all_is_read_though_nobody_tells_what_was_heard(tmp_path: Path, pace: Pace | None) -> None:
    """A process without lanes hears of nothing, and a source of one's own may have no pace."""
    source, decided = run(tmp_path, pace, told=False, begin=True)
    assert (decided, min(source.rounds) > 3 * AHEAD) == (EVENTS, True)
