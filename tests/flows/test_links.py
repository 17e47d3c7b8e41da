"""Links between hosts: a bound on silence, and on nothing else."""

from __future__ import annotations

import socket
import time

from rtm_flows.flows.links import SILENCE, bound_silence

SECONDS = 20.0


def bound(one: socket.socket) -> int:
    """Return for how long a connection may be silent, in milliseconds; 0 without a bound."""
    return one.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)


def test_connections_of_the_cluster_are_bound_on_both_sides() -> None:
    """As soon as they are there; what else the process has open is left as it is."""
    with (
        socket.create_server(("127.0.0.1", 0)) as ours,
        socket.create_server(("127.0.0.1", 0)) as others,
    ):
        address = f"127.0.0.1:{ours.getsockname()[1]}"
        bound_silence([address, "127.0.0.1:1", "127.0.0.1:2"])
        with (
            socket.create_connection(ours.getsockname()) as one,
            ours.accept()[0] as two,
            socket.create_connection(others.getsockname()) as other,
        ):
            deadline = time.monotonic() + SECONDS
            while not (bound(one) and bound(two)):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            assert bound(one) == bound(two) == SILENCE * 1000
            assert one.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert not bound(other)
