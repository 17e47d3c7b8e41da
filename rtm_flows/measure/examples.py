"""Examples: a plain table as what a model takes, numbers, texts and labels.

In: a polars frame and the name of its label. Out: arrays, one row an example, in the order of the
frame. It refuses to know the model.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rtm_flows.errors import ConfigError, InputError
from rtm_flows.models.hashing import Codes, text_codes

POSITIVE = ("yes", "true", "1", "1.0")
"""Labels that are positive unless another is named, whatever the case of their letters."""

NEGATIVE = ("no", "false", "0", "0.0")
"""Labels that alone are enough to know that nothing is positive."""

_SHOWN = 5


class Examples(NamedTuple):
    """Rows to learn, in order."""

    number_names: list[str]
    text_names: list[str]
    numbers: NDArray[np.float64]
    texts: Codes
    labels: list[bool]
    positive: str
    """The value of the label that is positive, as it was written."""
    unlabelled: int
    """Rows left out because they have no label."""


def examples_of(
    frame: pl.DataFrame, label: str, positive: str | None = None, exclude: Collection[str] = ()
) -> Examples:
    """Return the rows of a frame that have a label.

    Booleans, numbers and times are numbers, texts and categories are texts; a missing value stays
    missing. Columns are in the order of the frame.

    Parameters
    ----------
    frame
        A table, in the order in which its rows are to be learned.
    label
        The column to predict, of two values at most.
    positive
        Which of the two is positive; by default yes, true or 1.
    exclude
        Columns that take no part: ids, and what was known only after the label.

    Raises
    ------
    ConfigError
        If a column is not there, or the label is not one of two values.
    InputError
        If there is no row with a label, or no column to learn from.
    """
    if not frame.height:
        msg = "the table has no rows; need at least one"
        raise InputError(msg)
    for name in (label, *exclude):
        demand_column(name, frame.columns)
    labelled = frame.filter(pl.col(label).is_not_null())
    if not len(labelled):
        msg = f"no row has a label in column {label!r}: rows {len(frame)}, all without"
        raise InputError(msg)
    values = _as_text(labelled[label])
    wanted = _positive(values.unique().sort().to_list(), label, positive)
    rest = labelled.drop([label, *(name for name in exclude if name != label)])
    numbers, texts = _kinds(rest)
    return Examples(
        number_names=numbers,
        text_names=texts,
        numbers=_matrix(rest, numbers),
        texts=_codes(rest, texts),
        labels=(values == wanted).to_list(),
        positive=wanted,
        unlabelled=len(frame) - len(labelled),
    )


def demand_column(name: str, columns: Sequence[str]) -> None:
    """Refuse a column that is not there.

    Raises
    ------
    ConfigError
        Always if it is not; the message names the nearest one.
    """
    if name not in columns:
        near = difflib.get_close_matches(name, columns, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"columns are: {_shown(columns)}"
        msg = f"the table has no column {name!r}; {hint}"
        raise ConfigError(msg)


def _shown(values: Sequence[str]) -> str:
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return ", ".join(map(repr, values[:_SHOWN])) + more


def _as_text(column: pl.Series) -> pl.Series:
    if column.dtype.is_nested() or column.dtype in (pl.Object, pl.Binary):
        msg = f"column {column.name!r} holds {column.dtype}, which is no label"
        raise ConfigError(msg)
    return column.cast(pl.String)


def _positive(values: list[str], label: str, positive: str | None) -> str:
    """Return the value that is positive."""
    if len(values) > 2:
        msg = (
            f"label {label!r} must have at most two values; got {len(values)}: {_shown(values)}; "
            "name another column, or make one of yes and no"
        )
        raise ConfigError(msg)
    by_case = {value.lower(): value for value in values}
    if positive is not None:
        if positive in values or positive.lower() in by_case:
            return positive if positive in values else by_case[positive.lower()]
        msg = f"label {label!r} is never {positive!r}; its values are {_shown(values)}"
        raise ConfigError(msg)
    found = [value for value in values if value.lower() in POSITIVE]
    if len(found) == 1:
        return found[0]
    if len(values) == 1 and values[0].lower() in NEGATIVE:
        return "yes"
    msg = f"which value of label {label!r} is positive? name it with `positive`: {_shown(values)}"
    raise ConfigError(msg)


def _kinds(frame: pl.DataFrame) -> tuple[list[str], list[str]]:
    numbers, texts = [], []
    for name, kind in frame.schema.items():
        if kind.is_numeric() or kind.is_temporal() or kind in (pl.Boolean, pl.Null):
            numbers.append(name)
        elif kind in (pl.String, pl.Categorical, pl.Enum):
            texts.append(name)
        else:
            msg = f"column {name!r} holds {kind}, which no model takes; leave it out with `exclude`"
            raise ConfigError(msg)
    if not numbers and not texts:
        msg = "no column is left to learn from besides the label"
        raise InputError(msg)
    return numbers, texts


def _matrix(frame: pl.DataFrame, names: Iterable[str]) -> NDArray[np.float64]:
    columns = [_numbers(frame[name]) for name in names]
    return np.stack(columns, axis=1) if columns else np.zeros((len(frame), 0))


def _numbers(column: pl.Series) -> NDArray[np.float64]:
    plain = column.to_physical() if column.dtype.is_temporal() else column
    values: NDArray[np.float64] = plain.cast(pl.Float64).fill_null(np.nan).to_numpy()
    return values


def _codes(frame: pl.DataFrame, names: Iterable[str]) -> Codes:
    columns = [text_codes(frame[name].cast(pl.String).to_list()) for name in names]
    return np.stack(columns, axis=1) if columns else np.zeros((len(frame), 0), dtype=np.uint64)
