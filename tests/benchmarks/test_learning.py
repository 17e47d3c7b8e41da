"""The table of learners: every party judged alike, missing data told and not fatal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.learning import run
from benchmarks.learning.batch import boosting, logistic, out_of_fold
from benchmarks.learning.sets import SETS, Set
from rtm_flows.measure.evaluate import quality
from rtm_flows.measure.examples import examples_of

Capture = pytest.CaptureFixture[str]


def customers(n: int = 400) -> pl.DataFrame:
    """Return customers of whom those of one city, and the new ones, leave."""
    random = np.random.default_rng(1)
    months = random.integers(1, 60, n).astype(float)
    city = random.choice(["Ulm", "Jena", "Hof"], n)
    left = random.random(n) < 1 / (1 + np.exp(months / 10 - 2 - 2 * (city == "Ulm")))
    gaps = np.where(random.random(n) < 0.1, np.nan, months)
    return pl.DataFrame({"months": gaps, "city": city, "left": left}).with_columns(
        pl.col("months").fill_nan(None)
    )


def test_what_is_not_there_is_told(tmp_path: Path, capsys: Capture) -> None:
    """An empty folder gives an empty table, and a line for each set."""
    assert run.main(["--data", str(tmp_path)]) == 0

    done = capsys.readouterr()
    assert done.out.strip() == run.HEAD
    assert done.err.count("skipped") == len(SETS)


@pytest.mark.parametrize(("least", "status"), [(0.6, 0), (0.999, 1)])
def test_all_models_are_measured(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, least: float, status: int
) -> None:
    """One line a model; the status tells whether the figure asked for was reached."""
    customers().write_csv(tmp_path / "customers.csv")
    monkeypatch.setattr(
        "benchmarks.learning.run.SETS", (Set("customers", "customers.csv", "left", least=least),)
    )

    assert run.main(["--data", str(tmp_path), "--one-pass"]) == status

    lines = capsys.readouterr().out.removeprefix(run.HEAD).strip().splitlines()
    assert [line.split(" | ")[2] for line in lines] == list(run.MODELS[:2])


@pytest.mark.parametrize("model", [logistic, pytest.param(boosting, marks=pytest.mark.slow)])
def test_batch_models_do_not_see_the_row_they_predict(model: object) -> None:
    """Of labels that are coins they know nothing; of others much."""
    pytest.importorskip("sklearn")
    frame = customers()
    rows = examples_of(frame, "left")
    coins = rows._replace(labels=(np.random.default_rng(3).random(len(frame)) < 0.5).tolist())

    learned = quality(out_of_fold(model, rows), np.array(rows.labels)).all  # type: ignore[arg-type]
    guessed = quality(out_of_fold(model, coins), np.array(coins.labels)).all  # type: ignore[arg-type]

    assert (learned.roc_auc or 0.0) > 0.7
    assert (guessed.roc_auc or 1.0) < 0.6
