"""The offline feature table: what was served, and the label that the fold learned."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtm_flows.cli import main
from rtm_flows.columns import Table
from rtm_flows.config import load, with_input
from rtm_flows.connectors.histories import entered
from rtm_flows.connectors.inputs import open_input
from rtm_flows.lanes.engine import Engine
from rtm_flows.lanes.plan import CHURN, INTENT, Plan
from rtm_flows.measure.replay import replay
from rtm_flows.measure.served import Served
from rtm_flows.people.parts import OVER, PARTS
from tests.job_strategies import leaving
from tests.lanes.answers import ListeningFold
from tests.strategies import World, worlds

FIRST = datetime(2026, 3, 2, 10, tzinfo=UTC)
COUNTS = [
    {"name": "start", "kind": "session_count", "types": ["*"]},
    {"name": "buys", "kind": "session_count", "types": ["purchase"]},
]
JOB: dict[str, Any] = {"name": "tiny", "lanes": 2, "features": COUNTS, "actions": []}


def written(folder: Path, *told: tuple[int, str]) -> Path:
    """Write events of one person, each a minute after 10:00 and a type."""
    path = folder / "events.jsonl"
    lines = [
        {"id": f"e{n}", "time": (FIRST + timedelta(minutes=at)).isoformat(), "user_id": "ann",
         "type": kind}
        for n, (at, kind) in enumerate(told)
    ]  # fmt: skip
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def examples_and_table(world: World, folder: Path) -> tuple[list[Table], pl.DataFrame, Plan]:
    """Return what the fold heard of a world, and the feature table."""
    path = folder / "events.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in world.lines))
    source = open_input(with_input(load(world.job), (str(path),)), None)
    plan, served = Plan.of(load(world.job), source.partitions), Served()
    engine = Engine(plan, served)
    engine._fold = fold = ListeningFold(plan)
    for batch in entered(source, plan):
        engine.push(batch)
    return fold.heard, served.frame(plan), plan


@settings(max_examples=25)
@given(worlds())
def test_every_example_is_a_row_of_the_table(
    tmp_path_factory: pytest.TempPathFactory, world: World
) -> None:
    """What the fold learned stands in the table with its features, its label and its time.

    With a horizon no other row has a label.
    """
    heard, table, plan = examples_and_table(world, tmp_path_factory.mktemp("world"))

    known = table.filter(pl.col("label_intent").is_not_null())
    numbers = known.select(plan.feature_names).to_numpy()
    times = known["label_time_intent"].dt.epoch("ms")
    told = zip(known["person"], times, known["label_intent"], strict=True)
    rows = {(*one, x.tobytes()) for one, x in zip(told, np.array(numbers), strict=True)}
    horizon = plan.intent.horizon_ms is not None
    examples = labelled(heard, INTENT, horizon=horizon)
    for place, x in examples:
        assert (*place, x.tobytes()) in rows
    if horizon:
        assert len(known) == len(examples)


def labelled(
    heard: list[Table], model: int, *, horizon: bool = False
) -> list[tuple[tuple[Any, ...], np.ndarray[Any, Any]]]:
    """Return the examples of a model: person, time and label, and the features.

    With a horizon, intent has three parts a row, of which the last has the label.
    """
    told = []
    for table in heard:
        own = table.take(table["model"] == model)
        if horizon:
            own = own.take(own["sequence"] % PARTS == OVER)
        places = zip(*(own[name].tolist() for name in ("person", "time", "label")), strict=True)
        told += list(zip(places, np.ascontiguousarray(own["x"]), strict=True))
    return told


@settings(max_examples=25)
@given(worlds(), st.data())
def test_the_labels_of_churn_are_its_examples(
    tmp_path_factory: pytest.TempPathFactory, world: World, data: st.DataObject
) -> None:
    """One row an example, with its features, due a horizon after its clock; null elsewhere."""
    churn = data.draw(leaving(int(world.job["sessions"]["gap"][2:-1])))
    models = {**world.job["models"], "churn": churn}
    job = {**world.job, "models": models}
    heard, table, plan = examples_and_table(
        World(job, world.lines), tmp_path_factory.mktemp("world")
    )
    known = table.filter(pl.col("label_time_churn").is_not_null())
    numbers = np.array(known.select(plan.feature_names).to_numpy())
    times = known["label_time_churn"].dt.epoch("ms")
    told = zip(known["person"], times, known["label_churn"], strict=True)
    rows = sorted((*one, x.tobytes()) for one, x in zip(told, numbers, strict=True))

    assert rows == sorted((*place, x.tobytes()) for place, x in labelled(heard, CHURN))
    assert plan.churn is not None
    assert (times - known["time"].dt.epoch("ms") == plan.churn.horizon_ms).all()


def test_a_label_looks_ahead_and_features_do_not(tmp_path: Path) -> None:
    """Rows before the purchase are positive, when the session ends; a later session is not."""
    path = written(
        tmp_path, (0, "search"), (5, "view_item"), (6, "purchase"), (7, "search"), (90, "search"),
        (200, "search"),
    )  # fmt: skip
    table = replay(load(JOB), path).features

    assert table["session"].to_list() == [1, 1, 1, 1, 2, 3]
    assert table["start"].to_list() == [1.0, 2.0, 3.0, 4.0, 1.0, 1.0]
    assert table["label_intent"].to_list() == [True, True, None, None, False, None]
    ends = [FIRST + timedelta(minutes=37)] * 2 + [None, None, FIRST + timedelta(minutes=120), None]
    assert table["label_time_intent"].to_list() == ends


def test_the_table_is_written_as_parquet(tmp_path: Path) -> None:
    """Beside the outputs, with the same rows as in Python, and under its name only when whole."""
    path = written(tmp_path, (0, "search"), (90, "purchase"))
    (tmp_path / "job.toml").write_text('name = "tiny"\n')
    target = tmp_path / "features.parquet"

    command = ["replay", str(tmp_path / "job.toml"), "--input", str(path)]
    code = main([*command, "--output", str(tmp_path / "out"), "--features", str(target), "--quiet"])

    assert code == 0
    assert pl.read_parquet(target).equals(replay(load(tmp_path / "job.toml"), path).features)
    assert [one.name for one in tmp_path.glob("*.partial")] == []


@pytest.mark.parametrize("name", ["features.csv", "nowhere/features.parquet"])
def test_a_table_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """A wrong ending, or a missing folder, is refused before the replay begins."""
    path = written(tmp_path, (0, "search"))
    (tmp_path / "job.toml").write_text('name = "tiny"\n')
    command = ["replay", str(tmp_path / "job.toml"), "--input", str(path), "--quiet"]
    command += ["--output", str(tmp_path / "out"), "--features", str(tmp_path / name)]

    try:
        code = main(command)
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1

    assert code != 0
    assert name in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
