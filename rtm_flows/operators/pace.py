"""Pace: a partition reads on when know has heard what it read before.

Several processes share a run best when none waits for another. The engine makes them wait: before a
new epoch begins, all of the one before is done, and then one process learns, or writes, while
the others stand still. So a run over files is one epoch, in which nothing of the engine holds its
sources back. This does: a partition is at most some rounds ahead of what the slowest partition and
process have done. Nothing but time depends on it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta

from rtm_flows.lanes.progress import START

AHEAD = 4
"""Rounds of a partition that may be on their way: enough that nobody waits for a slow moment."""
PATIENCE = 0.25
"""Seconds after which one more is read: a process may have no lanes, and hear of nothing."""
AGAIN = timedelta(milliseconds=0.5)
"""Time until it is looked again whether something was heard."""


class Pace:
    """How far the partitions of a process may read ahead.

    Parameters
    ----------
    clock
        Seconds that only ever grow.
    patience
        Seconds after which one more round is read whatever was heard.

    Examples
    --------
    >>> pace = Pace(clock=lambda: 7.0)
    >>> heard = [0]
    >>> pace.ask(lambda: heard[0])
    >>> mine = pace.runner()
    >>> for number in range(1, 1 + AHEAD):
    ...     mine.told(number)
    >>> mine.is_ahead()
    True
    >>> heard[0] = 1
    >>> mine.is_ahead()
    False
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, patience: float = PATIENCE
    ) -> None:
        self.clock = clock
        self.patience = patience
        self._asked: list[Callable[[], int]] = []

    def ask(self, heard: Callable[[], int]) -> None:
        """Let a step be asked which round it has heard of all partitions."""
        self._asked.append(heard)

    def heard(self) -> int:
        """Return the round that every step of this process has heard of all partitions."""
        return min((heard() for heard in self._asked), default=START)

    def runner(self) -> Runner:
        """Return what one more partition is held back by."""
        return Runner(self)


class Runner:
    """How far one partition is ahead."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._on_their_way: deque[int] = deque()
        self._until = 0.0

    def told(self, number: int) -> None:
        """Note that the partition has let a round in."""
        self._on_their_way.append(number)
        self._until = self._pace.clock() + self._pace.patience

    def is_ahead(self) -> bool:
        """Tell whether the partition is to wait."""
        heard, rounds = self._pace.heard(), self._on_their_way
        while rounds and rounds[0] <= heard:
            rounds.popleft()
        return len(rounds) >= AHEAD and self._pace.clock() < self._until
