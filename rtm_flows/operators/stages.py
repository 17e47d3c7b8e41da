"""Stages: how long each step of a flow has worked, for who asks what a job costs.

Measured around whole batches, so that measuring costs nothing; never near the core, whose answers
know no clock. What no stage accounts for is the engine's own: routing, queues, waiting.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stages:
    """Seconds by stage, of one process.

    Parameters
    ----------
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

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self.seconds: dict[str, float] = {}

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the time of what is done within to a stage."""
        began = self._clock()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + self._clock() - began
