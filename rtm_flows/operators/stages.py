"""Stages: how long each step of a flow has worked, for who asks what a job costs.

Measured around whole batches, so that measuring costs nothing; never near the core, whose answers
know no clock. What no stage accounts for is the engine's own: routing, queues, waiting.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rtm_flows.lanes.store import StateStore
from rtm_flows.metrics import SNAPSHOT_BYTES, SNAPSHOT_SECONDS, STAGE_SECONDS
from rtm_flows.operating.meters import Meters

_SNAPSHOT = "snapshot"


class Stages:
    """Seconds by stage, of one process.

    Parameters
    ----------
    meters
        Told each time; None where nobody looks at metrics.
    clock
        Seconds that only ever grow: of the wall, or of the processor.

    Examples
    --------
    >>> stages = Stages()
    >>> with stages.timed("know"):
    ...     total = sum(range(10))
    >>> stages.seconds["know"] > 0.0
    True
    """

    def __init__(
        self, meters: Meters | None = None, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self.clock = clock
        self.seconds: dict[str, float] = {}
        self.meters = meters or Meters()
        self._saved: set[tuple[str, int]] = set()
        self._spent, self._bytes = 0.0, 0

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the time of what is done within to a stage."""
        began = self.clock()
        try:
            yield
        finally:
            self.add(stage, self.clock() - began)

    def add(self, stage: str, took: float, *, observed: bool = True) -> None:
        """Add seconds to a stage; what is not observed is no call worth telling of."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + took
        if observed:
            self.meters.observe(STAGE_SECONDS, took, stage)

    @contextmanager
    def saving(self, step: str, lanes: Iterable[int], store: StateStore) -> Iterator[None]:
        """Add what is done within to the snapshot: to the next one, where a lane comes again.

        The engine tells nobody where a snapshot begins; but in each a lane is saved once.
        """
        some = {(step, lane) for lane in lanes}
        if not some.isdisjoint(self._saved):
            self.meters.observe(SNAPSHOT_SECONDS, self._spent)
            self.meters.set(SNAPSHOT_BYTES, self._bytes)
            self._saved.clear()
            self._spent, self._bytes = 0.0, 0
        self._saved |= some
        before, spent = store.written, self.seconds.get(_SNAPSHOT, 0.0)
        with self.timed(_SNAPSHOT):
            yield
        self._bytes += store.written - before
        self._spent += self.seconds[_SNAPSHOT] - spent
