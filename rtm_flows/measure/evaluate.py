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
from rtm_flows.measure.card import Card, card_of, subject
from rtm_flows.measure.examples import Examples, examples_of
from rtm_flows.measure.figures import Figures, figures
from rtm_flows.models.baselines import last_label, running_prior
from rtm_flows.models.named import TableModel, model_named

Vector = NDArray[np.float64]
Labels = NDArray[np.bool_]
Progress = Callable[[int, int], object]

RIVAL = "river"
"""The baseline that learns too, where a card is asked for."""

_RUN = 500


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of all rows, and of the last 80 percent, when the model was past its beginning."""

    all: Figures
    last_80: Figures


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
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
        after a positive example and 0.1 otherwise; with a card also of `river`, the plain baseline.
    card
        Everything else that a model card shows, if it was asked for.
    """

    model: str
    label: str
    positive: str
    unlabelled: int
    numbers: list[str]
    texts: list[str]
    quality: Quality
    baselines: dict[str, Quality]
    card: Card | None = None


def evaluate(
    frame: pl.DataFrame | str | Path,
    *,
    label: str,
    model: str = "intent",
    positive: str | None = None,
    exclude: Collection[str] = (),
    delimiter: str | None = None,
    card: bool = False,
    slices: Collection[str] = (),
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
    card
        Add what a model card shows: curves, calibration, slices, drift, contents of the table;
        plain River learns the table too then, as a baseline.
    slices
        Columns to slice on the card, also excluded ones; by default the eight that tell the label
        best by themselves. Asking for some asks for the card.
    progress
        Called with the rows learned and the rows to learn, each row once a model.

    Raises
    ------
    ConfigError
        If a column or the model is not there, the label is not one of two values, or a column
        cannot be sliced.
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
    labels = np.array(rows.labels, dtype=np.bool_)
    wanted = card or bool(slices)
    source = None if isinstance(frame, pl.DataFrame) else Path(frame).name
    about = subject(table, label, labels, exclude, slices, source) if wanted else None
    learners = [model] if about is None or model == RIVAL else [model, RIVAL]
    told = _Told(progress, len(labels) * len(learners))
    models = {name: model_named(name, rows.number_names, rows.text_names) for name in learners}
    chances = {"prior": running_prior(labels), "last_label": last_label(labels)}
    chances |= {name: _learn(rows, learner, told) for name, learner in models.items()}
    return Report(
        model=model,
        label=label,
        positive=rows.positive,
        unlabelled=rows.unlabelled,
        numbers=rows.number_names,
        texts=rows.text_names,
        quality=quality(chances[model], labels),
        baselines={name: quality(chances[name], labels) for name in chances if name != model},
        card=about and card_of(about, model, chances, models[model].settings()),
    )


def quality(chances: Vector, labels: Labels) -> Quality:
    """Return the figures of chances: of all, and of the last 80 percent."""
    start = len(labels) // 5
    return Quality(all=figures(chances, labels), last_80=figures(chances[start:], labels[start:]))


class _Told:
    """Tells how many rows are learned, over all learners."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def learned(self, rows: int) -> None:
        self._done += rows
        if self._progress is not None:
            self._progress(self._done, self._total)


def _learn(rows: Examples, model: TableModel, told: _Told) -> Vector:
    parts = []
    for start in range(0, len(rows.labels), _RUN):
        run = slice(start, start + _RUN)
        labels = rows.labels[run]
        parts.append(model.learn_rows(rows.numbers[run], rows.texts[run], labels))
        told.learned(len(labels))
    return np.concatenate(parts)
