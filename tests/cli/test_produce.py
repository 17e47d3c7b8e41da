"""`rtm produce`: the events of files into a topic."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import KafkaError

from rtm_flows.connectors.kafka.client import BOOTSTRAP
from rtm_flows.times import format_time
from tests.cli.brokers import contents, write_job
from tests.cli.commands import complaint, rtm
from tests.kafka.mock_cluster import MockKafka, mock_kafka

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[MockKafka]:
    """A broker with the topics of the job, which the environment names."""
    with mock_kafka() as running:
        running.create_topic("clicks", 4)
        running.create_topic("orders", 2)
        monkeypatch.setenv(BOOTSTRAP, running.bootstrap)
        yield running


def line(person: str, at: str = "2026-03-02T10:00:00Z", **more: str) -> str:
    """Return an event of a person, as a line."""
    return json.dumps({"time": at, "type": "search", "user_id": person, **more})


def write(path: Path, *lines: str) -> Path:
    """Write a file of lines."""
    path.write_text("".join(f"{one}\n" for one in lines))
    return path


def test_every_line_goes_as_it_is(
    capsys: Capture, tmp_path: Path, broker: MockKafka, events: Path
) -> None:
    """Also broken ones; each person's in one partition, in order; and the counts add up."""
    done = rtm(capsys, "produce", write_job(tmp_path), events)
    stored = contents(broker.bootstrap, "clicks", 4)
    lines = [one for one in events.read_bytes().splitlines() if one.strip()]

    assert done.status == 0, done
    assert sorted(one.value or b"" for one in stored) == sorted(lines)
    homes: dict[bytes | None, set[int]] = {}
    for one in stored:
        homes.setdefault(one.key, set()).add(one.partition)
    without = sum(one.key is None for one in stored)
    assert len(homes) > 100
    assert without > 0
    assert all(len(where) == 1 for key, where in homes.items() if key is not None)
    assert f"clicks: {len(lines):,} records (by partition 0: " in done.out
    assert f"; {without:,} of them without a key" in done.out
    for key in list(homes)[:20]:
        if key is not None:
            theirs = [one.value for one in stored if one.key == key]
            assert theirs == [one for one in lines if one in set(theirs)]


def test_packed_files_go_unpacked_into_the_topic_that_is_named(
    capsys: Capture, tmp_path: Path, broker: MockKafka
) -> None:
    """Several files, in their order."""
    first = tmp_path / "a.jsonl.gz"
    first.write_bytes(gzip.compress(f"{line('7')}\n\n".encode()))
    second = write(tmp_path / "b.jsonl", line("7", id="2"))

    done = rtm(capsys, "produce", write_job(tmp_path), first, second, "--topic", "orders")

    stored = contents(broker.bootstrap, "orders", 2)
    assert done.status == 0, done
    assert [(one.key, one.value) for one in stored] == [
        (b"7", line("7").encode()),
        (b"7", line("7", id="2").encode()),
    ]


def test_rows_of_csv_go_as_json(capsys: Capture, tmp_path: Path, broker: MockKafka) -> None:
    """With the names of the header; a row of another length is left out, and counted."""
    path = write(
        tmp_path / "a.csv",
        "time,type,user_id,search_term",
        '2026-03-02T10:00:00Z,search,7,"a, b"',
        "2026-03-02T10:00:00Z,search",
    )

    done = rtm(capsys, "produce", write_job(tmp_path), path)

    (stored,) = contents(broker.bootstrap, "clicks", 4)
    assert stored.key == b"7"
    assert json.loads(stored.value or b"")["search_term"] == "a, b"
    assert "; 1 too long to be sent, or no CSV" in done.out


def test_a_field_may_be_the_key(capsys: Capture, tmp_path: Path, broker: MockKafka) -> None:
    """Dots lead into objects; a record without it has no key."""
    nested = json.dumps({"order": {"id": 12}})
    path = write(tmp_path / "a.jsonl", nested, line("7"), "broken")

    rtm(capsys, "produce", write_job(tmp_path), path, "--key", "order.id")

    stored = contents(broker.bootstrap, "clicks", 4)
    assert {(one.key, one.value) for one in stored} == {
        (b"12", nested.encode()),
        (None, line("7").encode()),
        (None, b"broken"),
    }


