"""The breaker in whole runs: no minute of a channel has too much, killed or not."""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from rtm_flows.config.kafka import Kafka
from rtm_flows.connectors.kafka.recent import Recent
from rtm_flows.lanes.breaker import Delivered
from tests.kafka.last_hour import last_hour
from tests.kafka.logs import Read, count_records
from tests.kafka.mock_cluster import MockKafka, mock_kafka
from tests.kafka.test_run_to_topics import EVERY, PARTITIONS, Live, live, wait_for_records
from tests.runs.running import kill, rtm, start

SHARE = 2
BREAKER = f"[kafka.written.breaker]\nothers = {SHARE * PARTITIONS}\n"


@pytest.fixture(scope="module")
def cluster() -> Iterator[MockKafka]:
    """A cluster for the tests of this file."""
    with mock_kafka() as broker:
        yield broker


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hour up to now of a shop: many of its decisions could still go out."""
    path = tmp_path_factory.mktemp("events") / "events.jsonl"
    path.write_bytes(last_hour(4000).text)
    return path


def guarded(folder: Path, cluster: MockKafka, name: str, more: str = "") -> Live:
    """Write a job with a breaker, and make its topics."""
    job = live(folder, cluster, name)
    job.config.write_text(job.config.read_text() + BREAKER + more)
    return job


def wait_for_sends(job: Live, process: subprocess.Popen[bytes]) -> bool:
    """Wait until something has gone out and more is written; False if the run ended first."""
    sent = [job.topics["deliveries"]]
    while process.poll() is None:
        if count_records(job.bootstrap, sent, PARTITIONS) >= SHARE:
            return wait_for_records(job, process, 60)
        time.sleep(0.02)
    return False


def fates(read: dict[str, list[Read]]) -> Counter[str]:
    """Count what became of decisions; each must have one fate, and no minute too much."""
    ids = [one.id for output in ("deliveries", "undelivered") for one in read[output]]
    decided = map(json.loads, (one.value for one in read["decisions"]))
    assert sorted(ids) == sorted(
        one["decision_id"] for one in decided if one["name"] != "no_action"
    )
    sent: dict[tuple[int, str], list[int]] = defaultdict(list)
    for one in read["deliveries"]:
        sent[one.partition, json.loads(one.value)["channel"]].append(one.time)
    for times in map(sorted, sent.values()):
        # The clock is looked at a moment before the record is sent.
        assert all(b - a > 55_000 for a, b in zip(times, times[SHARE:], strict=False))
    return Counter(json.loads(one.value)["reason"] for one in read["undelivered"]) + Counter(
        out=len(read["deliveries"])
    )


@pytest.mark.slow
def test_kills_do_not_let_more_out(cluster: MockKafka, events: Path, tmp_path: Path) -> None:
    """What a killed run has sent is in the topics only, and counts for the next."""
    job = guarded(tmp_path, cluster, "guarded")
    run = ("run", job.config, "--input", events, "--recovery", tmp_path / "state")
    for _ in range(2):
        process = start(*run, *EVERY)
        assert wait_for_sends(job, process)
        time.sleep(0.5)  # snapshots follow: what they know of is not told again
        kill(process)
    rtm(*run, "--workers", "2")

    found = fates(job.read())
    assert found["out"] >= SHARE * PARTITIONS
    assert found["surge"]
    assert set(found) == {"out", "surge", "expired"}


def test_a_surge_stops_the_job_until_somebody_says_otherwise(
    cluster: MockKafka, events: Path, tmp_path: Path
) -> None:
    """Status 1 and why; with `hold` the same job goes on."""
    job = guarded(tmp_path, cluster, "stopping", 'on_surge = "stop"\n')
    run = ("run", job.config, "--input", events, "--recovery", tmp_path / "state")
    told = rtm(*run, status=1)
    assert "2 a minute is the share of this partition" in told.splitlines()[-1]
    job.config.write_text(job.config.read_text().replace('"stop"', '"hold"'))
    logged = [json.loads(line) for line in rtm(*run).splitlines() if line.startswith("{")]
    held = [one for one in logged if one["event"] == "deliveries_held_back"]
    assert "onsite" in {one["channel"] for one in held}
    assert all(one["waiting"] > 0 for one in held)

    assert fates(job.read())["surge"]


def test_what_went_out_lately_is_read_back_from_the_end(cluster: MockKafka) -> None:
    """As far as a minute reaches, however much that is; what is older may be left out."""
    cluster.create_topic("sent", 1)
    producer = Producer({"bootstrap.servers": cluster.bootstrap})
    now = 1_767_225_600_000
    times = [now - 90_000 + 20 * n for n in range(4500)]
    for number, at in enumerate(times):
        line = {"decision_id": str(number), "channel": "email"}
        producer.produce("sent", json.dumps(line), None, 0, timestamp=at)
    producer.produce("sent", b"stray", None, 0, timestamp=now + 50)
    producer.produce("sent", b'{"decision_id":"late","channel":"push"}', None, 0, timestamp=now + 9)
    assert producer.flush(10) == 0

    rule = Kafka(bootstrap=cluster.bootstrap)
    found = Recent(rule, "g", {"sent": (4400,)})(0, now)

    expected = [Delivered(str(n) if n >= 4400 else None, "email", at) for n, at in enumerate(times)]
    assert found == [*expected[-(4 * 1000 - 2) :], Delivered("late", "push", now)]
    assert found[0].at < now - 60_000
