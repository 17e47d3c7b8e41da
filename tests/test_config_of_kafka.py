"""The broker in a job's configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from rtm_flows.config import Job, load, with_input
from rtm_flows.config.kafka import Kafka, Secret
from rtm_flows.connectors.kafka.client import properties
from rtm_flows.connectors.kafka.names import broker_of, topic_of
from rtm_flows.errors import ConfigError

READS: dict[str, Any] = {"topics": [{"name": "events"}]}


def job(**tables: Any) -> Job:
    """Return a job that reads a topic."""
    return load({"name": "shop", "input": {"kind": "kafka"}, "kafka": READS, **tables})


def breaker(**keys: Any) -> dict[str, Any]:
    """Return the tables of a job with a breaker."""
    return {"kafka": {**READS, "written": {"breaker": keys}}}


def test_a_job_of_topics_takes_events_as_they_arrive_and_writes_topics() -> None:
    """The table `[kafka]` sets the order; where records go follows where they come from."""
    assert (job().order, job().writes) == ("log", "kafka")
    assert job(time={"order": "event"}).order == "event"
    assert job(outputs={"kind": "files"}).writes == "files"
    assert (load({"name": "shop"}).order, load({"name": "shop"}).writes) == ("event", "files")


def test_files_in_place_of_topics_are_the_same_job() -> None:
    """The same history from files has the same digest and order: only the broker is left out."""
    from_files = with_input(job(), ("events.jsonl",))
    assert from_files.digest == job().digest
    assert (from_files.order, from_files.writes) == ("log", "files")


def test_where_the_broker_is_changes_no_answer_and_what_records_mean_does() -> None:
    """Bootstrap, group and rounds are no part of the digest; the format of a topic is."""
    moved = job(kafka={**READS, "bootstrap": "b:1", "group": "other", "round": "PT1S"})
    assert job(**breaker(others=60)).digest == job().digest
    foreign = job(kafka={"topics": [{"name": "events", "format": "segment"}]})
    assert moved.digest == job().digest
    assert foreign.digest != job().digest


@pytest.mark.parametrize(
    ("tables", "text"),
    [
        ({"kafka": {}}, "kafka.topics: names no topic to read"),
        ({"kafka": {"topics": [{"name": "a", "control": True}]}}, "holds control topics only"),
        ({"kafka": {"topics": [{"name": "a b"}]}}, "kafka.topics[0].name: a topic is named"),
        (
            {"kafka": {"topics": [{"name": "a"}, {"name": "a"}]}},
            "kafka.topics[1].name: 'a' is read already",
        ),
        (
            {"kafka": {"topics": [{"name": "a", "encoding": "avro"}]}},
            "kafka.registry: is missing: 'a' is read as avro",
        ),
        (
            {"kafka": {**READS, "registry": {"url": "registry:8081"}}},
            "kafka.registry.url: wants http:// or https:// and a host",
        ),
        (
            {"kafka": {**READS, "registry": {"url": "http://a:b@r"}}},
            "kafka.registry.url: holds a log-in; put it under kafka.registry.client",
        ),
        (
            {"kafka": {**READS, "registry": {"url": "http://r", "client": {"url": "http://r"}}}},
            'kafka.registry.client."url": stands beside it',
        ),
        (
            {
                "kafka": {
                    **READS,
                    "registry": {"url": "http://r", "client": {"a": {"env": "B", "file": "c"}}},
                }
            },
            'kafka.registry.client."a": wants one of `env`',
        ),
        (
            {"kafka": {"topics": [{"name": "a", "format": "mapping"}]}},
            "kafka.topics[0].mapping: is missing",
        ),
        ({"kafka": {**READS, "client": {"acks": "1"}}}, 'kafka.client."acks": is set by the job'),
        ({"kafka": {**READS, "client": {"sasl.password": {}}}}, "wants one of `env`"),
        ({"kafka": {**READS, "bootstrap": " "}}, "kafka.bootstrap: wants the host"),
        ({"kafka": {**READS, "round": "PT0S"}}, "kafka.round: must be longer than zero"),
        ({"kafka": {**READS, "idle": "soon"}}, "kafka.idle: a duration must look like"),
        ({"kafka": {**READS, "lease": "PT0.5S"}}, "kafka.lease: must be 1 s at least; got PT0.5S"),
        ({"kafka": {**READS, "most": 0}}, "kafka.most: wants at least 1; got 0"),
        ({"kafka": {**READS, "written": {"partitions": 0}}}, "kafka.written.partitions: wants 1"),
        ({"kafka": {**READS, "written": {"replicas": 0}}}, "kafka.written.replicas: wants at"),
        ({"kafka": {**READS, "written": {"prefix": "a/"}}}, "kafka.written.prefix: a topic is"),
        (
            breaker(most={"emial": 600}),
            "kafka.written.breaker.most: no action goes by 'emial'; did you mean 'email'?",
        ),
        (breaker(most={"email": 3}), "kafka.written.breaker.most.email: each of the 4 partitions"),
        (breaker(others=0), "kafka.written.breaker.others: each of the 4 partitions"),
        (breaker(on_surge="halt"), "kafka.written.breaker.on_surge: must be one of hold, stop"),
        ({"outputs": {"format": "parquet"}}, 'outputs.format: "parquet" is for files'),
    ],
)
def test_a_broker_that_cannot_be_meant_is_refused(tables: dict[str, Any], text: str) -> None:
    """The first mistake is told with its key."""
    with pytest.raises(ConfigError) as told:
        job(**tables)
    assert text in str(told.value)


def test_topics_want_the_table_that_says_where_they_are() -> None:
    """Neither reading nor writing topics goes without a broker."""
    for tables in ({"input": {"kind": "kafka"}}, {"outputs": {"kind": "kafka"}}):
        with pytest.raises(ConfigError, match=r"wants the table \[kafka\]"):
            load({"name": "shop", **tables})


def test_secrets_come_from_the_environment_or_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client gets the secret itself, and the job holds only where it lies."""
    (tmp_path / "key").write_text("hush\n")
    monkeypatch.setenv("BROKER_PASSWORD", "open sesame")
    rule = Kafka(
        client={
            "sasl.password": Secret(env="BROKER_PASSWORD"),
            "ssl.key.password": Secret(file=str(tmp_path / "key")),
        }
    )
    assert properties(rule, group_id="shop") == {
        "bootstrap.servers": "localhost:9092",
        "sasl.password": "open sesame",
        "ssl.key.password": "hush",
        "group.id": "shop",
    }
    assert b"sesame" not in msgspec.json.encode(rule)


def test_a_missing_secret_is_told_by_its_place(tmp_path: Path) -> None:
    """Where it should be is named."""
    for secret, text in [
        (Secret(env="NO_SUCH_VARIABLE"), "the environment has no NO_SUCH_VARIABLE"),
        (Secret(file=str(tmp_path / "none")), "cannot be read: No such file"),
    ]:
        with pytest.raises(ConfigError, match=text):
            properties(Kafka(client={"sasl.password": secret}))


def test_outputs_have_topics_with_a_prefix() -> None:
    """The job's name and a point stand before, unless the job says what."""
    assert topic_of(job(), "decisions") == "shop.decisions"
    named = job(kafka={**READS, "written": {"prefix": "nba-"}})
    assert topic_of(named, "decisions") == "nba-decisions"
    with pytest.raises(ConfigError, match="has no broker"):
        broker_of(load({"name": "shop"}))
