"""`rtm consume`: what a job writes into topics, as it comes."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from confluent_kafka import Producer

from rtm_flows.connectors.kafka.client import BOOTSTRAP
from tests.cli.brokers import write_job
from tests.cli.commands import complaint, rtm
from tests.kafka.mock_cluster import MockKafka, mock_kafka
from tests.runs.running import command, environment

Capture = pytest.CaptureFixture[str]
PARTITIONS = 3


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[MockKafka]:
    """A broker with some outputs of the job, which the environment names."""
    with mock_kafka() as running:
        for name in ("clicks", "shop.decisions", "shop.late"):
            running.create_topic(name, PARTITIONS)
        monkeypatch.setenv(BOOTSTRAP, running.bootstrap)
        yield running


def decision(number: int) -> bytes:
    """Return a decision, as much of it as matters here."""
    return json.dumps(
        {
            "decision_id": f"{number:032x}",
            "decision_time": "2026-03-02T10:00:00.125Z",
            "subject_id": f"u{number}",
            "trigger": {"type": "event:search"},
            "name": "remind_of_cart" if number % 2 else "no_action",
            "treatment": "cart_banner" if number % 2 else None,
            "score": 0.03125,
            "reason": None if number % 2 else "no_eligible_action",
        }
    ).encode()


def put(broker: MockKafka, topic: str, values: list[bytes]) -> None:
    """Write values into the partitions of a topic in turn."""
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    for number, value in enumerate(values):
        producer.produce(topic, value, partition=number % PARTITIONS)
    assert producer.flush(20) == 0


def test_all_that_is_there_is_shown_as_it_is(
    capsys: Capture, tmp_path: Path, broker: MockKafka
) -> None:
    """Where no terminal is: the records, each once, in their order within a partition."""
    values = [decision(number) for number in range(3000)]
    put(broker, "shop.decisions", values)

    done = rtm(capsys, "consume", write_job(tmp_path), "--to-end")

    shown = [line.encode() for line in done.out.splitlines()]
    assert done.status == 0, done
    assert sorted(shown) == sorted(values)
    for part in range(PARTITIONS):
        own = values[part::PARTITIONS]
        assert [one for one in shown if one in set(own)] == own


def test_an_empty_topic_has_an_end_too(capsys: Capture, tmp_path: Path, broker: MockKafka) -> None:
    """And nothing before it."""
    assert broker is not None
    assert rtm(capsys, "consume", write_job(tmp_path), "--to-end") == (0, "", "")


@pytest.mark.parametrize("name", ["late", "shop.late"])
def test_any_output_is_shown_by_name(
    capsys: Capture, tmp_path: Path, broker: MockKafka, name: str
) -> None:
    """As the configuration calls it, or as the broker does; so many as are asked for."""
    put(broker, "shop.late", [b"%d" % number for number in range(9)])

    done = rtm(
        capsys, "consume", write_job(tmp_path), "--topic", name, "--from-start", "--count", "4"
    )

    assert done.status == 0
    assert len(done.out.splitlines()) == 4


def test_an_unknown_name_is_refused_with_the_nearest(capsys: Capture, tmp_path: Path) -> None:
    """Before anything is connected to."""
    said = complaint(rtm(capsys, "consume", write_job(tmp_path), "--topic", "decision"), 2)

    assert said.endswith("did you mean 'decisions'?")


def test_a_broker_that_is_not_there_is_told(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its address, and soon."""
    monkeypatch.setenv(BOOTSTRAP, "127.0.0.1:1")
    monkeypatch.setattr("rtm_flows.connectors.kafka.reading._REACH_SECONDS", 0.5)

    said = complaint(rtm(capsys, "consume", write_job(tmp_path)), 1)

    assert said.startswith("the broker 127.0.0.1:1 cannot be reached: ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_comes_is_shown_until_a_signal(
    tmp_path: Path, broker: MockKafka, number: signal.Signals
) -> None:
    """From now on only; then it ends with status 0."""
    job = write_job(tmp_path)
    put(broker, "shop.decisions", [b"before"] * 9)
    with subprocess.Popen(
        command("consume", job), env=environment(), stdout=subprocess.PIPE
    ) as process:
        try:
            line = _first_line(broker, process.stdout)
            process.send_signal(number)
            status = process.wait(20)
        finally:
            process.kill()

    assert (line, status) == (b"after\n", 0)


def _first_line(broker: MockKafka, out: IO[bytes] | None) -> bytes:
    """Write until the first line is shown: nobody knows when it has begun to look."""
    assert out is not None
    os.set_blocking(out.fileno(), False)
    for _ in range(200):
        put(broker, "shop.decisions", [b"after"])
        line = out.readline()
        if line:
            return line
        subprocess.run(["sleep", "0.1"], check=True)
    return b""


def test_on_a_terminal_a_decision_is_a_line_for_people(tmp_path: Path, broker: MockKafka) -> None:
    """Time, person, trigger, action and treatment, score, reason; nothing moves the cursor."""
    put(broker, "shop.decisions", [decision(7), decision(8), b"\x1b[31mno decision"])
    ours, theirs = pty.openpty()
    done = subprocess.run(
        command("consume", write_job(tmp_path), "--to-end"),
        env={**environment(), "COLUMNS": "140", "TERM": "xterm"},
        stdout=theirs,
        check=False,
    )
    os.close(theirs)
    shown = os.read(ours, 1 << 16).decode()
    os.close(ours)

    lines = sorted(" ".join(line.split()) for line in shown.splitlines())
    assert done.returncode == 0
    assert lines == [
        "2026-03-02 10:00:00 u7 event:search remind_of_cart / cart_banner 0.0312",
        "2026-03-02 10:00:00 u8 event:search no_action 0.0312 no_eligible_action",
        "\\x1b[31mno decision",
    ]
