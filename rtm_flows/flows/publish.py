"""Publishing: from what the steps tell to records in topics.

In: a stream of lines. Out: a sink partition for every partition of the topics, and before it a step
that lets decisions out when their time has come. Records do not wait for each other: what a step
tells goes out at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import bytewax.operators as op
from bytewax.dataflow import Stream

from rtm_flows.lanes.deliveries import to_deliver
from rtm_flows.lanes.messages import Lines
from rtm_flows.lanes.published import DECISIONS, Published, by_partition
from rtm_flows.lanes.wiring import Written
from rtm_flows.operators.deliver import Delivering, DeliverLogic
from rtm_flows.operators.publish import Publish, key_of

_Keyed = tuple[str, Published]


class ToTopics(NamedTuple):
    """The way out into topics; without `delivering` no delivery is followed."""

    sink: Publish
    delivering: Delivering | None

    def end(self, written: Stream[Written]) -> None:
        """Let what the steps tell the writers go to topics; counts and metrics go nowhere."""
        dealt = op.flat_map("dealt", written, deal(len(self.sink.list_parts())))
        records = op.map("records", dealt, lambda pair: (key_of(pair[0]), pair[1]))
        if self.delivering is not None:
            records = op.merge("published", records, _delivered(dealt, self.delivering))
        op.output("publish", records, self.sink)

    def settle(self, *, stopped: bool) -> None:
        """Return when the broker has taken in all that this process has told."""
        self.sink.settle(stopped=stopped)


def deal(partitions: int) -> Callable[[Written], list[tuple[int, Published]]]:
    """Return what turns lines into records by partition."""

    def dealt(one: Written) -> list[tuple[int, Published]]:
        return by_partition(one, partitions) if isinstance(one, Lines) else []

    return dealt


def _to_deliver(dealt: tuple[int, Published]) -> tuple[str, tuple[int, Published]] | None:
    """Return what is to be delivered under its key; nothing else shall wake the step."""
    number, part = dealt
    found = to_deliver(part) if part.output == DECISIONS else None
    return None if found is None else (key_of(number), (number, found))


def _delivered(dealt: Stream[tuple[int, Published]], shared: Delivering) -> Stream[_Keyed]:
    """Return records of deliveries, under the keys of the partitions of their decisions."""
    keyed = op.filter_map("to_deliver", dealt, _to_deliver)
    return op.stateful_batch("deliver", keyed, lambda state: DeliverLogic(shared, state))
