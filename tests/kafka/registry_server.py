"""A small schema registry: what Confluent's REST API says of ids, subjects, versions, errors.

In: nothing. Out: a server on loopback that keeps schemas in memory. It checks no compatibility.
Its judge is confluent-kafka's own client; `RTM_TEST_REGISTRY` puts a real one in its place.
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Told = tuple[int, object]


class RegistryServer(ThreadingHTTPServer):
    """The server; `url` is where it is, `failing` how many requests it answers with 503 first.

    With a file of a key and its certificate it speaks TLS.
    """

    def __init__(self, login: str | None = None, certificate: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
            self.url = self.url.replace("http:", "https:")
        self.failing = 0
        self.asked = 0
        self.schemas: list[dict[str, Any]] = []
        self.subjects: dict[str, list[int]] = {}
        self.expected = login and "Basic " + base64.b64encode(login.encode()).decode()

    def answer(self, method: str, path: list[str], body: Any) -> Told:
        """Return status and content of an answer."""
        match method, path:
            case "GET", ["schemas", "types"]:
                return 200, ["JSON", "PROTOBUF", "AVRO"]
            case "GET", ["schemas", "ids", number] if 0 < int(number) <= len(self.schemas):
                return 200, self.schemas[int(number) - 1]
            case "GET", ["schemas", "ids", _]:
                return 404, {"error_code": 40403, "message": "Schema not found"}
            case "POST", ["subjects", subject, "versions"]:
                return 200, {"id": self._registered(subject, body)}
            case "GET", ["subjects", subject, "versions", version]:
                return self._version(subject, int(version))
        return 404, {"error_code": 404, "message": "HTTP 404 Not Found"}

    def _registered(self, subject: str, schema: dict[str, Any]) -> int:
        if schema not in self.schemas:
            self.schemas.append(schema)
        number = self.schemas.index(schema) + 1
        versions = self.subjects.setdefault(subject, [])
        if number not in versions:
            versions.append(number)
        return number

    def _version(self, subject: str, version: int) -> Told:
        versions = self.subjects.get(subject, [])
        if not 0 < version <= len(versions):
            return 404, {"error_code": 40402, "message": "Version not found"}
        number = versions[version - 1]
        return 200, {
            "subject": subject,
            "version": version,
            "id": number,
            **self.schemas[number - 1],
        }


class _Handler(BaseHTTPRequestHandler):
    server: RegistryServer

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(size)) if size else None
        path = self.path.partition("?")[0].strip("/").split("/")
        self.server.asked += 1
        if self.server.failing > 0:
            self.server.failing -= 1
            status, content = 503, {"error_code": 50301, "message": "not now"}
        elif self.server.expected not in (None, self.headers.get("Authorization")):
            status, content = 401, {"error_code": 401, "message": "Unauthorized"}
        else:
            status, content = self.server.answer(self.command, path, body)  # type: ignore[assignment]
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@contextmanager
def schema_registry(
    login: str | None = None, certificate: Path | None = None
) -> Iterator[RegistryServer]:
    """Run a registry, which wants a log-in, and speaks TLS, if these are given."""
    server = RegistryServer(login, certificate)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
