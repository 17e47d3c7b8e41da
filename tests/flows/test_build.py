"""The job as a plain dataflow, for one's own program."""

from __future__ import annotations

from pathlib import Path

import pytest
from bytewax.dataflow import Dataflow
from bytewax.testing import run_main

from rtm_flows.config import Job, load, with_input
from rtm_flows.connectors.inputs import open_input
from rtm_flows.errors import OutputError
from rtm_flows.flows import next_best_action
from rtm_flows.lanes.plan import Plan
from rtm_flows.measure.replay import to_files
from rtm_flows.simulate import Shop, simulate
from tests.runs.running import digests, write_config


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A small shop with its events."""
    path = tmp_path / "events.jsonl"
    with path.open("wb") as file:
        simulate(Shop(people=120, days=0.6, seed=4, broken=0.01), file.write)
    return with_input(load(write_config(tmp_path)), (str(path),))


def test_a_flow_run_by_the_engine_writes_what_a_replay_writes(job: Job, tmp_path: Path) -> None:
    """`next_best_action` gives a dataflow like any other; its outputs are complete."""
    flow = next_best_action(job, tmp_path / "flow")
    assert isinstance(flow, Dataflow)
    run_main(flow)  # type: ignore[no-untyped-call]
    source = open_input(job, None)
    (tmp_path / "replay").mkdir()
    to_files(source, Plan.of(job, source.partitions), tmp_path / "replay")

    assert digests(tmp_path / "flow") == digests(tmp_path / "replay")


def test_a_full_folder_is_replaced_only_if_asked_for(job: Job, tmp_path: Path) -> None:
    """As by `rtm run`."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "summary.json").write_text("{}")

    with pytest.raises(OutputError, match="is not empty"):
        next_best_action(job, str(out))
    next_best_action(job, str(out), overwrite=True)
    assert not (out / "summary.json").exists()
