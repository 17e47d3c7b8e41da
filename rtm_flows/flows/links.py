"""Links between hosts: how long one may be silent before it counts as gone.

In: the addresses of all processes of a cluster. Out: every connection of this process to another
has a bound. The engine sets none: a host that vanishes, its power or its cable gone, says no word
of farewell, and the others would wait for a quarter of an hour and more. A process that is alive
but busy answers by its kernel, so no work is too long.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

SILENCE = 20
"""Seconds without a word of the other host's kernel after which a connection breaks."""

_PROBE = 5
_LOOK_EVERY = 0.5


def bound_silence(addresses: Sequence[str]) -> None:
    """Bound the silence of all connections of the cluster, as soon as they are there."""
    ports = {int(address.rpartition(":")[2]) for address in addresses}
    threading.Thread(target=_until_bound, args=(ports, len(addresses) - 1), daemon=True).start()


def _until_bound(ports: set[int], wanted: int) -> None:
    while _bound(ports) < wanted:
        time.sleep(_LOOK_EVERY)


def _bound(ports: set[int]) -> int:
    """Bound what is connected by now; return how many connections that are.

    The engine does not show its sockets; that they are this process's own, the system tells.
    """
    count = 0
    for name in os.listdir("/proc/self/fd"):
        # Files come and go meanwhile, and most are no sockets.
        with suppress(OSError):
            if not os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                continue
            with socket.socket(fileno=os.dup(int(name))) as one:
                if one.family in (socket.AF_INET, socket.AF_INET6) and _between(one, ports):
                    _set(one)
                    count += 1
    return count


def _between(one: socket.socket, ports: set[int]) -> bool:
    """Tell whether a socket is connected, on either side by a port of the cluster."""
    return one.getpeername()[1] in ports or one.getsockname()[1] in ports


def _set(one: socket.socket) -> None:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _PROBE)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _PROBE)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, SILENCE // _PROBE)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENCE * 1000)
