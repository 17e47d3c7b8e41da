"""Learn every table that is there with every model, and print how they compare.

In: options of the command line. Out: a Markdown table on standard output. Refuses to fail for a
table that is not there: it says so and goes on.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.learning.batch import boosting, logistic, out_of_fold
from benchmarks.learning.sets import SETS, Set
from rtm_flows.connectors.tables import read_table
from rtm_flows.measure.evaluate import Quality, quality
from rtm_flows.measure.examples import Examples, examples_of
from rtm_flows.models.named import model_named

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
MODELS = ("default, one pass", "plain River, one pass", "batch logistic", "batch boosting")
HEAD = (
    "| table | rows | model | ROC AUC (95 %) | log loss | Brier | ECE | AUC, last 80 % "
    "| log loss, last 80 % | us/row |\n|---|---|---|---|---|---|---|---|---|---|"
)

Chances = Callable[[Examples], "np.ndarray[tuple[int], np.dtype[np.float64]]"]


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print; the status says whether every figure asked for was reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning", description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=DATA, help="folder of the tables (%(default)s)"
    )
    parser.add_argument("--one-pass", action="store_true", help="leave the batch models out")
    options = parser.parse_args(arguments)
    print(HEAD)
    reached = True
    for table in SETS:
        if not (options.data / table.file).exists():
            print(
                f"{table.name}: skipped, {options.data / table.file} is not there", file=sys.stderr
            )
            continue
        reached &= measure(table, options.data, batch=not options.one_pass)
    return 0 if reached else 1


def measure(table: Set, folder: Path, *, batch: bool) -> bool:
    """Print the rows of one table; return whether its figure was reached."""
    frame = read_table(folder / table.file, table.delimiter)
    rows = examples_of(frame, table.label, exclude=table.exclude)
    labels = np.array(rows.labels, dtype=np.bool_)
    ways: list[Chances] = [_one_pass("intent"), _one_pass("river")]
    if batch:
        ways += [lambda r: out_of_fold(logistic, r), lambda r: out_of_fold(boosting, r)]
    auc = 0.0
    for name, way in zip(MODELS, ways, strict=False):
        start = time.perf_counter()
        found = quality(way(rows), labels)
        cost = (time.perf_counter() - start) / len(labels) * 1e6
        if name == MODELS[0]:
            auc = found.all.roc_auc or 0.0
        print(_line(table, len(labels), name, found, cost), flush=True)
    if table.least is not None and auc < table.least:
        print(f"{table.name}: ROC AUC {auc} is below {table.least}", file=sys.stderr)
        return False
    return True


def _one_pass(name: str) -> Chances:
    def chances(rows: Examples) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        model = model_named(name, rows.number_names, rows.text_names)
        return model.learn_rows(rows.numbers, rows.texts, rows.labels)

    return chances


def _line(table: Set, n: int, model: str, found: Quality, cost: float) -> str:
    every, late = found.all, found.last_80
    low, high = every.roc_auc_95 or (0.0, 1.0)
    mark = " (chosen on)" if table.chosen_on else ""
    return (
        f"| {table.name}{mark} | {n:,} | {model} | {every.roc_auc:.4f} ({low:.3f} to {high:.3f}) "
        f"| {every.log_loss:.4f} | {every.brier:.4f} | {every.ece:.4f} | {late.roc_auc:.4f} "
        f"| {late.log_loss:.4f} | {cost:.0f} |"
    )
