"""Listening: a process of a cluster connects to others when they can be reached, not before.

In: the addresses of processes on this machine. Out: nothing, as soon as each of them listens. The
engine connects a process to all those of lower numbers. Where one does not listen yet, which is
a matter of milliseconds, it complains, and sleeps for a whole second before it tries again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

PATIENCE = 10.0
"""Seconds after which it is left to the engine: whoever does not listen by then may be gone."""

_LOOK_EVERY = 0.005
_SOCKETS = ("/proc/net/tcp", "/proc/net/tcp6")
_LISTENS = "0A"


def until_listening(addresses: Sequence[str], patience: float = PATIENCE) -> bool:
    """Return when all these ports of this machine are listened on; tell whether they are.

    Parameters
    ----------
    addresses
        Host and port of each, the host being this one.
    patience
        Seconds after which nothing more is waited for.
    """
    ports = {int(address.rpartition(":")[2]) for address in addresses}
    deadline = time.monotonic() + patience
    while not ports <= _listened_on():
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_EVERY)
    return True


def _listened_on() -> set[int]:
    """Return the ports of this machine that are listened on, as the system tells."""
    ports: set[int] = set()
    for name in _SOCKETS:
        # Not every system has both kinds.
        with suppress(OSError):
            for line in Path(name).read_text("ascii").splitlines()[1:]:
                _, local, _, state, *_ = line.split()
                if state == _LISTENS:
                    ports.add(int(local.rpartition(":")[2], 16))
    return ports
