"""`rtm broker`: a broker on this machine."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from tests.cli.brokers import running, write_job
from tests.cli.commands import complaint, rtm


def partitions(address: str) -> dict[str, int]:
    """Return the topics of a broker, and how many partitions each has."""
    topics = AdminClient({"bootstrap.servers": address}).list_topics(timeout=10).topics
    return {name: len(topic.partitions) for name, topic in topics.items()}


def test_it_has_the_topics_of_the_job(tmp_path: Path) -> None:
    """Those that are read, those that are written, as --topic says where it does; all are told."""
    with running(write_job(tmp_path), "--port", "0", "--topic", "clicks:2", "--topic", "x") as it:
        found = partitions(it.address)

    assert found["clicks"] == 2
    assert found["orders"] == found["x"] == found["shop.decisions"] == found["shop.deliveries"] == 4
    assert found["shop.rounds"] == 1
    for name, count in found.items():
        assert f"{name} ({count})" in it.said


def test_what_is_written_through_its_port_is_read_through_it() -> None:
    """Clients that know nothing but the address that it tells."""
    with running("--port", "0", "--topic", "t:1") as it:
        producer = Producer({"bootstrap.servers": it.address, "enable.idempotence": True})
        for number in range(1000):
            producer.produce("t", b"%d" % number)
        assert producer.flush(20) == 0
        consumer = Consumer({"bootstrap.servers": it.address, "group.id": "g"})
        consumer.assign([TopicPartition("t", 0, 0)])
        read = [one.value() for one in consumer.consume(1000, 20)]
        consumer.close()

    assert read == [b"%d" % number for number in range(1000)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_status_0(number: signal.Signals) -> None:
    """At once, also while somebody is connected, and without another word."""
    with (
        running("--port", "0", "--topic", "t") as it,
        socket.create_connection(("127.0.0.1", int(it.address.rpartition(":")[2]))),
    ):
        it.process.send_signal(number)
        out, _ = it.process.communicate(timeout=20)

    assert (it.process.returncode, out) == (0, "")


def test_a_port_that_is_taken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = complaint(rtm(capsys, "broker", "--port", str(port)), 1)

    assert said.startswith(f"port {port} cannot be had: ")
    assert "--port" in said


@pytest.mark.parametrize(
    "arguments", [("--port", "70000"), ("--topic", ":3"), ("--topic", "clicks:0")]
)
def test_arguments_that_cannot_be_are_refused(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, str]
) -> None:
    """With what is wanted."""
    done = rtm(capsys, "broker", *arguments)

    assert done.status == 2
    assert "wants" in done.err


def test_a_job_without_a_broker_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It names the table."""
    path = tmp_path / "shop.toml"
    path.write_text('[input]\npaths = ["events.jsonl"]\n')

    assert "[kafka]" in complaint(rtm(capsys, "broker", path, "--port", "0"), 2)
