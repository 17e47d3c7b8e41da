"""What a run serves over HTTP, held against its topics and against what its rounds give.

One run is looked at from all sides, since a run costs seconds.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rtm_flows.metrics import EVICTED_PEOPLE, METRICS
from tests.kafka.live import PARTITIONS, produce, recorded, replayed
from tests.kafka.logs import Read, read_topics
from tests.kafka.mock_cluster import MockKafka, mock_kafka
from tests.kafka.operated import (
    MARK,
    WRITTEN,
    Running,
    Scrape,
    by_label,
    make_job,
    running,
    samples_of,
    send_shop,
    total,
)
from tests.runs.running import kill

FATES = ("accepted", "duplicate", "late", "ignored", "dead_letter")
MOST_SAMPLES = 600
STILL = """
[operating]
stuck = "PT1S"
[[features]]
name = "slept"
kind = "python"
code = "tests.kafka.sleeping:Sleeping"
"""


class Looked(NamedTuple):
    """A run that was looked at until nothing more was to come, and stopped."""

    sent: int
    scrape: Scrape
    text: str
    log: str
    read: dict[str, list[Read]]
    summary: dict[str, Any]


@pytest.fixture(scope="module")
def cluster() -> Iterator[MockKafka]:
    """A cluster for the runs of this file: some of them lose it."""
    with mock_kafka() as broker:
        yield broker


def look(cluster: MockKafka, folder: Path, workers: str) -> Looked:
    """Run a shop's last hours between topics, until nothing more is to come of them."""
    job = make_job(folder, cluster, f"looked{workers}")
    sent = send_shop(cluster, job, seed=5, people=1000)
    options = ("--recovery", folder / "state", "--workers", workers)
    with running(job, *options, "--snapshot-every", "0.2") as run:
        run.wait(lambda: is_written(run, cluster, job.name, sent))
        _, text = run.get("/metrics")
        run.process.terminate()
        assert run.process.wait(20) == 0
    found = read_topics(cluster.bootstrap, job.topics.values(), WRITTEN)
    read = {output: found[topic] for output, topic in job.topics.items()}
    _, summary = replayed(cluster, job.config, recorded(cluster, job.name), ended=False)
    return Looked(sent, samples_of(text), text, run.log, read, summary)


def is_written(run: Running, cluster: MockKafka, name: str, sent: int) -> bool:
    """Tell whether all is read, decided, written and in a snapshot, and time rests."""
    seen = run.scrape()
    decided = total(seen, "rtm_decisions_total")
    return (
        sum(total(seen, "rtm_records_total", fate=fate) for fate in FATES) == sent
        and decided == total(seen, "rtm_triggers_total")
        and decided == total(seen, "rtm_written_records_total", output="decisions")
        and total(seen, "rtm_snapshot_seconds_count") > 0
        and rests(cluster, name)
        and is_decided(run, decided)
    )


def rests(cluster: MockKafka, name: str) -> bool:
    """Tell whether all partitions are recorded as idle: time goes no further, and nothing fires."""
    idle: set[str] = set()
    for one in recorded(cluster, name):
        idle = (idle - one.ends.keys()) | set(one.idle)
    return len(idle) == PARTITIONS


def is_decided(run: Running, decided: float) -> bool:
    """Tell whether no more is decided for longer than an epoch lasts."""
    time.sleep(1.5)
    return total(run.scrape(), "rtm_decisions_total") == decided


def records_by_fate_are_those_of_the_rounds(looked: Looked) -> None:
    """To the record, and what is read is what was sent."""
    for fate in FATES:
        assert total(looked.scrape, "rtm_records_total", fate=fate) == looked.summary[fate], fate
    assert total(looked.scrape, "rtm_input_records_total") == looked.sent
    reasons = by_label(looked.scrape, "rtm_dead_letters_total", "reason")
    assert {reason: count for (reason,), count in reasons.items()} == looked.summary["dead_letters"]
    assert looked.summary["late"] > 0
    assert looked.summary["duplicate"] > 0


