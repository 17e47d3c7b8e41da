"""One process of a cluster over hosts: started on this one, watched, and stopped with all others.

In: a ticket, and the number of the process. Out: an end in order, or a sentence that says what to
do. No process can go on alone: when one is gone the engine ends all others, and whoever looks after
each host starts them again. A wish to stop goes through the shared folder, since the one process
that reads the topics may be on any host.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from rtm_flows.connectors.shared_folder import Stop
from rtm_flows.errors import RtmError
from rtm_flows.flows.cluster import Running, Ticket, on_signals, started

PATIENCE = 15.0
"""Seconds for an end in order; a process whose peers are gone cannot take its last snapshot."""

_LOOK_EVERY = 0.5


def run_host(ticket: Ticket, process: int, reached: Callable[[int], None]) -> bool:
    """Run one process of a cluster until any process is told to stop; return whether in order.

    Parameters
    ----------
    ticket
        What all processes are told, the same on all hosts.
    process
        Number of this one; its address is that of the same number.
    reached
        Told the records that this process has read.

    Raises
    ------
    RtmError
        If this process or another failed.
    """
    stop = Stop(Path(ticket.recovery or "."))
    with started(ticket, [process]) as running:
        watched = _Watched(running, stop, reached)
        with on_signals(watched.ask):
            try:
                running.wait(watched.look)
            except RtmError as error:
                if watched.gave_up:
                    return False
                msg = (
                    f"process {process} of {len(ticket.addresses)}: {error}. None of them can go "
                    "on alone: start all again, and they go on from the last snapshot"
                )
                raise RtmError(msg) from None
    return True


class _Watched:
    """The process of this host, and the wish to stop."""

    def __init__(self, running: Running, stop: Stop, reached: Callable[[int], None]) -> None:
        self._running = running
        self._reached = reached
        self._stop = stop
        self._looked = time.monotonic()
        self._deadline: float | None = None
        self.gave_up = False

    def ask(self) -> None:
        """Stop this process, and let all others know."""
        self._begin_to_stop()
        self._stop.ask()

    def look(self) -> None:
        """Stop where another process wants it; end what does not end in order."""
        self._reached(self._running.read())
        now = time.monotonic()
        if self._deadline is not None:
            if now > self._deadline:
                self.gave_up = True
                self._running.kill()
        elif now - self._looked > _LOOK_EVERY:
            self._looked = now
            if self._stop.asked():
                self._begin_to_stop()

    def _begin_to_stop(self) -> None:
        if self._deadline is None:
            self._deadline = time.monotonic() + PATIENCE
        self._running.stop()
