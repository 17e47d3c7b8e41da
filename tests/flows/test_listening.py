"""A process waits for those it connects to until they listen, and no longer than it must."""

from __future__ import annotations

import socket
import threading

import pytest

from rtm_flows.flows.listening import until_listening


def bound(family: socket.AddressFamily) -> socket.socket:
    """Return a socket that has a port of its own, and does not listen yet."""
    one = socket.socket(family)
    one.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
    return one


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_it_returns_when_all_listen(family: socket.AddressFamily) -> None:
    """Not when one of two does."""
    with bound(family) as first, bound(family) as second:
        addresses = [f"localhost:{one.getsockname()[1]}" for one in (first, second)]
        first.listen()
        assert not until_listening(addresses, patience=0.02)
        later = threading.Timer(0.1, second.listen)
        later.start()
        assert until_listening(addresses, patience=60.0)
        later.join()


def test_the_first_process_waits_for_nobody() -> None:
    """It has nobody to connect to."""
    assert until_listening([], patience=0.0)