def decisions_and_deliveries_are_those_of_the_topics(looked: Looked) -> None:
    """By action and reason, channel, reason: to the record."""
    decisions = [json.loads(one.value) for one in looked.read["decisions"]]
    told = Counter(
        (one["name"], one["reason"] if one["name"] == "no_action" else "") for one in decisions
    )
    assert nonzero(by_label(looked.scrape, "rtm_decisions_total", "action", "reason")) == told
    deliveries = Counter((json.loads(one.value)["channel"],) for one in looked.read["deliveries"])
    assert by_label(looked.scrape, "rtm_deliveries_total", "channel") == deliveries
    undelivered = Counter((json.loads(one.value)["reason"],) for one in looked.read["undelivered"])
    assert by_label(looked.scrape, "rtm_undelivered_total", "reason") == undelivered
    written = {(output,): len(read) for output, read in looked.read.items() if read}
    assert by_label(looked.scrape, "rtm_written_records_total", "output") == written
    assert len(deliveries) > 1
    held = [json.loads(line) for line in looked.log.splitlines() if "_held_back" in line]
    surges = Counter((one["channel"],) for one in held)
    assert by_label(looked.scrape, "rtm_surges_total", "channel") == surges


def triggers_are_those_of_the_decisions(looked: Looked) -> None:
    """Events are one, whatever their type; moments go by their names."""
    triggers = Counter(
        (trigger if ":" not in trigger else "event",)
        for trigger in (
            json.loads(one.value)["trigger"]["type"] for one in looked.read["decisions"]
        )
    )
    assert by_label(looked.scrape, "rtm_triggers_total", "trigger") == triggers
    assert len(triggers) == 2


def models_are_as_learning_has_them(looked: Looked) -> None:
    """The figures of the last period, and every alarm."""
    learning = [json.loads(one.value) for one in looked.read["learning"]]
    periods = [one for one in learning if one["kind"] == "period"]
    judged = [one["roc_auc"] for one in periods if one["roc_auc"] is not None]
    assert total(looked.scrape, "rtm_model_log_loss", model="intent") == periods[-1]["log_loss"]
    assert total(looked.scrape, "rtm_model_roc_auc", model="intent") == judged[-1]
    examples = total(looked.scrape, "rtm_model_examples_total", model="intent")
    assert examples >= sum(one["n"] for one in periods) > 0
    alarms = sum(one["kind"] == "drift" for one in learning)
    # Some hours of the shop have none.
    assert total(looked.scrape, "rtm_model_alarms_total", model="intent") == alarms


def every_metric_is_fed_and_declared(looked: Looked) -> None:
    """A whole run leaves none out, and serves nothing else, with labels as declared."""
    # Who leaves does so after days, or in event order: tests/operating/test_configured.py.
    here = [metric for metric in METRICS if metric != EVICTED_PEOPLE]
    for metric in here:
        name = metric.name + ("_count" if metric.kind == "histogram" else "")
        own = [set(dict(labels)) for found, labels in looked.scrape if found == name]
        assert own, name
        assert all(labels == set(metric.labels) for labels in own), name
    families = re.findall(r"^# TYPE (\S+) (\S+)$", looked.text, re.MULTILINE)
    assert families == [(metric.name, metric.kind) for metric in here]


def durations_sizes_and_progress_make_sense(looked: Looked) -> None:
    """What no output tells is at least of the right kind."""
    seen = looked.scrape
    assert total(seen, "rtm_event_to_decision_seconds_count") == len(looked.read["decisions"])
    assert total(seen, "rtm_round_records_sum") == looked.sent
    assert total(seen, "rtm_partitions_assigned") == 2
    assert total(seen, "rtm_lag_records") == 0
    assert 30 <= total(seen, "rtm_watermark_delay_seconds") < 60
    people = {one.key for one in looked.read["scores"]}
    assert total(seen, "rtm_people") == len(people) > 100
    assert total(seen, "rtm_state_bytes") > total(seen, "rtm_snapshot_bytes") > 1000
    stages = {stage for (stage,) in by_label(seen, "rtm_stage_seconds_count", "stage")}
    wanted = {"read", "enter", "identity", "know", "fold", "decide", "publish", "snapshot"}
    assert stages == wanted
    for (name, labels), value in seen.items():
        if name.endswith("_bucket") and dict(labels)["le"] == "+Inf":
            rest = tuple(pair for pair in labels if pair[0] != "le")
            assert seen[name.replace("_bucket", "_count"), rest] == value
        assert math.isfinite(value)


