"""Slices: the figures of parts of a table, to find whom the model knows less well.

In: the rows of a table, their chances and labels. Out: figures of each group of a column, and of
each quarter of the file. It refuses to correct anything.
"""

from __future__ import annotations

import math
from collections.abc import Collection

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from rtm_flows.errors import ConfigError
from rtm_flows.measure.contents import Column
from rtm_flows.measure.figures import Figures, figures, wilson
from rtm_flows.measure.groups import Groups, groups_of
from rtm_flows.models.ranking import Interval

Vector = NDArray[np.float64]
Labels = NDArray[np.bool_]
Part = tuple[str | None, Groups]
"""A column, or None for the place in the file, and the groups of the rows."""

MOST_COLUMNS = 8
"""Columns sliced unless some are named."""

_QUARTERS = ("first quarter", "second quarter", "third quarter", "last quarter")


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """One group of rows.

    Attributes
    ----------
    name
        Of the group.
    predicted
        Mean chance.
    observed, observed_95
        Share that came true, and its 95 percent interval by Wilson (1927).
    figures
        Of its rows alone.
    """

    name: str
    predicted: float
    observed: float
    observed_95: Interval
    figures: Figures


class Sliced(msgspec.Struct, frozen=True, kw_only=True):
    """All rows, parted by one column (None: by their place in the file)."""

    column: str | None
    slices: list[Slice]


def parts_of(
    frame: pl.DataFrame, columns: Collection[Column], wanted: Collection[str]
) -> list[Part]:
    """Return how the rows are to be parted: by place in the file, then by column.

    Parameters
    ----------
    frame
        The rows.
    columns
        What they hold.
    wanted
        Columns to slice, in this order; if there are none, of those learned from the eight that
        tell the label best by themselves, the best first.

    Raises
    ------
    ConfigError
        If a column that is wanted is the label, or would make one slice only.
    """
    which = np.arange(len(frame), dtype=np.intp) * len(_QUARTERS) // len(frame)
    used = np.unique(which)
    quarters = Groups([_QUARTERS[at] for at in used.tolist()], np.searchsorted(used, which))
    return [(None, quarters), *(_wanted if wanted else _telling)(frame, columns, wanted)]


def slices_of(parts: Collection[Part], chances: Vector, labels: Labels) -> list[Sliced]:
    """Return the figures of each slice.

    Examples
    --------
    >>> groups = Groups(["a", "b"], np.array([0, 1, 1]))
    >>> labels = np.array([True, False, True])
    >>> (sliced,) = slices_of([("x", groups)], np.array([0.5, 0.2, 0.4]), labels)
    >>> [(part.name, part.figures.n, part.observed, part.predicted) for part in sliced.slices]
    [('a', 1, 1.0, 0.5), ('b', 2, 0.5, 0.3)]
    """
    return [Sliced(column=name, slices=_slices(groups, chances, labels)) for name, groups in parts]


def _wanted(
    frame: pl.DataFrame, columns: Collection[Column], wanted: Collection[str]
) -> list[Part]:
    known = {column.name: column for column in columns}
    parted: list[Part] = []
    for name in wanted:
        column = known[name]
        if column.role == "label" or column.kind == "other" or column.id_like:
            why = "looks like an id" if column.id_like else f"is {column.role}, {column.kind}"
            msg = f"column {name!r} cannot be sliced: it {why}; name another"
            raise ConfigError(msg)
        groups = groups_of(frame[name])
        if len(groups.names) < 2:
            msg = f"column {name!r} cannot be sliced: all its rows are {groups.names[0]!r}"
            raise ConfigError(msg)
        parted.append((name, groups))
    return parted


def _telling(frame: pl.DataFrame, columns: Collection[Column], _: Collection[str]) -> list[Part]:
    ranked = sorted(
        (column for column in columns if column.role == "learned" and column.alone is not None),
        key=lambda column: -(column.alone or 0.0),
    )
    parted: list[Part] = []
    for column in ranked:
        groups = groups_of(frame[column.name])
        if len(groups.names) > 1:
            parted.append((column.name, groups))
        if len(parted) == MOST_COLUMNS:
            break
    return parted


def _slices(groups: Groups, chances: Vector, labels: Labels) -> list[Slice]:
    found = []
    for at, name in enumerate(groups.names):
        rows = groups.which == at
        own = figures(chances[rows], labels[rows])
        found.append(
            Slice(
                name=name,
                predicted=round(math.fsum(chances[rows].tolist()) / own.n, 6),
                observed=round(own.positives / own.n, 6),
                observed_95=wilson(own.positives, own.n),
                figures=own,
            )
        )
    return found
