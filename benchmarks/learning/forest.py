"""The forest, measured: `python -m benchmarks.learning.forest`.

In: options of the command line. Out: Markdown tables on standard output: how well it predicts a
real table beside the job's model and the default learner, and what it costs. Refuses to share a
process between two measurements of memory.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.learning.run import DATA
from benchmarks.learning.sets import SETS, Set
from rtm_flows.connectors.tables import read_table
from rtm_flows.measure.evaluate import quality
from rtm_flows.measure.examples import Examples, examples_of
from rtm_flows.models.forest import Forest
from rtm_flows.models.forest_rule import ForestRule
from rtm_flows.models.learner import Learner
from rtm_flows.models.logistic import COUNTS, Logistic
from rtm_flows.models.steps import plain

Vector = NDArray[np.float64]
Labels = Sequence[bool]

COSTS = ((26, 9_999), (26, 49_999), (61, 9_999), (61, 49_999))
"""Features, and examples learned: just before a generation is felled, when most is kept."""

_RUN = 100


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning.forest")
    parser.add_argument(
        "--data", type=Path, default=DATA, help="folder of the tables (%(default)s)"
    )
    parser.add_argument(
        "--shrink", type=int, default=1, help="divide the numbers of examples (%(default)s)"
    )
    options = parser.parse_args(arguments)
    Forest(["warm"])  # imports River, which takes seconds
    _print_qualities(options.data, options.shrink)
    _print_costs(options.shrink)
    return 0


def _print_qualities(data: Path, shrink: int) -> None:
    print("| table | model | ROC AUC | log loss | AUC, last 80 % | us |\n|---|---|---|---|---|---|")
    for table in SETS:
        if not (data / table.file).exists():
            print(f"{table.name}: skipped, {data / table.file} is not there", file=sys.stderr)
            continue
        for row in _qualities(table, data, shrink):
            print(f"| {table.name} | {row} |", flush=True)


def _qualities(table: Set, data: Path, shrink: int) -> list[str]:
    frame = read_table(data / table.file, table.delimiter)
    rows = examples_of(frame.head(len(frame) // shrink), table.label, exclude=table.exclude)
    x = _as_numbers(rows)
    names = [str(column) for column in range(x.shape[1])]
    ways: dict[str, Callable[[], Vector]] = {
        "the job's model": lambda: _kernel(x, rows.labels),
        "default learner": lambda: Learner(rows.number_names, rows.text_names).learn_rows(
            rows.numbers, rows.texts, rows.labels
        ),
        "forest": lambda: Forest(names).learn_rows(x, rows.labels),
    }
    told = []
    for name, way in ways.items():
        start = time.process_time()
        chances = way()
        spent = (time.process_time() - start) / len(x) * 1e6
        found = quality(chances, np.array(rows.labels, dtype=np.bool_))
        whole, last = found.all, found.last_80
        told.append(
            f"{name} | {whole.roc_auc:.4f} | {whole.log_loss:.4f} | {last.roc_auc:.4f} "
            f"| {spent:.0f}"
        )
    return told


def _as_numbers(rows: Examples) -> Vector:
    """Return all columns as numbers: texts one by one, what is missing as 0."""
    columns = [np.where(np.isfinite(rows.numbers), rows.numbers, 0.0)]
    for codes in rows.texts.T:
        columns.append((codes[:, None] == np.unique(codes)).astype(np.float64))
    return np.concatenate(columns, axis=1)


def _kernel(x: Vector, labels: Labels) -> Vector:
    size = x.shape[1]
    model = Logistic([str(column) for column in range(size)])
    rows = model.learn_steps(x, plain(list(labels)))[:-1]
    means, slopes = rows[:, COUNTS : COUNTS + size], rows[:, COUNTS + size :]
    chances: Vector = 1.0 / (1.0 + np.exp(-((x - means) * slopes).sum(axis=1) - rows[:, 2]))
    return chances


def _print_costs(shrink: int) -> None:
    print(
        "\n| features | examples | us an example | us, quickest hundred | memory, MB | saved, MB "
        "| restoring, s |\n|---|---|---|---|---|---|---|"
    )
    fresh = multiprocessing.get_context("spawn")
    for features, examples in COSTS:
        with fresh.Pool(1) as pool:
            cells = pool.apply(cost, (features, examples // shrink))
        told = " | ".join(f"{cell:.1f}" for cell in cells)
        print(f"| {features} | {examples // shrink:,} | {told} |", flush=True)


def cost(features: int, examples: int) -> list[float]:
    """Return what a forest costs: microseconds, megabytes, and seconds to restore."""
    chance = np.random.default_rng(1)
    x = chance.normal(size=(examples, features))
    labels = (x[:, 0] * x[:, 1] + x[:, 2] > 1.0) ^ (chance.random(examples) < 0.1)
    names = [str(column) for column in range(features)]
    forest = Forest(names)
    forest.predict_rows(x[:1])
    before, spent = _memory(), []
    for start in range(0, examples, _RUN):
        begun = time.process_time()
        forest.learn_rows(x[start : start + _RUN], labels[start : start + _RUN].tolist())
        spent.append((time.process_time() - begun) / _RUN * 1e6)
    used = _memory() - before
    data = forest.to_bytes()
    begun = time.process_time()
    Forest.from_bytes(data, names, ForestRule())
    restoring = time.process_time() - begun
    # The quickest of the second half: the first has trees of few leaves.
    quick = min(spent[len(spent) // 2 :])
    return [float(np.mean(spent)), quick, used, len(data) / 1e6, restoring]


def _memory() -> float:
    """Return the megabytes that the process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    sys.exit(main())
