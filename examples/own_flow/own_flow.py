"""All stages in a flow of one's own: any source in front, any sink behind.

    python examples/own_flow/own_flow.py [EVENTS.jsonl]

The source here follows a list of queues in memory, as one would follow the topics of some broker;
the sink hands every decision to a function. Nothing is read from `[input]` but what records mean.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
from bytewax import operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main

from rtm_flows import Job, load
from rtm_flows.flows import Record, stages
from rtm_flows.simulate import Shop, simulate

Keyed = tuple[str, Sequence[Record]]


class Queue(StatefulSourcePartition[Keyed, int]):
    """One queue, read some records at a time; its state is how many were read."""

    def __init__(self, name: str, records: Sequence[Record], at: int) -> None:
        self._name = name
        self._records = records
        self._at = at

    def next_batch(self) -> list[Keyed]:
        """Return some records under the name of their queue."""
        some = list(self._records[self._at : self._at + 500])
        if not some:
            raise StopIteration
        self._at += len(some)
        return [(self._name, some)]

    def snapshot(self) -> int:
        """Return where reading goes on."""
        return self._at


class Queues(FixedPartitionedSource[Keyed, int]):
    """All queues."""

    def __init__(self, queues: Mapping[str, Sequence[Record]]) -> None:
        self._queues = queues

    def list_parts(self) -> list[str]:
        """Return the names of the queues."""
        return list(self._queues)

    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> Queue:
        """Open one queue."""
        return Queue(for_part, self._queues[for_part], resume_state or 0)


class Deliver(StatelessSinkPartition[bytes]):
    """Hands every line to a function."""

    def __init__(self, deliver: Callable[[bytes], None]) -> None:
        self._deliver = deliver

    def write_batch(self, items: list[bytes]) -> None:
        """Deliver."""
        for line in items:
            self._deliver(line)


class Delivery(DynamicSink[bytes]):
    """The sink: one of its parts on every worker."""

    def __init__(self, deliver: Callable[[bytes], None]) -> None:
        self._deliver = deliver

    def build(self, step_id: str, worker_index: int, worker_count: int) -> Deliver:
        """Return the part of a worker."""
        return Deliver(self._deliver)


def own_flow(
    job: Job, queues: Mapping[str, Sequence[Record]], deliver: Callable[[bytes], None]
) -> Dataflow:
    """Return a flow from queues of records to a function that delivers decisions."""
    flow = Dataflow("own")
    records = op.input("queues", flow, Queues(queues))
    out = stages("shop", records, job, tuple(queues))
    op.output("deliver", out.decisions, Delivery(deliver))
    return flow


def main(path: Path | None = None) -> None:
    """Run the flow over a file, or over some hours of a simulated shop, and tell what it did."""
    job = load(Path(__file__).parent.parent / "shop.toml")
    blocks: list[bytes] = [] if path is None else [path.read_bytes()]
    if path is None:
        simulate(Shop(people=100, days=0.5, seed=1), blocks.append)
    records = b"".join(blocks).splitlines()
    counts: dict[str, int] = {}

    def deliver(line: bytes) -> None:
        action = msgspec.json.decode(line)["name"]
        counts[action] = counts.get(action, 0) + 1

    run_main(own_flow(job, {"web": records}, deliver))  # type: ignore[no-untyped-call]
    for action, count in sorted(counts.items()):
        print(f"{action:<20} {count:>7,}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else None)
