"""Contents: what the columns of a table hold, for whoever must know what was learned from.

In: the labelled rows of a table. Out: for each column its kind, its gaps, its values as far as
they are nobody's, and how well it tells the label by itself. It refuses to know the model.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from rtm_flows.measure.figures import area
from rtm_flows.measure.groups import groups_of, is_text, looks_like_id, numbers_of, values_of

Labels = NDArray[np.bool_]
Kind = Literal["number", "yes or no", "time", "text", "other"]
Role = Literal["learned", "left out", "label"]


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """What a column holds.

    Attributes
    ----------
    name, kind, role
        As in the table; what it was learned as; what part it took.
    missing, distinct
        Rows without a value, and different values of the others.
    id_like
        Whether nearly every value stands once; nothing of such a column is shown.
    values
        Its most frequent values and their rows, of texts and of numbers of few values; only what
        at least ten rows and one in a hundred hold.
    quartiles
        The values below which one, two and three quarters of all numbers lie (each one of them).
    alone
        ROC AUC of the column by itself, whichever way it points: of numbers by their value (missing
        ones left out), of texts by the rate of positives in their group.
    """

    name: str
    kind: Kind
    role: Role
    missing: int
    distinct: int
    id_like: bool
    values: list[tuple[str, int]]
    quartiles: tuple[float, float, float] | None
    alone: float | None


def contents_of(
    frame: pl.DataFrame, label: str, excluded: Collection[str], labels: Labels
) -> list[Column]:
    """Return what each column of a table holds, in the order of the table."""
    roles: dict[str, Role] = {**dict.fromkeys(excluded, "left out"), label: "label"}
    return [_column(frame[name], roles.get(name, "learned"), labels) for name in frame.columns]


def is_plain(column: pl.Series) -> bool:
    """Tell whether a column holds numbers, times or texts, as opposed to lists and the like."""
    return _kind(column) != "other"


def alone(column: pl.Series, labels: Labels) -> float | None:
    """Return how well a column tells the label by itself, 0.5 being not at all.

    Examples
    --------
    >>> alone(pl.Series([9, 1, 2, None]), np.array([False, True, True, True]))
    1.0
    """
    if looks_like_id(column) or not is_plain(column):
        return None
    if is_text(column):
        which = groups_of(column).which
        values = (np.bincount(which, labels) / np.bincount(which))[which]
    else:
        values = numbers_of(column)
    there = ~np.isnan(values)
    found, _ = area(values[there], labels[there])
    return None if found is None else round(max(found, 1.0 - found), 6)


def _column(column: pl.Series, role: Role, labels: Labels) -> Column:
    kind = _kind(column)
    plain, id_like = kind != "other", kind != "other" and looks_like_id(column)
    counted = kind in ("number", "time")
    values = numbers_of(column) if counted else np.empty(0)
    missing = int(np.count_nonzero(np.isnan(values))) if counted else column.null_count()
    distinct = column.drop_nulls().n_unique() if plain else 0
    few = plain and not id_like and (kind in ("text", "yes or no") or distinct <= _FEW)
    return Column(
        name=column.name,
        kind=kind,
        role=role,
        missing=missing,
        distinct=distinct,
        id_like=id_like,
        values=values_of(column) if few else [],
        quartiles=None if id_like or few or kind != "number" else _quartiles(values),
        alone=None if role == "label" else alone(column, labels),
    )


_FEW = 8


def _kind(column: pl.Series) -> Kind:
    if is_text(column):
        return "text"
    if column.dtype == pl.Boolean:
        return "yes or no"
    if column.dtype.is_temporal():
        return "time"
    return "number" if column.dtype.is_numeric() or column.dtype == pl.Null else "other"


def _quartiles(values: NDArray[np.float64]) -> tuple[float, float, float] | None:
    present = np.sort(values[~np.isnan(values)])
    if not len(present):
        return None
    low, middle, high = (float(present[-(-len(present) * part // 4) - 1]) for part in (1, 2, 3))
    return low, middle, high
