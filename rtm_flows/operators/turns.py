"""Turns: a live source reads on when what it read before has been decided.

The engine asks its source again on every step that it takes, while a round still lies between two
of ours. Rounds would overtake nothing by that, and each would wait for the work of those behind it.
So the source waits, and what comes meanwhile makes the next round. Nothing but time depends on it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 0.05
"""Seconds after which a round is read though nothing was decided: it may be for others to do."""
AGAIN = 0.0002
"""Seconds until it is looked again whether something was decided."""


class Turns:
    """Whose turn it is: the source's, or that of the steps behind it.

    Parameters
    ----------
    clock
        Seconds that only ever grow.

    Examples
    --------
    >>> turns = Turns(clock=lambda: 7.0)
    >>> turns.read()
    >>> turns.are_out
    True
    >>> turns.decided()
    >>> turns.are_out
    False
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: float | None = None

    @property
    def are_out(self) -> bool:
        """Whether a round is on its way in this process, as far as can be told."""
        return self._until is not None and self._clock() < self._until

    def read(self) -> None:
        """Note that the source has let a round in."""
        self._until = self._clock() + PATIENCE

    def decided(self) -> None:
        """Note that a pass of the last step is done."""
        self._until = None
