"""Brokers behind TLS, SCRAM and OAUTHBEARER: every command gets in by the job's `kafka.client`.

Nothing that a command prints holds a secret, whether it gets in or not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rtm_flows.cli import main
from tests.kafka.broker import RealKafka
from tests.kafka.fetch import BrokerUnavailableError
from tests.kafka.jobs import LEASED
from tests.kafka.secure_broker import CLIENT_SECRET, PASSWORD, USER, SecureKafka, secure_kafka
from tests.runs.running import rtm

pytestmark = pytest.mark.kafka

WRONG = "wrong-not-to-be-shown-either"
EVENT = {"id": "e1", "time": 1_700_000_000_000, "type": "purchase", "user_id": "a", "price": 5}


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SecureKafka, str]]:
    """The broker behind locks, and the address of tokens."""
    try:
        with secure_kafka(tmp_path_factory.mktemp("locked")) as found:
            yield found
    except BrokerUnavailableError as error:
        if os.environ.get("RTM_REQUIRE_KAFKA") == "1":
            raise
        pytest.skip(str(error))


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secrets, where operators put them."""
    monkeypatch.setenv("RTM_PASSWORD", PASSWORD)
    monkeypatch.setenv("RTM_TOKEN_SECRET", CLIENT_SECRET)
    monkeypatch.setenv("RTM_WRONG", WRONG)


def client_of(broker: SecureKafka, tokens: str, door: str) -> dict[str, Any]:
    """Return what gets a client in by a door."""
    ca = {"ssl.ca.location": str(broker.ca)}
    scram = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": USER,
        "sasl.password": {"env": "RTM_PASSWORD"},
    }
    token = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "OAUTHBEARER",
        "sasl.oauthbearer.method": "oidc",
        "sasl.oauthbearer.token.endpoint.url": tokens,
        "sasl.oauthbearer.client.id": USER,
        "sasl.oauthbearer.client.secret": {"env": "RTM_TOKEN_SECRET"},
        "sasl.oauthbearer.scope": "kafka",
    }
    tls = {"security.protocol": "SSL"}
    doors: dict[str, dict[str, Any]] = {"SCRAM": scram, "TOKEN": token}
    return {**ca, **doors.get(door, tls)}


def write_job(folder: Path, name: str, door: str, client: dict[str, Any]) -> Path:
    """Write a job that goes in by a door."""
    lines = [
        f'"{key}" = '
        + (f'{{ env = "{one["env"]}" }}' if isinstance(one, dict) else json.dumps(one))
        for key, one in client.items()
    ]
    path = folder / f"{name}.toml"
    job = LEASED.format(name=name, bootstrap=door, term="PT10S")
    path.write_text("\n".join([job, "[kafka.client]", *lines]))
    return path


def assert_hidden(*told: str) -> None:
    """No secret is in what was printed."""
    for text in told:
        assert not [one for one in (PASSWORD, CLIENT_SECRET, WRONG) if one in text]


@pytest.mark.parametrize("door", ["SCRAM", "TOKEN", "TLS"])
def test_every_command_gets_in(
    locked: tuple[SecureKafka, str], tmp_path: Path, capfd: pytest.CaptureFixture[str], door: str
) -> None:
    """Topics are made, events produced, decided on, shown and exported."""
    broker, tokens = locked
    name = door.lower()
    config = write_job(tmp_path, name, broker.doors[door], client_of(broker, tokens, door))
    RealKafka.create_topic(broker, f"{name}.events", 1)
    assert main(["topics", str(config), "--create"]) == 0
    events = tmp_path / "events.jsonl"
    events.write_text(json.dumps(EVENT) + "\n")
    assert main(["produce", str(config), str(events)]) == 0
    said = rtm("run", config, "--to-end", "--recovery", tmp_path / "state")
    shown = capfd.readouterr()
    assert main(["consume", str(config), "--topic", "scores", "--to-end"]) == 0
    scores = capfd.readouterr()
    assert [json.loads(line)["subject_id"] for line in scores.out.splitlines()] == ["a"]
    assert main(["export", str(config), "--output", str(tmp_path / "history")]) == 0
    last = capfd.readouterr()
    assert "1 records" in last.out or "1 record" in last.out
    assert_hidden(said, *shown, *scores, *last)


BAD: dict[str, tuple[str, dict[str, Any], str]] = {
    "a password that is wrong": (
        "SCRAM",
        {"sasl.password": {"env": "RTM_WRONG"}},
        "does not let this client in (sasl.mechanism and the log-in): SASL authentication error: "
        "Authentication failed during authentication due to invalid credentials",
    ),
    "a secret of tokens that is wrong": (
        "TOKEN",
        {"sasl.oauthbearer.client.secret": {"env": "RTM_WRONG"}},
        "does not let this client in (sasl.mechanism and the log-in): Failed to acquire SASL "
        "OAUTHBEARER token",
    ),
    "a log-in where none is wanted": (
        "TLS",
        {"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.username": "x"},
        "does not let this client in (sasl.mechanism and the log-in): SASL PLAIN mechanism",
    ),
    "an authority that is not trusted": (
        "TLS",
        {"ssl.ca.location": "stranger.pem"},
        "TLS fails (ssl.ca.location, its certificate): SSL handshake failed: ",
    ),
    "a certificate that has expired": (
        "EXPIRED",
        {},
        "TLS fails (ssl.ca.location, its certificate): SSL handshake failed: ",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_who_is_not_let_in_is_told_why(
    locked: tuple[SecureKafka, str], tmp_path: Path, capfd: pytest.CaptureFixture[str], case: str
) -> None:
    """Commands fail with one sentence, soon, and without a secret."""
    broker, tokens = locked
    door, wrong, text = BAD[case]
    client = client_of(broker, tokens, door) | wrong
    client["ssl.ca.location"] = str(broker.ca.with_name(Path(client["ssl.ca.location"]).name))
    if client.get("sasl.mechanism") == "PLAIN":
        client["sasl.password"] = {"env": "RTM_WRONG"}
    config = write_job(tmp_path, "out", broker.doors[door], client)
    (tmp_path / "events.jsonl").write_text(json.dumps(EVENT) + "\n")
    commands = [
        ["topics", "--create"],
        ["produce", str(tmp_path / "events.jsonl")],
        ["consume", "--to-end"],
        ["export", "--output", str(tmp_path / "history")],
    ]
    for command, *more in commands if case == "a password that is wrong" else commands[:1]:
        assert main([command, str(config), *more]) == 1, command
        told = capfd.readouterr()
        assert f"kafka.client: the broker {broker.doors[door]} is there, but {text}" in told.err
        assert len(told.err.strip().splitlines()) == 1, told.err
        assert_hidden(*told)


def test_a_run_that_is_not_let_in_ends(locked: tuple[SecureKafka, str], tmp_path: Path) -> None:
    """With the same sentence, also where it only reads topics, and without a secret."""
    broker, tokens = locked
    client = client_of(broker, tokens, "SCRAM") | {"sasl.password": {"env": "RTM_WRONG"}}
    config = write_job(tmp_path, "out", broker.doors["SCRAM"], client)
    text = config.read_text().replace("[kafka]\n", '[outputs]\nkind = "files"\n[kafka]\n', 1)
    config.write_text(text)
    told = rtm("run", config, "--to-end", "--output", tmp_path / "out", status=1)
    assert "is there, but does not let this client in" in told
    assert_hidden(told)
