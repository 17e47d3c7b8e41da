"""Topics behind a schema registry: whole runs, their export, and a registry that does not answer.

With `RTM_TEST_REGISTRY` the whole run asks a real registry at that address.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from rtm_flows.cli import main
from rtm_flows.config.kafka import Registry, Secret
from rtm_flows.connectors.kafka.registry import RegistrySchemas
from rtm_flows.connectors.partition_files import StoredRecord, partition_writer
from rtm_flows.connectors.schemas.schema import Reference
from rtm_flows.errors import BrokerError, ConfigError
from tests.kafka.jobs import MAPPED, TO_FILES
from tests.kafka.live import life, produce
from tests.kafka.mock_cluster import MockKafka
from tests.kafka.registry_server import RegistryServer, schema_registry
from tests.kafka.secure_broker import write_certificates
from tests.runs.running import digests, lines, rtm, start, wait_for

LOGIN = "rtm:not-to-be-shown"
_UNFRAMED = "no schema's id stands in front: a zero byte and four bytes of the id"
TIME: Any = {"type": "long", "logicalType": "timestamp-millis"}
WEB: Any = {
    "type": "record",
    "name": "Web",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "time", "type": TIME},
        {"name": "type", "type": {"type": "enum", "name": "Kind", "symbols": [
            "view_item", "add_to_cart", "purchase", "search"]}},
        {"name": "user_id", "type": ["null", "string"]},
        {"name": "price", "type": ["null", "double"]},
    ],
}  # fmt: skip
CRM: Any = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "Crm",
    "type": "object",
    "properties": {"nr": {"type": "integer"}, "worth": {"type": "number", "minimum": 0}},
    "required": ["nr", "at", "who"],
}
JOB = (
    TO_FILES
    + """
[kafka]
bootstrap = "{bootstrap}"
most = 300
{registry}
[[kafka.topics]]
name = "{name}.web"
{avro}
[[kafka.topics]]
name = "{name}.crm"
{json_schema}
"""
    + MAPPED
)
REGISTRY = """
[kafka.registry]
url = "{url}"
[kafka.registry.client]
"max.retries" = 2
"retries.wait.ms" = 20
{login}
"""


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    """A registry that wants a log-in."""
    with schema_registry(LOGIN) as server:
        yield server


@pytest.fixture
def url(registry: RegistryServer) -> str:
    """Where a registry is: the small one, or a real one."""
    return os.environ.get("RTM_TEST_REGISTRY") or registry.url


def client_of(url: str) -> SchemaRegistryClient:
    """Return the client of whoever produces."""
    return SchemaRegistryClient({"url": url, "basic.auth.user.info": LOGIN})


def write_job(folder: Path, broker: MockKafka, name: str, url: str) -> Path:
    """Write a job that reads Avro and JSON Schema, and make its topics."""
    for topic in ("web", "crm", "rounds"):
        broker.create_topic(f"{name}.{topic}", 1 if topic == "rounds" else 2)
    login = '"basic.auth.user.info" = { env = "RTM_LOGIN" }'
    told = {
        "registry": REGISTRY.format(url=url, login=login),
        "avro": 'encoding = "avro"',
        "json_schema": 'encoding = "json_schema"',
    }
    path = folder / f"{name}.toml"
    path.write_text(JOB.format(name=name, bootstrap=broker.bootstrap, **told))
    return path


def encoded(url: str, name: str, records: list[Any]) -> list[Any]:
    """Return records as confluent-kafka's serializers write them; broken ones stay as they are."""
    conf: Any = {"subject.name.strategy.type": "TOPIC"}
    found = []
    with client_of(url) as client:
        write = {
            "web": AvroSerializer(client, json.dumps(WEB), conf=conf),
            "crm": JSONSerializer(json.dumps(CRM), client, conf=conf),
        }
        for topic, partition, value in records:
            context = SerializationContext(f"{name}.{topic}", MessageField.VALUE)
            told = value
            if value is not None and value.startswith(b"{") and len(value) > 1:
                tree = json.loads(value)
                if topic == "web":
                    tree["time"] = datetime.fromtimestamp(tree["time"] / 1000, UTC)
                told = write[topic](tree, context)
            found.append((topic, partition, told))
    return found


def write_plain(folder: Path, name: str, records: list[Any]) -> None:
    """Write an export of the same records in plain JSON, beside which rounds can be put."""
    written: dict[tuple[str, int], list[bytes | None]] = {}
    for topic, partition, value in records:
        written.setdefault((topic, partition), []).append(value)
    for (topic, partition), values in written.items():
        path = folder / f"{name}.{topic}" / f"{partition}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        with partition_writer(path, 0) as writer:
            for offset, value in enumerate(values):
                writer.add(StoredRecord(offset, None, None, value))


