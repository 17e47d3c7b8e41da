"""Fixtures of the commands: a small shop's events, and its configuration."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rtm_flows.simulate import Shop, simulate
from tests.cli.shop_runs import replayed
from tests.runs.running import write_config


@pytest.fixture(scope="session")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few hours of a small shop, with copies, late and broken records."""
    path = tmp_path_factory.mktemp("events") / "events.jsonl"
    with path.open("wb") as file:
        simulate(
            Shop(people=400, days=0.5, seed=3, duplicates=0.02, late=0.01, broken=0.01), file.write
        )
    return path


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """The shop's configuration, in the test's own folder."""
    return write_config(tmp_path)


@pytest.fixture(scope="session")
def whole_run(events: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the small shop."""
    return replayed(tmp_path_factory.mktemp("audited"), events)


@pytest.fixture
def copy(whole_run: Path, tmp_path: Path) -> Path:
    """A copy of it, to be tampered with; its configuration lies beside it."""
    shutil.copy(whole_run.parent / "shop.toml", tmp_path)
    return Path(shutil.copytree(whole_run, tmp_path / "out"))
