"""The real Kafka behind locks: a listener each of TLS, SCRAM and OAUTHBEARER, and one expired.

In: an empty folder. Out: a running broker, its certificates, a user with a password, and a server
of tokens that the broker believes. Certificates and tokens are made here, by `cryptography`.
"""

from __future__ import annotations

import json
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path

from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from tests.kafka.broker import PROPERTIES, RealKafka, free_ports

USER, PASSWORD, CLIENT_SECRET = "rtm", "scram-not-to-be-shown", "token-not-to-be-shown"
LISTENERS = ("TLS", "SCRAM", "TOKEN", "EXPIRED")
CONFIG = """
listeners=PLAINTEXT://{bootstrap},CONTROLLER://127.0.0.1:{controller},{listeners}
advertised.listeners=PLAINTEXT://{bootstrap},{listeners}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL,EXPIRED:SSL,\
SCRAM:SASL_SSL,TOKEN:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location={folder}/broker.pem
listener.name.expired.ssl.keystore.type=PEM
listener.name.expired.ssl.keystore.location={folder}/expired.pem
listener.name.scram.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.scram.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.token.sasl.enabled.mechanisms=OAUTHBEARER
listener.name.token.oauthbearer.sasl.jaas.config=\
org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;
listener.name.token.oauthbearer.sasl.server.callback.handler.class=\
org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler
listener.name.token.oauthbearer.sasl.oauthbearer.jwks.endpoint.url={tokens}/jwks
listener.name.token.oauthbearer.sasl.oauthbearer.expected.audience=kafka
"""


class SecureKafka(RealKafka):
    """A broker with locks, and the address of each of its doors under `doors`."""

    def __init__(self, folder: Path, tokens: str) -> None:
        super().__init__(folder)
        write_certificates(folder)
        self.ca = folder / "ca.pem"
        self.doors = {
            name: f"localhost:{port}"
            for name, port in zip(LISTENERS, free_ports(len(LISTENERS)), strict=True)
        }
        path = folder / PROPERTIES
        plain = path.read_text("utf-8")
        controller = plain.split("@127.0.0.1:")[1].split("\n")[0]
        told = {"bootstrap": self.bootstrap, "controller": controller, "folder": folder}
        listeners = ",".join(f"{name}://{door}" for name, door in self.doors.items())
        # Of a property that is told twice the last counts.
        more = CONFIG.format(**told, listeners=listeners, tokens=tokens)
        path.write_text(plain + more, "utf-8")
        self._command[1:1] = [f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={tokens}/jwks"]

    def add_user(self) -> None:
        """Let the user of SCRAM in."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        how = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        one = UserScramCredentialUpsertion(USER, how, PASSWORD.encode())
        for answer in admin.alter_user_scram_credentials([one]).values():
            answer.result(30)


@contextmanager
def secure_kafka(folder: Path) -> Iterator[tuple[SecureKafka, str]]:
    """Run a broker behind locks, and a server of tokens; yield the broker and that address."""
    with _token_server() as tokens:
        broker = SecureKafka(folder, tokens)
        try:
            broker.start()
            broker.add_user()
            yield broker, f"{tokens}/token"
        finally:
            broker.kill()


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def write_certificates(folder: Path) -> None:
    """Write an authority, a certificate of it for this machine, an expired one, and a stranger."""
    ca_key, now = _key(), datetime.now(UTC)
    ca = _certificate("ca", ca_key, "ca", ca_key, now + timedelta(days=1))
    (folder / "ca.pem").write_bytes(_pem(ca))
    stranger = _key()
    other = _certificate("ca", stranger, "ca", stranger, now + timedelta(days=1))
    (folder / "stranger.pem").write_bytes(_pem(other))
    ends = {"broker": now + timedelta(days=1), "expired": now - timedelta(hours=1)}
    for name, end in ends.items():
        key = _key()
        one = _certificate("localhost", key, "ca", ca_key, end)
        (folder / f"{name}.pem").write_bytes(_private(key) + _pem(one) + _pem(ca))


def _certificate(
    name: str, key: rsa.RSAPrivateKey, by: str, by_key: rsa.RSAPrivateKey, end: datetime
) -> x509.Certificate:
    names = [x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))]
    authority = x509.BasicConstraints(ca=name == by, path_length=None)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, by)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=2))
        .not_valid_after(end)
        .add_extension(authority, critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(by_key, hashes.SHA256())
    )


def _pem(one: x509.Certificate) -> bytes:
    return one.public_bytes(serialization.Encoding.PEM)


def _private(key: rsa.RSAPrivateKey) -> bytes:
    how = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, how, serialization.NoEncryption())


class _Tokens(ThreadingHTTPServer):
    """Gives tokens to whoever knows the secret, and tells the key that they are signed by."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _TokenHandler)
        self.key = _key()

    def jwks(self) -> dict[str, object]:
        numbers = self.key.public_key().public_numbers()
        n, e = (
            _base64(one.to_bytes((one.bit_length() + 7) // 8, "big"))
            for one in (numbers.n, numbers.e)
        )
        return {"keys": [{"kty": "RSA", "kid": "k", "use": "sig", "alg": "RS256", "n": n, "e": e}]}

    def token(self) -> dict[str, object]:
        now = int(time.time())
        head = {"alg": "RS256", "kid": "k", "typ": "JWT"}
        said = {"sub": USER, "aud": "kafka", "iat": now, "exp": now + 300, "scope": "kafka"}
        text = b".".join(_base64(json.dumps(one).encode()).encode() for one in (head, said))
        seal = self.key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        token = f"{text.decode()}.{_base64(seal)}"
        return {"access_token": token, "token_type": "Bearer", "expires_in": 300}


class _TokenHandler(BaseHTTPRequestHandler):
    server: _Tokens

    def do_GET(self) -> None:
        self._send(200, self.server.jwks())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        told = self.headers.get("Authorization", "").removeprefix("Basic ")
        known = b64decode(told) == f"{USER}:{CLIENT_SECRET}".encode()
        error = {"error": "invalid_client", "error_description": "unknown client or secret"}
        self._send(200 if known else 401, self.server.token() if known else error)

    def _send(self, status: int, content: object) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@contextmanager
def _token_server() -> Iterator[str]:
    server = _Tokens()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
