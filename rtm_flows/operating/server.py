"""The server of /metrics, /healthz and /readyz: a thread beside the run that only reads.

In: where to listen, and whom to ask. Out: answers over HTTP. It touches no file of the engine, and
a client that is slow or gone keeps one thread of its own and nothing of the run.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import NamedTuple

from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from rtm_flows.errors import RtmError
from rtm_flows.operating.health import Verdict

_PATIENCE = 5.0
"""Seconds that a client may take to ask, and to take the answer in."""


class Told(NamedTuple):
    """Whom the server asks.

    Attributes
    ----------
    metrics
        What a scrape gets.
    alive, ready
        What the probes get.
    """

    metrics: Collector
    alive: Callable[[], Verdict]
    ready: Callable[[], Verdict]


class Server:
    """Answers on one address for as long as it is entered.

    Parameters
    ----------
    host, port
        Where to listen; port 0 takes any that is free.
    told
        Whom to ask.

    Raises
    ------
    RtmError
        When entered, if the address cannot be had.
    """

    def __init__(self, host: str, port: int, told: Told) -> None:
        self._host, self._port, self._told = host, port, told
        self._server: _Listening | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        if self._server is None:
            return self._host, self._port
        return self._host, int(self._server.server_address[1])

    def __enter__(self) -> Server:
        """Begin to answer."""
        try:
            self._server = _Listening(self._host, self._port, self._told)
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or str(error)
            msg = (
                f"metrics: cannot listen on {self._host}:{self._port}: {why}; choose another "
                "address (operating.host and operating.port, or --metrics HOST:PORT)"
            )
            raise RtmError(msg) from None
        threading.Thread(
            target=self._server.serve_forever, args=(0.2,), daemon=True, name="rtm-metrics"
        ).start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


class _Listening(ThreadingHTTPServer):
    """The listening socket, with whom to ask; its threads do not keep a process alive."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, port: int, told: Told) -> None:
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), _Answering)
        self.told = told
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(told.metrics)

    def server_bind(self) -> None:
        """Take the address; the name of this host is not looked up, which may take minutes."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that went away."""


class _Answering(BaseHTTPRequestHandler):
    """One request."""

    server: _Listening
    timeout = _PATIENCE
    server_version = "rtm"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer."""
        path = self.path.partition("?")[0]
        if path == "/metrics":
            self._send(200, CONTENT_TYPE_LATEST, generate_latest(self.server.registry))
        elif path == "/healthz":
            self._judged(self.server.told.alive())
        elif path == "/readyz":
            self._judged(self.server.told.ready())
        else:
            self._send(404, "text/plain", b"/metrics, /healthz and /readyz are here\n")

    do_HEAD = do_GET

    def _judged(self, verdict: Verdict) -> None:
        body = {"status": "ok"} if verdict.well else {"status": "no", "reason": verdict.reason}
        status = 200 if verdict.well else 503
        self._send(status, "application/json", json.dumps(body).encode() + b"\n")

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Write no line for a request."""
