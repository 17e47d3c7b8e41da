"""Evaluate: any model on a plain table, one pass, predicting each row before it is learned.

In: a table and the name of a model. Out: a report of how good the chances were, beside baselines.
It refuses to shuffle, to split and to look ahead: the order of the rows is the order of time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from rtm_flows.connectors.tables import read_table
from rtm_flows.measure.examples import Examples, examples_of
from rtm_flows.measure.figures import Figures, figures
from rtm_flows.models.baselines import last_label, running_prior
from rtm_flows.models.named import model_named

Vector = NDArray[np.float64]
Labels = NDArray[np.bool_]
Progress = Callable[[int, int], object]

_RUN = 500


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of all rows, and of the last 80 percent, when the model was past its beginning."""

    all: Figures
    last_80: Figures


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What an evaluation found.

    Attributes
    ----------
    model
        Name of the model.
    label, positive
        The column predicted, and its value that counts as positive.
    unlabelled
        Rows left out because they had no label.
    numbers, texts
        The columns learned from.
    quality
        Of the model.
    baselines
        Of `prior`, the running rate `(positives + 1) / (examples + 20)`, and of `last_label`, 0.9
        after a positive example and 0.1 otherwise.
    """

    model: str
    label: str
    positive: str
    unlabelled: int
    numbers: list[str]
    texts: list[str]
    quality: Quality
    baselines: dict[str, Quality]


def evaluate(
    frame: pl.DataFrame | str | Path,
    *,
    label: str,
    model: str = "intent",
    positive: str | None = None,
    exclude: Collection[str] = (),
    delimiter: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Learn a table in one pass, in its order, and say how good each prediction was.

    Parameters
    ----------
    frame
        A polars frame, or a CSV, JSON Lines or Parquet file.
    label
        The column to predict, of two values at most.
    model
        `intent` or `churn` (both the default learner), or `river`, the plain baseline.
    positive
        The value that counts as positive; by default yes, true or 1.
    exclude
        Columns that take no part: ids, and what was known only after the label.
    delimiter
        Between the fields of a CSV file.
    progress
        Called with the rows learned and the rows there are.

    Raises
    ------
    ConfigError
        If a column or the model is not there, or the label is not one of two values.
    InputError
        If the file cannot be read, or no row can be learned.

    Examples
    --------
    >>> sessions = pl.DataFrame({"views": [1, 9] * 200, "bought": ["no", "yes"] * 200})
    >>> report = evaluate(sessions, label="bought")
    >>> report.quality.last_80.roc_auc, report.quality.all.log_loss < 0.1
    (1.0, True)
    """
    table = frame if isinstance(frame, pl.DataFrame) else read_table(frame, delimiter)
    rows = examples_of(table, label, positive, exclude)
    chances = _learn(rows, model, progress)
    labels = np.array(rows.labels, dtype=np.bool_)
    return Report(
        model=model,
        label=label,
        positive=rows.positive,
        unlabelled=rows.unlabelled,
        numbers=rows.number_names,
        texts=rows.text_names,
        quality=quality(chances, labels),
        baselines={
            "prior": quality(running_prior(labels), labels),
            "last_label": quality(last_label(labels), labels),
        },
    )


def quality(chances: Vector, labels: Labels) -> Quality:
    """Return the figures of chances: of all, and of the last 80 percent."""
    start = len(labels) // 5
    return Quality(all=figures(chances, labels), last_80=figures(chances[start:], labels[start:]))


def _learn(rows: Examples, name: str, progress: Progress | None) -> Vector:
    model = model_named(name, rows.number_names, rows.text_names)
    parts = []
    for start in range(0, len(rows.labels), _RUN):
        run = slice(start, start + _RUN)
        parts.append(model.learn_rows(rows.numbers[run], rows.texts[run], rows.labels[run]))
        if progress is not None:
            progress(min(run.stop, len(rows.labels)), len(rows.labels))
    return np.concatenate(parts)
