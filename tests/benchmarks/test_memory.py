"""The measurement of memory: it counts each thing once, and tells of both jobs."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from benchmarks.held import held
from benchmarks.memory import job_of, main, measure
from rtm_flows.simulate import Shop, simulate

SHOP = Shop(people=60, days=1)


class Holder:
    """Something with slots, a view, and a circle."""

    __slots__ = ("array", "circle", "view")

    def __init__(self) -> None:
        self.array = np.zeros(1000)
        self.view = self.array[:1]
        self.circle = self


def test_what_is_shared_counts_once() -> None:
    """A view is part of its array, and a circle ends."""
    (size,) = {"holder": sum(held({"holder": Holder()}).values())}.values()

    assert 8_000 <= size < 8_500


def test_bytes_are_told_by_where_they_are() -> None:
    """Three steps deep, and nothing of what is left out."""
    found = held({"a": {"b": {"c": {"d": bytes(5_000)}}}, "z": bytes(100)}, ("z",))

    assert found["a/b/c"] > 5_000
    assert not [place for place in found if place.startswith("z")]


@pytest.mark.parametrize(("name", "features"), [("shop", 62), ("peers", 20)])
def test_the_state_of_a_job_is_measured_by_part(name: str, features: int, tmp_path: Path) -> None:
    """Every part of the state has a name of its own, and no person is left out."""
    path, lines = tmp_path / "events.jsonl", io.BytesIO()
    truth = simulate(SHOP, lines.write)
    path.write_bytes(lines.getvalue())
    found = measure(job_of(name), path)

    assert found.features == features
    assert found.people == truth.people
    assert 0 < found.events <= truth.records
    assert {"kept rows", "keys and their index", "features: windows"} <= set(found.parts)
    assert ("pending row" in found.parts) == (name == "shop")
    ours = {"habits", "elapsed", "lifetime", "ratios", "service", "affinities"}
    assert {f"features: {one}" in found.parts for one in ours} == {name == "shop"}
    assert min(found.parts.values()) > 0
    assert 0 < found.unused < sum(found.parts.values())


def test_the_command_prints_a_table_of_each_job(capfd: pytest.CaptureFixture[str]) -> None:
    """Each in a process of its own."""
    assert main(["--people", "40", "--days", "0.3"]) == 0

    told = capfd.readouterr().out
    assert "shop: 62 features" in told
    assert "peers: 20 features" in told
    assert told.count("**all that is held**") == told.count("process grew by") == 2
