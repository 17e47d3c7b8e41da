"""Topics: what a job wants, what is amiss with what there is, and the commands that tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rtm_flows.cli import main
from rtm_flows.config import Job, load
from rtm_flows.connectors.kafka.producer import BATCH
from rtm_flows.connectors.kafka.topics import (
    There,
    Topics,
    Wanted,
    delivers,
    faults,
    wanted,
    written,
)
from rtm_flows.errors import BrokerError
from tests.kafka.broker import Broker
from tests.kafka.mock_cluster import MockKafka, mock_kafka

OUTPUTS = ["sessions", "decisions", "scores", "late", "dead_letters", "learning"]
DAY = 86_400_000


@pytest.fixture(scope="module")
def cluster() -> Iterator[MockKafka]:
    """A cluster for the tests of this file."""
    with mock_kafka() as broker:
        yield broker


def job(**kafka: Any) -> Job:
    """Return a job that writes to topics."""
    rule = {"written": {"retention": "P7D"}, **kafka}
    return load({"name": "shop", "outputs": {"kind": "kafka"}, "kafka": rule})


def as_wanted(one: Job) -> dict[str, There]:
    """Return the topics of a job as it wants them."""
    return {topic.topic: There(topic.partitions or 3) for topic in wanted(one)}


def config(folder: Path, bootstrap: str, prefix: str) -> Path:
    """Write a job that writes to topics."""
    path = folder / "shop.toml"
    path.write_text(
        f'[outputs]\nkind = "kafka"\n[kafka]\nbootstrap = "{bootstrap}"\n'
        f'[kafka.written]\nprefix = "{prefix}."\nretention = "P7D"\n'
    )
    return path


def test_each_output_has_a_topic() -> None:
    """With deliveries beside the outputs of files, and the summary left out."""
    names = [*OUTPUTS, "deliveries", "undelivered"]

    assert written(job()) == {name: f"shop.{name}" for name in names}
    assert wanted(job()) == [Wanted(f"shop.{name}", name, 4, 7 * DAY) for name in names]


def test_what_is_read_is_wanted_as_it_is() -> None:
    """Topics that are read may have any number of partitions, the log of rounds has one."""
    read = {"topics": [{"name": "web"}, {"name": "orders", "control": True}]}
    one = load(
        {"name": "shop", "input": {"kind": "kafka"}, "outputs": {"kind": "files"}, "kafka": read}
    )

    assert wanted(one) == [
        Wanted("web", "read"),
        Wanted("orders", "control"),
        Wanted("shop.rounds", "rounds", 1),
    ]


def test_deliveries_by_channel() -> None:
    """A topic a channel that any offer goes by."""
    actions = [
        {"name": "mail", "channel": "email"},
        {"name": "greet", "treatments": [{"name": "a", "channel": "push"}, {"name": "b"}]},
    ]
    rule = {"written": {"channels": True}}
    one = load({"name": "s", "outputs": {"kind": "kafka"}, "kafka": rule, "actions": actions})

    found = [name for name in written(one) if name.startswith("deliveries")]
    assert found == ["deliveries.email", "deliveries.push", "deliveries.onsite"]


def test_flat_decisions_may_lack_what_deliveries_need() -> None:
    """Without the times of a decision nobody can tell whether it may go out."""
    flat = {"kind": "kafka", "decisions": {"fields": ["user_id", "action"]}}
    one = load({"name": "shop", "outputs": flat, "kafka": {}})

    assert not delivers(one)
    assert set(written(one)) == set(OUTPUTS)


@pytest.mark.parametrize(
    ("there", "told"),
    [
        (None, "shop.scores: is not there; `rtm topics JOB.toml --create` makes it"),
        (There(3), "shop.scores: has 3 partitions where 4 are wanted (kafka.written.partitions)"),
        (There(8), "shop.scores: has 8 partitions where 4 are wanted (kafka.written.partitions)"),
        (There(4, cleanup="compact,delete"), "shop.scores: is compacted (cleanup.policy)"),
        (There(4, largest=BATCH - 1), f"shop.scores: takes batches of {BATCH - 1} bytes at most"),
    ],
)
def test_each_fault_is_told_with_its_remedy(there: There | None, told: str) -> None:
    """One line a fault, beginning with the topic; where all is well, none."""
    found = as_wanted(job())
    assert faults(job(), found) == []

    if there is None:
        del found["shop.scores"]
    else:
        found["shop.scores"] = there

    (fault,) = faults(job(), found)
    assert fault.startswith(told)


def test_a_broker_that_is_away_is_told_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text asks what to look at."""
    monkeypatch.setattr("rtm_flows.connectors.kafka.topics.SECONDS", 0.3)
    topics = Topics(job(bootstrap="127.0.0.1:1").kafka)  # type: ignore[arg-type]

    with pytest.raises(BrokerError, match=r"^kafka.bootstrap: 127.0.0.1:1 does not answer"):
        topics.there(["shop.scores"])


def test_the_commands_tell_what_is_amiss_and_what_is_well(
    cluster: MockKafka, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing topic makes the check fail; with all of them there it passes."""
    path = config(tmp_path, cluster.bootstrap, "told")
    names = list(written(load(path)).values())
    for name in names[1:]:
        cluster.create_topic(name, 4)

    assert main(["check", str(path), "--broker"]) == 1
    assert f"{names[0]}: is not there" in capsys.readouterr().out
    assert main(["topics", str(path)]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed[1].split() == [names[0], "written:", "sessions", "4", "P7D", "no"]
    assert listed[2].split() == [names[1], "written:", "decisions", "4", "yes"]

    cluster.create_topic(names[0], 4)
    assert main(["check", str(path), "--broker"]) == 0
    assert "its 8 topics are as they should be" in capsys.readouterr().out


def test_a_run_without_its_topics_is_refused(
    cluster: MockKafka, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All that are missing are named, before any record is read."""
    path = config(tmp_path, cluster.bootstrap, "absent")
    events = tmp_path / "events.jsonl"
    events.write_text("")

    assert main(["run", str(path), "--input", str(events)]) == 1
    told = capsys.readouterr().err
    assert told.count("rtm topics JOB.toml --create") == 8
    assert told.startswith("rtm: absent.sessions: is not there")


@pytest.mark.kafka
def test_missing_topics_are_made_as_configured(
    real_broker: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the real broker: made once, with partitions and retention, and then all is well."""
    path = config(tmp_path, real_broker.bootstrap, "made")

    for _ in range(2):
        assert main(["topics", str(path), "--create"]) == 0
        assert capsys.readouterr().out.count(" P7D ") == 8
    assert main(["check", str(path), "--broker"]) == 0
