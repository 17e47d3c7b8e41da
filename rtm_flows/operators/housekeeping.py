"""Housekeeping: what the steps of one process share beside the work itself.

Who seals their states, who is told what they cost, where their errors are noted, and what makes
their sources stop.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from rtm_flows.lanes.store import StateStore
from rtm_flows.operators.failures import Failures
from rtm_flows.operators.stages import Stages


def unseen(_: int) -> None:
    """Take no note of what a batch holds."""


@dataclass(frozen=True)
class Housekeeping:
    """What all steps of a process are given; without anything, a process that keeps no state.

    Attributes
    ----------
    store
        Seals states; None where nothing is to be recovered.
    stages
        Told how long each step works.
    failures
        Where errors are noted.
    stopping
        When set, every source stops where it is, and keeps its state.
    seen
        Told how much each batch of a source holds: bytes of files, records of a live input.

    Examples
    --------
    >>> house = Housekeeping(StateStore())
    >>> sealed = house.sealed("enter", 3, lambda: b"so far")
    >>> house.opened("enter", 3, sealed)
    b'so far'
    """

    store: StateStore | None = None
    stages: Stages = field(default_factory=Stages)
    failures: Failures = field(default_factory=Failures)
    stopping: threading.Event = field(default_factory=threading.Event)
    seen: Callable[[int], None] = unseen

    def opened(self, step: str, number: int, state: bytes | None) -> bytes | None:
        """Return what was sealed of one part of a step.

        Parameters
        ----------
        number
            The lane or partition, which the seal must name.
        state
            What `sealed` has returned; None where the part begins.

        Returns
        -------
        bytes | None
            None where there is nothing to go on from, or nothing is to be recovered.
        """
        if state is None or self.store is None:
            return None
        return self.store.get_whole(step, number, state)

    def sealed(self, step: str, number: int, save: Callable[[], bytes]) -> bytes:
        """Return the state of one part of a step, sealed; nothing where nothing is recovered."""
        return b"" if self.store is None else self.store.put_whole(step, number, save())