def test_a_history_is_played_by_its_times_as_if_it_were_now(
    capsys: Capture, tmp_path: Path, broker: MockKafka
) -> None:
    """Two minutes at 120 take a second; all times of a record move by the same whole seconds."""
    path = write(
        tmp_path / "a.jsonl",
        line("7", "2026-03-02T10:00:00.250Z", received_at="2026-03-02T10:00:01Z"),
        line("7", "2026-03-02T10:02:00.250Z"),
    )
    before, began = format_time(time.time_ns() // 1_000_000 - 1_000), time.monotonic()

    done = rtm(capsys, "produce", write_job(tmp_path), path, "--speed", "120", "--from-now")

    took, after = time.monotonic() - began, format_time(time.time_ns() // 1_000_000)
    first, second = (
        json.loads(one.value or b"") for one in contents(broker.bootstrap, "clicks", 4)
    )
    assert done.status == 0, done
    assert 1.0 <= took < 15.0
    assert before <= first["time"] <= after
    assert first["received_at"][-5:] == ".000Z"
    assert first["time"][-5:] == second["time"][-5:] == ".250Z"
    assert first["time"][:17] < second["time"][:17]


def test_records_too_long_for_the_client_are_counted(
    capsys: Capture, tmp_path: Path, broker: MockKafka
) -> None:
    """All others go."""
    path = write(tmp_path / "a.jsonl", line("7"), line("8", text="x" * 1_100_000), line("9"))

    done = rtm(capsys, "produce", write_job(tmp_path), path)

    assert [one.key for one in contents(broker.bootstrap, "clicks", 4)].count(b"8") == 0
    assert "clicks: 2 records" in done.out
    assert "; 1 too long to be sent" in done.out


def test_a_broker_that_is_not_there_is_told(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its address and what to do, and soon."""
    monkeypatch.setenv(BOOTSTRAP, "127.0.0.1:1")
    monkeypatch.setattr("rtm_flows.connectors.kafka.sending._REACH_SECONDS", 0.5)
    path = write(tmp_path / "a.jsonl", line("7"))

    said = complaint(rtm(capsys, "produce", write_job(tmp_path), path), 1)

    assert said.startswith("the broker 127.0.0.1:1 cannot be reached: ")
    assert "rtm broker" in said


def test_a_refused_record_fails_the_command(
    capsys: Capture, tmp_path: Path, broker: MockKafka
) -> None:
    """Nothing is told as written that the broker does not have."""
    broker.refuse_produce(*[KafkaError.TOPIC_AUTHORIZATION_FAILED] * 10)
    path = write(tmp_path / "a.jsonl", *[line(str(number)) for number in range(100)])

    said = complaint(rtm(capsys, "produce", write_job(tmp_path), path), 1)

    assert said.startswith(f"topic clicks at {broker.bootstrap}: a record was not written: ")


@pytest.mark.parametrize("value", ["0", "-1", "fast", "nan", "inf"])
def test_a_speed_that_cannot_be_is_refused(capsys: Capture, tmp_path: Path, value: str) -> None:
    """With what is wanted."""
    done = rtm(capsys, "produce", write_job(tmp_path), "a.jsonl", "--speed", value)

    assert done.status == 2
    assert "wants a number above 0" in done.err


def test_a_stop_keeps_what_went(
    capsys: Capture,
    tmp_path: Path,
    broker: MockKafka,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ctrl-C in a slow play ends it as asked, with the counts."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("rtm_flows.cli.produce._Pace.wait_for", stop)
    done = rtm(capsys, "produce", write_job(tmp_path), write(tmp_path / "a.jsonl", line("7")))

    assert done.status == 0
    assert "clicks: 0 records; stopped before the end" in done.out
    assert not contents(broker.bootstrap, "clicks", 4)