def nothing_of_anybody_is_in_logs_or_metrics(looked: Looked) -> None:
    """Not a person, an item or an event, broken records included; and labels are few."""
    assert all(MARK.encode() in one.value for one in looked.read["decisions"][:5])
    assert MARK not in looked.log
    assert MARK not in looked.text
    assert len(looked.scrape) < MOST_SAMPLES
    told = [json.loads(line) for line in looked.log.splitlines() if line.startswith("{")]
    assert {one["event"] for one in told} == {"listening", "deliveries_held_back"}


def nonzero(found: dict[tuple[str, ...], float]) -> dict[tuple[str, ...], float]:
    """Return what is not 0: a reason that never came is told as 0."""
    return {labels: value for labels, value in found.items() if value}


CHECKS = (
    records_by_fate_are_those_of_the_rounds,
    decisions_and_deliveries_are_those_of_the_topics,
    triggers_are_those_of_the_decisions,
    models_are_as_learning_has_them,
    every_metric_is_fed_and_declared,
    durations_sizes_and_progress_make_sense,
    nothing_of_anybody_is_in_logs_or_metrics,
)


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.slow)])
def test_what_is_served_is_what_has_happened(
    cluster: MockKafka, tmp_path: Path, workers: str
) -> None:
    """In one process and in two, each check for itself: a run costs seconds."""
    looked = look(cluster, tmp_path, workers)
    for check in CHECKS:
        check(looked)


def test_ready_is_lost_with_the_broker_and_comes_back(cluster: MockKafka, tmp_path: Path) -> None:
    """200, 503 with a reason, 200 again; healthy all the while."""
    job = make_job(tmp_path, cluster, "ready")
    with running(job) as run:
        run.wait(lambda: run.get("/readyz")[0] == 200)
        assert run.scrape()["rtm_partitions_assigned", ()] == 2
        with cluster.away():
            run.wait(lambda: run.get("/readyz")[0] == 503)
            body = run.get("/readyz")[1]
            assert json.loads(body) == {"status": "no", "reason": "the broker does not answer"}
            assert run.get("/healthz")[0] == 200
        run.wait(lambda: run.get("/readyz")[0] == 200)
        assert run.get("/metrics/no")[0] == 404
    told = [json.loads(line) for line in run.log.splitlines() if line.startswith("{")]
    assert Counter(one["event"] for one in told)["broker_trouble"] in {1, 2}


def test_a_loop_that_stands_still_is_told(cluster: MockKafka, tmp_path: Path) -> None:
    """503 with a reason while a step does not come to an end, and 200 again when it has."""
    job = make_job(tmp_path, cluster, "still")
    job.config.write_text("actions = []\n" + job.config.read_text() + STILL)
    event = {"id": "1", "time": time.time_ns() // 1_000_000, "type": "search", "user_id": "a"}
    with running(job) as run:
        run.wait(lambda: run.get("/readyz")[0] == 200)
        assert run.get("/healthz")[0] == 200
        produce(cluster, job.name, [("web", 0, json.dumps(event).encode())])
        run.wait(lambda: run.get("/healthz")[0] == 503)
        for path in ("/healthz", "/readyz"):
            assert "has read nothing and looked for nothing in" in run.get(path)[1]
        run.wait(lambda: run.get("/healthz")[0] == 200)
        run.wait(lambda: total(run.scrape(), "rtm_records_total", fate="accepted") == 1)


def test_counters_begin_at_nothing_after_a_kill(cluster: MockKafka, tmp_path: Path) -> None:
    """They are of a process and not of the job; what is kept of people is there at once."""
    job = make_job(tmp_path, cluster, "killed")
    sent = send_shop(cluster, job, seed=2, people=300)
    options = ("--recovery", tmp_path / "state", "--snapshot-every", "0.1")
    with running(job, *options) as run:
        run.wait(lambda: is_written(run, cluster, job.name, sent))
        people = total(run.scrape(), "rtm_people")
        kill(run.process)
    with running(job, *options) as run:
        run.wait(lambda: run.get("/readyz")[0] == 200)
        seen = run.scrape()
    assert total(seen, "rtm_input_records_total") == 0
    assert total(seen, "rtm_written_records_total") == 0
    assert total(seen, "rtm_people") == people