def test_a_run_is_that_of_the_same_records_in_json(
    mock_broker: MockKafka, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte for byte, but for dead letters; exported, it is repeated without the registry."""
    monkeypatch.setenv("RTM_LOGIN", LOGIN)
    name = f"reg{uuid4().hex[:8]}"
    records = [one for one in life(3, 1500) if one[0] != "consents"]
    config = write_job(tmp_path, mock_broker, name, url)
    produce(mock_broker, name, encoded(url, name, records))
    out, folder = tmp_path / "out", tmp_path / "history"
    rtm("run", config, "--output", out, "--to-end")
    rtm("export", config, "--output", folder)

    config.write_text(config.read_text().replace(url, "http://127.0.0.1:9"))
    rtm("run", config, "--input", folder, "--output", tmp_path / "again")
    assert digests(tmp_path / "again") == digests(out)

    write_plain(tmp_path / "plain", name, records)
    shutil.copy(folder / "rounds.jsonl", tmp_path / "plain")
    plain = tmp_path / "plain.toml"
    told = {"registry": "", "avro": "", "json_schema": ""}
    plain.write_text(JOB.format(name=name, bootstrap="nowhere:1", **told))
    rtm("run", plain, "--input", tmp_path / "plain", "--output", tmp_path / "same")
    for one in ("sessions", "scores", "late"):
        same = (tmp_path / "same" / f"{one}.jsonl").read_bytes()
        assert (out / f"{one}.jsonl").read_bytes() == same, one
        assert same
    reasons = [one["reason"] for one in lines(out / "dead_letters.jsonl")]
    assert set(reasons) == {"undecodable", "tombstone"}
    assert len(reasons) == len(lines(tmp_path / "same" / "dead_letters.jsonl"))


def test_consume_shows_what_was_decoded(
    mock_broker: MockKafka,
    registry: RegistryServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """And of what cannot be, why; plain JSON is not produced to such a topic."""
    monkeypatch.setenv("RTM_LOGIN", LOGIN)
    name = "regshown"
    config = write_job(tmp_path, mock_broker, name, registry.url)
    known = [("crm", 0, b'{"nr": 1, "at": 5, "who": "u1"}'), ("crm", 0, b"{"), ("crm", 0, None)]
    produce(mock_broker, name, encoded(registry.url, name, known))
    assert main(["consume", str(config), "--topic", f"{name}.crm", "--to-end"]) == 0
    shown = capfd.readouterr().out.splitlines()
    assert [json.loads(line) for line in shown] == [
        {"nr": 1, "at": 5, "who": "u1"},
        {"field": None, "detail": _UNFRAMED},
        None,
    ]
    (tmp_path / "a.jsonl").write_text("{}\n")
    assert main(["produce", str(config), str(tmp_path / "a.jsonl")]) == 2
    told = capfd.readouterr().err
    assert f"topic {name}.web: is read as avro; only plain JSON can be produced" in told


def test_a_registry_that_lets_nobody_in_stops_the_job(
    mock_broker: MockKafka,
    registry: RegistryServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """With one sentence, in bounded time, and without the log-in."""
    config = write_job(tmp_path, mock_broker, "regout", registry.url)
    monkeypatch.setenv("RTM_LOGIN", "rtm:wrong-secret")
    told = rtm("run", config, "--output", tmp_path / "a", "--to-end", status=1)
    assert "answers 401; put the log-in under kafka.registry.client right" in told
    registry.failing = 99
    assert main(["check", str(config), "--broker"]) == 1
    said = capfd.readouterr().err
    assert "answers 503; look at the registry" in said
    assert "secret" not in told + said


@pytest.mark.slow
def test_a_registry_that_goes_away_stops_the_job_and_costs_nothing(
    mock_broker: MockKafka,
    registry: RegistryServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the middle of a run, where a schema comes that was not met before; a resume goes on."""
    monkeypatch.setenv("RTM_LOGIN", LOGIN)
    name = "regaway"
    config = write_job(tmp_path, mock_broker, name, registry.url)
    records = [one for one in life(4, 800) if one[0] != "consents"]
    told = encoded(registry.url, name, records)
    web = [one for one in told if one[0] == "web"]
    produce(mock_broker, name, web)
    out, recovery = tmp_path / "out", tmp_path / "recovery"
    run = ("run", config, "--output", out, "--recovery", recovery)
    process = start(*run)
    assert wait_for(out / "scores.jsonl.partial", 1, process)
    registry.failing = 99
    produce(mock_broker, name, [one for one in told if one[0] == "crm"])
    assert process.wait(60) == 1
    assert "answers 503; look at the registry" in rtm(*run, "--to-end", status=1)
    registry.failing = 0
    rtm(*run, "--to-end")
    rtm("export", config, "--output", tmp_path / "history")
    rtm("run", config, "--input", tmp_path / "history", "--output", tmp_path / "again")
    assert digests(tmp_path / "again") == digests(out)
    summary = json.loads((out / "summary.json").read_bytes())
    broken = [one for *_, one in told if one is None or not one.startswith(b"\0")]
    assert (summary["input"], summary["dead_letter"]) == (len(records), len(broken))


def schemas_of(registry: RegistryServer, url: str | None = None, **more: Any) -> RegistrySchemas:
    """Return what knows the schemas of a registry."""
    quick: Any = {"max.retries": 2, "retries.wait.ms": 1, "basic.auth.user.info": LOGIN}
    return RegistrySchemas(Registry(url=url or registry.url, client=quick), **more)


def test_a_registry_is_asked_again_and_then_no_more(registry: RegistryServer) -> None:
    """Two failures are borne, three are not; nobody there is told with the remedy."""
    known = schemas_of(registry)
    number = client_of(registry.url).register_schema("a", Schema(json.dumps(WEB), "AVRO"))
    registry.failing = 2
    found = known.find(number)
    assert found is not None
    assert (found.kind, json.loads(found.text)) == ("AVRO", WEB)
    registry.failing = 3
    with pytest.raises(BrokerError, match="asked for schema 77, answers 503; look at the registry"):
        known.find(77)
    with pytest.raises(BrokerError, match=r"answers 404; is kafka.registry.url right?"):
        schemas_of(registry, f"{registry.url}/elsewhere").check()
    with pytest.raises(
        BrokerError, match=r"does not answer: .*Start it, or set kafka.registry.url"
    ):
        schemas_of(registry, "http://127.0.0.1:9").check()


def test_a_registry_behind_tls_is_believed_by_its_authority(tmp_path: Path) -> None:
    """And by no other: that is told, and nothing is sent."""
    write_certificates(tmp_path)
    with schema_registry(LOGIN, tmp_path / "broker.pem") as registry:
        ca: Any = {"ssl.ca.location": str(tmp_path / "ca.pem"), "basic.auth.user.info": LOGIN}
        RegistrySchemas(Registry(url=registry.url, client=ca)).check()
        assert registry.asked == 1
        ca |= {"ssl.ca.location": str(tmp_path / "stranger.pem"), "max.retries": 0}
        with pytest.raises(BrokerError, match=r"does not answer: .*CERTIFICATE_VERIFY_FAILED"):
            RegistrySchemas(Registry(url=registry.url, client=ca)).check()
        assert registry.asked == 1


def test_an_unknown_id_is_asked_for_again_after_a_minute(registry: RegistryServer) -> None:
    """So broken records do not flood the registry, and a slow replica of it is not for ever."""
    now = [0.0]
    known = schemas_of(registry, clock=lambda: now[0])
    assert known.find(1) is None
    asked = registry.asked
    client_of(registry.url).register_schema("a", Schema(json.dumps(WEB), "AVRO"))
    now[0] = 59.0
    assert known.find(1) is None
    assert registry.asked == asked + 1  # that was the registration
    now[0] = 60.0
    assert known.find(1) is not None


def test_what_a_schema_refers_to_comes_with_it(registry: RegistryServer) -> None:
    """In the order in which it is needed; where it is gone, that is told."""
    client = client_of(registry.url)
    inner = '{"type": "record", "name": "Inner", "fields": []}'
    outer = '{"type": "record", "name": "Outer", "fields": [{"name": "a", "type": "Inner"}]}'
    client.register_schema("inner", Schema(inner, "AVRO"))
    number = client.register_schema(
        "outer", Schema(outer, "AVRO", [SchemaReference("Inner", "inner", 1)])
    )
    whole = client.register_schema(
        "whole", Schema('"Outer"', "AVRO", [SchemaReference("Outer", "outer", 1)])
    )
    found = schemas_of(registry).find(whole)
    assert found is not None
    assert found.references == (Reference("Inner", inner), Reference("Outer", outer))
    del registry.subjects["inner"]
    with pytest.raises(BrokerError, match=f"has no Inner, to which schema {number} refers"):
        schemas_of(registry).find(number)


def test_properties_and_secrets_are_checked(
    registry: RegistryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the client's own words where these cannot hold a secret; a missing extra is told."""

    def made(**client: Any) -> None:
        RegistrySchemas(Registry(url=registry.url, client=client))

    with pytest.raises(ConfigError, match=r"Unrecognized properties: max.tries"):
        made(**{"max.tries": 3})
    with pytest.raises(ConfigError, match="a file of it cannot be read: No such file"):
        made(**{"ssl.ca.location": "/nowhere"})
    with pytest.raises(ConfigError, match="the client refuses its properties: ValueError"):
        made(**{"basic.auth.user.info": "not-a-pair"})
    with pytest.raises(ConfigError, match=r'kafka.registry.client."a": the environment has no B'):
        made(a=Secret(env="B"))
    monkeypatch.setitem(sys.modules, "confluent_kafka.schema_registry", None)
    with pytest.raises(ConfigError, match=r"pip install 'rtm_flows\[registry\]'"):
        made()
