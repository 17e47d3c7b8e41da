"""The server: what it answers, to whom, and what it does not let happen to the run."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator

import pytest

from rtm_flows.errors import RtmError
from rtm_flows.metrics import PEOPLE
from rtm_flows.operating.exposition import Exposition
from rtm_flows.operating.health import Verdict
from rtm_flows.operating.meters import Meters
from rtm_flows.operating.server import Server, Told


@pytest.fixture
def reasons() -> dict[str, str | None]:
    """Why the run under test is not healthy or not ready."""
    return {"alive": None, "ready": "why not"}


@pytest.fixture
def server(reasons: dict[str, str | None]) -> Iterator[Server]:
    """A server of one metric."""
    meters = Meters()
    meters.set(PEOPLE, 3)
    exposition = Exposition(lambda: [meters.seen()])
    told = Told(exposition, lambda: Verdict(reasons["alive"]), lambda: Verdict(reasons["ready"]))
    with Server("127.0.0.1", 0, told) as one:
        yield one


def ask(server: Server, method: str, path: str) -> tuple[int, str | None, str]:
    """Return status, type and body of an answer."""
    connection = http.client.HTTPConnection(*server.address, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    told = answer.status, answer.headers["Content-Type"], answer.read().decode()
    connection.close()
    return told


def test_each_path_has_its_answer(server: Server, reasons: dict[str, str | None]) -> None:
    """Metrics as text, probes as a line of JSON, and nothing else."""
    status, kind, body = ask(server, "GET", "/metrics?x=1")
    assert (status, "rtm_people 3.0" in body) == (200, True)
    assert str(kind).startswith("text/plain; version=")
    assert ask(server, "GET", "/healthz") == (200, "application/json", '{"status": "ok"}\n')
    status, _, body = ask(server, "GET", "/readyz")
    assert (status, json.loads(body)) == (503, {"status": "no", "reason": "why not"})
    reasons["alive"] = "stuck"
    assert ask(server, "GET", "/healthz")[0] == 503
    assert ask(server, "GET", "/")[0] == 404
    assert ask(server, "GET", "/../etc/passwd")[0] == 404
    assert ask(server, "POST", "/metrics")[0] == 501
    assert ask(server, "HEAD", "/healthz")[2] == ""


def test_a_client_that_says_nothing_keeps_nobody_waiting(server: Server) -> None:
    """Others are answered meanwhile, and the server ends without it."""
    with socket.create_connection(server.address), socket.create_connection(server.address) as own:
        own.sendall(b"GET /metr")
        assert ask(server, "GET", "/healthz")[0] == 200


def test_an_address_that_is_taken_is_refused(server: Server) -> None:
    """With the address, and what to do."""
    told = Told(Exposition(list), lambda: Verdict(None), lambda: Verdict(None))
    host, port = server.address
    with pytest.raises(RtmError, match=rf"{host}:{port}: Address already in use; choose"):
        Server(host, port, told).__enter__()
    with pytest.raises(RtmError, match=r"203\.0\.113\.1:0: Cannot assign requested address"):
        Server("203.0.113.1", 0, told).__enter__()


def test_nothing_is_left_when_it_ends() -> None:
    """Neither the thread nor the port."""
    told = Told(Exposition(list), lambda: Verdict(None), lambda: Verdict(None))
    with Server("127.0.0.1", 0, told) as one:
        address = one.address
    assert not [thread for thread in threading.enumerate() if thread.name == "rtm-metrics"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5)
