"""Delivering as a Bytewax operator: decisions go out when their time has come, by the clock.

In: records of decisions, keyed by the number of their partition. Out: records of `deliveries` and
`undelivered` for the same partition. The one step of a flow that reads the clock on the wall.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bytewax.operators import StatefulBatchLogic

from rtm_flows.config.kafka import BreakerRule
from rtm_flows.lanes.breaker import Breaker, Delivered, share
from rtm_flows.lanes.deliveries import Waiting
from rtm_flows.lanes.published import Published
from rtm_flows.operators.housekeeping import Housekeeping
from rtm_flows.operators.surges import Surges

STEP = "deliver"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def wall_clock() -> int:
    """Return milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Guard(NamedTuple):
    """How many deliveries may go out.

    Attributes
    ----------
    rule
        By channel, of all partitions together.
    partitions
        How many share that.
    recent
        Returns what went out lately in a partition, at a time in milliseconds since 1970: what a
        crash has left in the topics counts as well.
    """

    rule: BreakerRule
    partitions: int
    recent: Callable[[int, int], Iterable[Delivered]]

    def breaker(self, number: int) -> Breaker:
        """Return the breaker of a partition."""
        rule, partitions = self.rule, self.partitions
        most = {channel: share(one, partitions, number) for channel, one in rule.most.items()}
        others = None if rule.others is None else share(rule.others, partitions, number)
        return Breaker(most, others)


class Delivering(NamedTuple):
    """What all partitions of a job share.

    Attributes
    ----------
    by_channel
        Whether deliveries go to an output a channel.
    house
        What they share with the other steps; its meters are told of surges.
    goes_on
        Tells at the end of the stream whether the job will go on from what is kept.
    clock
        Milliseconds since 1970.
    guard
        How many deliveries may go out; None where any number may.
    told_until
        Decisions up to this time are not delivered, since another run did that; None if all are.
    """

    by_channel: bool
    house: Housekeeping
    goes_on: Callable[[], bool]
    clock: Callable[[], int] = wall_clock
    guard: Guard | None = None
    told_until: int | None = None


class DeliverLogic(StatefulBatchLogic[tuple[int, Published], Published, bytes]):
    """The decisions of one partition."""

    def __init__(self, shared: Delivering, state: bytes | None) -> None:
        self._shared = shared
        self._waiting = Waiting(by_channel=shared.by_channel, told_until=shared.told_until)
        meters, store = shared.house.stages.meters, shared.house.store
        self._surges = Surges(lambda: self._waiting.held, meters) if shared.guard else None
        self._guarded = shared.guard is None
        self._number = 0
        if state is not None and store is not None:
            with shared.house.failures.noted():
                self._number = store.open(state).lane
                self._waiting.load(store.get_whole(STEP, self._number, state))
                self._guard()

    def on_batch(self, values: list[tuple[int, Published]]) -> tuple[list[Published], bool]:
        """Let out what may go out now, and keep what has to wait."""
        told = []
        with self._shared.house.failures.noted():
            for number, part in values:
                self._number = number
                self._guard()
                told += self._waiting.take(part.records, self._shared.clock())
        self._look()
        return told, StatefulBatchLogic.RETAIN

    def notify_at(self) -> datetime | None:
        """Ask to be called when the next decision may go out, or expires."""
        at = self._waiting.next_at
        return None if at is None else _EPOCH + timedelta(milliseconds=at)

    def on_notify(self) -> tuple[list[Published], bool]:
        """Let out those whose time has come."""
        with self._shared.house.failures.noted():
            told = self._waiting.due(self._shared.clock())
        self._look()
        return told, StatefulBatchLogic.RETAIN

    def on_eof(self) -> tuple[list[Published], bool]:
        """Keep what waits where the job goes on; else hand it over, each with its time."""
        if self._shared.goes_on():
            return [], StatefulBatchLogic.RETAIN
        if self._surges is not None:
            # Of a run that lasted less than a second nobody has looked before.
            self._surges.tell(self._number, self._shared.clock())
        with self._shared.house.failures.noted():
            told = self._waiting.hand_over(self._shared.clock())
        return told, StatefulBatchLogic.RETAIN

    def snapshot(self) -> bytes:
        """Return what waits, sealed."""
        return self._shared.house.sealed(STEP, self._number, self._waiting.save)

    def _guard(self) -> None:
        """Begin to count, with what went out before: before the first is let out."""
        guard = self._shared.guard
        if guard is None or self._guarded:
            return
        self._guarded = True
        sent = guard.recent(self._number, self._shared.clock())
        stops = guard.rule.on_surge == "stop"
        self._waiting.guard(guard.breaker(self._number), sent, stops=stops)

    def _look(self) -> None:
        """Tell of a surge."""
        if self._surges is not None:
            self._surges.look(self._number, self._shared.clock())
