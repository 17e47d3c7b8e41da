"""The measurement of the forest: every table and cost that is named is printed."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from benchmarks.learning import forest
from benchmarks.learning.sets import Set


def test_models_and_costs_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that is there has a row for each model, one that is not is told of."""
    rows = range(400)
    frame = pl.DataFrame(
        {
            "visits": [i % 7 for i in rows],
            "plan": ["ab"[i % 2] for i in rows],
            "left": ["no" if i % 3 else "yes" for i in rows],
        }
    )
    frame.write_csv(tmp_path / "customers.csv")
    tables = (Set("customers", "customers.csv", "left"), Set("none", "none.csv", "left"))
    monkeypatch.setattr(forest, "SETS", tables)
    monkeypatch.setattr(forest, "COSTS", ((3, 250),))

    assert forest.main(["--data", str(tmp_path)]) == 0

    told = capsys.readouterr()
    qualities, costs = told.out.strip().split("\n\n")
    models = ["the job's model", "default learner", "forest"]
    assert [line.split(" | ")[1] for line in qualities.splitlines()[2:]] == models
    assert costs.splitlines()[2].startswith("| 3 | 250 | ")
    assert told.err.startswith("none: skipped")


def test_a_cost_is_of_every_kind() -> None:
    """Time, memory, size and restoring are measured."""
    mean, quickest, memory, saved, restoring = forest.cost(3, 300)

    assert min(mean, quickest) > 0.0
    # Of the whole process, which may give some back meanwhile.
    assert abs(memory) < 500.0
    assert saved == pytest.approx(300 * 13 / 1e6, rel=0.1)
    assert restoring > 0.0
