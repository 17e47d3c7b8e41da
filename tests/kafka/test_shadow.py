"""A job in the shadow of another: it writes elsewhere, and the two can be compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rtm_flows.config import load
from rtm_flows.connectors.kafka.topics import wanted
from rtm_flows.simulate import Shop, simulate
from tests.kafka.jobs import SHOP
from tests.kafka.mock_cluster import MockKafka, mock_kafka
from tests.runs.running import lines, rtm

JOB = (
    SHOP
    + """
[kafka]
bootstrap = "{bootstrap}"
most = {most}
group = "{group}"
[[kafka.topics]]
name = "web"
[kafka.written]
prefix = "{group}."
deliveries = {deliveries}
[[actions]]
name = "free_shipping"
propensity = "score"
value = 15.0
eligible = "cart_value >= {least}"
"""
)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockKafka]:
    """A cluster that has a day of a shop in one topic."""
    events = tmp_path_factory.mktemp("events") / "events.jsonl"
    with events.open("wb") as file:
        simulate(Shop(people=100, days=1.0, seed=21, duplicates=0.02, broken=0.005), file.write)
    with mock_kafka() as broker:
        broker.create_topic("web", 2)
        rtm("produce", job(events.parent, broker, "none"), events, "--quiet")
        yield broker


def job(
    folder: Path,
    broker: MockKafka,
    group: str,
    *,
    least: int = 1,
    most: int = 4096,
    deliveries: bool = True,
) -> Path:
    """Write a job, whose outputs have a prefix of their own, and make their topics."""
    path = folder / f"{group}.toml"
    told = {"least": least, "most": most, "deliveries": str(deliveries).lower()}
    path.write_text(JOB.format(bootstrap=broker.bootstrap, group=group, **told))
    for one in wanted(load(path)):
        if one.topic != "web":
            broker.create_topic(one.topic, one.partitions or 1)
    return path


def ran(folder: Path, config: Path) -> Path:
    """Run a job to the end of its topic, and export what it has written."""
    rtm("run", config, "--to-end", "--quiet", "--recovery", folder / f"{config.stem}-state")
    out = folder / config.stem
    rtm("export", config, "--outputs", "--output", out)
    return out


@pytest.fixture(scope="module")
def live(cluster: MockKafka, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A job that has run to the end of its topic: its configuration, and what it has written."""
    folder = tmp_path_factory.mktemp("live")
    config = job(folder, cluster, "live")
    return config, ran(folder, config)


def test_exported_outputs_are_the_files_of_a_run(live: tuple[Path, Path], tmp_path: Path) -> None:
    """To the byte; only late records, which have no clock, are in the order of their partitions."""
    config, out = live
    rtm("export", config, "--output", tmp_path / "history")
    rtm("replay", config, "--input", tmp_path / "history", "--output", tmp_path / "again")

    again = [path for path in (tmp_path / "again").iterdir() if path.suffix == ".jsonl"]
    assert len(again) >= 6
    for path in again:
        found, expected = ((folder / path.name).read_bytes() for folder in (out, path.parent))
        if path.name == "late.jsonl":
            found, expected = (b"\n".join(sorted(one.split(b"\n"))) for one in (found, expected))
        assert found == expected, path.name
    assert rtm("diff", out, tmp_path / "again").count("every decision is the same") == 1


def test_a_shadow_differs_in_what_its_rule_changes(
    live: tuple[Path, Path], cluster: MockKafka, tmp_path: Path
) -> None:
    """Other rounds, another rule; nothing goes out; diff tells the rule and nothing else."""
    _, out = live
    config = job(tmp_path, cluster, "shadow", least=60, most=37, deliveries=False)
    shadow = ran(tmp_path, config)

    assert (out / "deliveries.jsonl").exists()
    assert not list(shadow.glob("*deliver*"))
    told = json.loads(rtm("diff", out, shadow, "--json", status=1))
    assert (told["warnings"], told["only"]) == ([], [0, 0])
    one, two = (
        {decision["decision_id"]: decision for decision in lines(run / "decisions.jsonl")}
        for run in (out, shadow)
    )
    assert told["changed"] == sum(
        {**first, "config": None} != {**two[id_], "config": None} for id_, first in one.items()
    )
    assert {kind["stage"] for kind in told["kinds"]} <= {"eligibility", "rule"}
    assert told["changed"]


def test_of_two_jobs_that_are_not_equally_far_a_span_is_compared(
    live: tuple[Path, Path], tmp_path: Path
) -> None:
    """Only what is between two times; a time without a zone is refused."""
    config, whole = live
    times = [decision["decision_time"] for decision in lines(whole / "decisions.jsonl")]
    since, until = times[len(times) // 3], times[len(times) // 2]
    out = tmp_path / "part"
    rtm("export", config, "--outputs", "--output", out, "--since", since, "--until", until)

    part = [decision["decision_time"] for decision in lines(out / "decisions.jsonl")]
    assert part == [time for time in times if since <= time < until]
    bad = ("export", config, "--output", tmp_path / "bad", "--outputs", "--since", "2026-01-01")
    assert "wants a time with its zone" in rtm(*bad, status=2)
    assert "are for --outputs" in rtm(
        "export", config, "--output", tmp_path / "bad", "--since", since, status=2
    )
