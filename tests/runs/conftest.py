"""Fixtures of whole runs: a simulated shop's events, and the outputs of an undisturbed run."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtm_flows.simulate import Shop, simulate
from tests.runs.running import rtm, write_config


@pytest.fixture(scope="session")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a day of a small shop, with duplicates, late and broken records."""
    path = tmp_path_factory.mktemp("events") / "events.jsonl"
    shop = Shop(people=700, days=0.5, seed=11, duplicates=0.02, late=0.01, broken=0.005)
    with path.open("wb") as file:
        simulate(shop, file.write)
    return path


@pytest.fixture(scope="session")
def many_events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day of a larger shop: enough that a run can be killed in the middle."""
    path = tmp_path_factory.mktemp("many") / "events.jsonl"
    with path.open("wb") as file:
        simulate(Shop(people=1500, days=1.0, seed=12, late=0.01), file.write)
    return path


@pytest.fixture(scope="session")
def many_run(many_events: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of one undisturbed run over many events, in order of arrival."""
    folder = tmp_path_factory.mktemp("many-run")
    config = write_config(folder, sort=False, stripes=1, more="")
    rtm("run", config, "--input", many_events, "--output", folder / "out")
    return folder / "out"


@pytest.fixture(scope="session")
def sorted_run(events: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of one undisturbed run in one process, sorted input."""
    folder = tmp_path_factory.mktemp("sorted")
    rtm("run", write_config(folder), "--input", events, "--output", folder / "out")
    return folder / "out"


@pytest.fixture(scope="session")
def arrival_run(events: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of one undisturbed run in one process, input in order of arrival."""
    folder = tmp_path_factory.mktemp("arrival")
    config = write_config(folder, sort=False, stripes=1)
    rtm("run", config, "--input", events, "--output", folder / "out")
    return folder / "out"
