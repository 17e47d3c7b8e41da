"""A flow whose lanes keep rolling parts in files: what is killed to prove the state store.

Each lane counts by person. A snapshot writes the people who were counted since the last one, and a
slice of the others, so that `DEPTH` snapshots write everybody. At the end every lane tells all its
counts. `python -m tests.runs.rolling RECOVERY OUT PACE PROCESS [ADDRESS...]`; with RTM_OVER_HOSTS
in the environment every process but the first does without the engine's tables, as over hosts.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import bytewax.operators as op
import msgspec
from bytewax import _bytewax as engine
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.operators import StatefulBatchLogic
from bytewax.testing import TestingSink

from rtm_flows.connectors.shared_folder import AskingFirst
from rtm_flows.connectors.sweeping import ROWS, state_store
from rtm_flows.lanes.kept import Kept
from rtm_flows.lanes.lane_keys import lane_key
from rtm_flows.lanes.store import StateStore

LANES = 8
PEOPLE = 40
BATCHES = 400
DEPTH = 8
EPOCH = timedelta(milliseconds=30)
FILE_BYTES = 2000

Item = tuple[str, tuple[int, int]]


def batch(number: int) -> list[tuple[int, int]]:
    """Return a batch: persons of lanes; not every lane is in every batch."""
    return [(lane, number * 7 % PEOPLE) for lane in range(LANES) if (number + lane) % 3]


def expected() -> dict[int, dict[str, int]]:
    """Return what every lane must tell."""
    counts: dict[int, dict[str, int]] = {lane: {} for lane in range(LANES)}
    for number in range(BATCHES):
        for lane, person in batch(number):
            counts[lane][str(person)] = counts[lane].get(str(person), 0) + 1
    return counts


class Partition(StatefulSourcePartition[Item, bytes]):
    """The batches, one after the other."""

    def __init__(self, store: StateStore, pace: float, state: bytes | None) -> None:
        self.store, self.pace = store, pace
        self.number = 0 if state is None else int(store.get_whole("batches", 0, state))

    def next_batch(self) -> Iterable[Item]:
        """Return the next batch."""
        if self.number == BATCHES:
            raise StopIteration
        time.sleep(self.pace)
        self.number += 1
        return [(lane_key(lane), (lane, person)) for lane, person in batch(self.number - 1)]

    def snapshot(self) -> bytes:
        """Return the place."""
        return self.store.put_whole("batches", 0, str(self.number).encode())


class Batches(FixedPartitionedSource[Item, bytes]):
    """The source."""

    def __init__(self, store: StateStore, pace: float) -> None:
        self.store, self.pace = store, pace

    def list_parts(self) -> list[str]:
        """Return the one partition."""
        return ["all"]

    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> Partition:
        """Open it."""
        return Partition(self.store, self.pace, resume_state)


class Lane(StatefulBatchLogic[tuple[int, int], None, bytes]):
    """A lane with rolling parts."""

    def __init__(self, store: StateStore, out: Path, state: bytes | None) -> None:
        self.store, self.out = store, out
        self.lane, self.saves = -1, 0
        self.counts: dict[int, int] = {}
        self.touched: set[int] = set()
        if state is not None:
            self.lane = store.open(state).lane
            loaded = store.get("lanes", self.lane, state)
            self.saves = int(loaded.head)
            for part in loaded.parts:
                for person, count in msgspec.msgpack.decode(part, type=dict[int, int]).items():
                    self.counts.setdefault(person, count)

    def on_batch(self, values: list[tuple[int, int]]) -> tuple[list[None], bool]:
        """Count."""
        for lane, person in values:
            self.lane = lane
            self.counts[person] = self.counts.get(person, 0) + 1
            self.touched.add(person)
        return [], StatefulBatchLogic.RETAIN

    def on_eof(self) -> tuple[list[None], bool]:
        """Tell all counts."""
        (self.out / f"{self.lane}.json").write_text(json.dumps(self.counts))
        return [], StatefulBatchLogic.RETAIN

    def snapshot(self) -> bytes:
        """Return a row; the parts go to files."""
        self.saves += 1
        due = {one for one in self.counts if one % DEPTH == self.saves % DEPTH} | self.touched
        self.touched = set()
        people = msgspec.msgpack.encode({one: self.counts[one] for one in sorted(due)})
        depth = min(DEPTH, self.saves)
        return self.store.put("lanes", self.lane, Kept(b"%d" % self.saves, people, depth))


@contextmanager
def kept(recovery: Path, process: int) -> Iterator[tuple[StateStore, Path]]:
    """Yield the store of a process, and its folder of the engine's tables."""
    if process == 0 or "RTM_OVER_HOSTS" not in os.environ:
        with state_store(recovery, file_bytes=FILE_BYTES) as store:
            yield store, recovery / ROWS
        return
    asking = AskingFirst(recovery, process)
    with (
        tempfile.TemporaryDirectory() as empty,
        state_store(recovery, asking, file_bytes=FILE_BYTES) as store,
    ):
        yield store, Path(empty)


def main() -> None:
    """Run the flow."""
    recovery, out, pace, process = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    addresses = sys.argv[5:]
    with kept(recovery, int(process)) as (store, rows):
        flow = Dataflow("rolling")
        items = op.input("batches", flow, Batches(store, float(pace)))
        told = op.stateful_batch("lanes", items, lambda state: Lane(store, out, state))
        op.output("out", told, TestingSink([]))
        config = engine.RecoveryConfig(rows)  # type: ignore[no-untyped-call]
        with suppress(KeyboardInterrupt):
            engine.cluster_main(  # type: ignore[no-untyped-call]
                flow, addresses, int(process), epoch_interval=EPOCH, recovery_config=config
            )


if __name__ == "__main__":
    main()
