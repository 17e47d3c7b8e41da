"""How well purchase intent is known after so many events of a session, beside batch models.

In: options of the command line. Out: a Markdown table on standard output: the scores that a
stream served, each before its label was known, and the chances that others give the same rows.
Refuses to fail for a stream that is not there: it says so and goes on.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.learning.batch import Labels, Vector, boosting, logistic
from benchmarks.learning.run import DATA
from benchmarks.learning.session_rivals import by_chance, diet, out_of_fold, past_only, running_rate
from benchmarks.learning.session_streams import STREAMS, Served, play
from rtm_flows.measure.figures import figures

AFTER = (1, 3, 5, 10)
"""Events of a session."""

STREAM = "stream, one pass"

HEAD = (
    "| stream | events | rows | bought | who | ROC AUC (95 %) | average precision | log loss "
    "| mean chance |\n|---|---|---|---|---|---|---|---|---|"
)


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print; the status is always 0."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.learning.sessions", description=__doc__
    )
    parser.add_argument(
        "--data", type=Path, default=DATA, help="folder of the tables (%(default)s)"
    )
    parser.add_argument("--one-pass", action="store_true", help="leave the batch models out")
    parser.add_argument(
        "--intent",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="a key of [models.intent], in TOML; may be given several times",
    )
    options = parser.parse_args(arguments)
    keys = tomllib.loads("\n".join(options.intent))
    print(HEAD)
    with tempfile.TemporaryDirectory(prefix="rtm-") as scratch:
        for stream in STREAMS:
            rows = play(stream, options.data, keys, Path(scratch))
            if rows is None:
                told = f"{stream.name}: skipped, {options.data / str(stream.file)} is not there"
                print(told, file=sys.stderr)
                continue
            for line in lines(stream.name, rows, batch=not options.one_pass):
                print(line, flush=True)
    return 0


def lines(name: str, rows: Served, *, batch: bool) -> Iterator[str]:
    """Yield the lines of a stream: for each number of events, one for each who predicts."""
    general = of_all_rows(rows, batch=batch)
    for events in AFTER:
        asked = rows.position == events
        if not asked.any():
            continue
        told = {who: chances[asked] for who, chances in general.items()}
        told |= of_these_rows(rows, asked, batch=batch)
        for who, chances in told.items():
            yield _line(name, events, who, chances, rows.labels[asked])


def of_all_rows(rows: Served, *, batch: bool) -> dict[str, Vector]:
    """Return what those say who learn from rows of any place in a session, by name."""
    if not batch:
        return {STREAM: rows.score}
    fed, every = diet(rows), np.ones(len(rows.labels), dtype=np.bool_)
    return {
        STREAM: rows.score,
        "logistic, the past": past_only(logistic, rows, fed, every),
        "logistic, all time": out_of_fold(logistic, rows, fed, every),
        "logistic, rows by chance": out_of_fold(logistic, rows, by_chance(rows, fed), every),
    }


def of_these_rows(rows: Served, asked: Labels, *, batch: bool) -> dict[str, Vector]:
    """Return what those say who learn from rows of one place only, by name."""
    rate = {"running rate, these rows": running_rate(rows, asked)}
    if not batch:
        return rate
    return rate | {
        "logistic, these rows": out_of_fold(logistic, rows, asked, asked),
        "boosting, these rows": out_of_fold(boosting, rows, asked, asked),
    }


def _line(name: str, events: int, who: str, chances: Vector, labels: Labels) -> str:
    found = figures(chances, labels)
    low, high = found.roc_auc_95 or (0.0, 1.0)
    area = "" if found.roc_auc is None else f"{found.roc_auc:.3f} ({low:.3f} to {high:.3f})"
    precision = "" if found.average_precision is None else f"{found.average_precision:.3f}"
    return (
        f"| {name} | {events} | {found.n:,} | {found.positives / found.n:.1%} | {who} | {area} "
        f"| {precision} | {found.log_loss:.4f} | {math.fsum(chances.tolist()) / found.n:.1%} |"
    )


if __name__ == "__main__":
    sys.exit(main())
