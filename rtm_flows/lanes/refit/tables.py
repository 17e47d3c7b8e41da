"""Tables refitted: columns that came, went, or became wider.

In: a table as one job has kept it, and empty tables that show the columns of both jobs. Out: the
table as the other job keeps it. A column of several numbers a row keeps those at its front: what
is added to a job is added behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rtm_flows.columns import Column, Table
from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.parts import Run
from rtm_flows.people.rows import Ints

Firsts = Mapping[str, Any]
"""By column what stands in it where nothing was kept: one value, or one for each place of a row."""


def refitted(table: Table, was: Table, now: Table, firsts: Firsts) -> Table:
    """Return a table with the columns of another.

    Parameters
    ----------
    table
        What was kept; columns beyond those of `was` stay as they are.
    was, becomes
        Tables without rows, with the columns that both jobs keep.
    firsts
        What new columns hold, and new places of wider ones; 0 or None where it says nothing.

    Raises
    ------
    RecoveryError
        If a column was of another kind than it is to be.

    Examples
    --------
    >>> old, new = Table({"n": np.zeros(0)}), Table({"m": np.zeros((0, 2))})
    >>> kept = refitted(Table({"n": np.ones(1)}), old, new, {"m": np.array([5.0, 7.0])})
    >>> kept["m"].tolist(), "n" in list(kept)
    ([[5.0, 7.0]], False)
    """
    gone = [name for name in was if name not in now]
    kept = table.without(gone).columns
    found = {
        name: _column(name, kept.get(name), now[name], firsts.get(name), len(table)) for name in now
    }
    return Table({**kept, **found})


def widened(x: Column, unknown: Column) -> Column:
    """Return rows of features with those that came since, as they are where nothing is known.

    Examples
    --------
    >>> widened(np.ones((1, 2)), np.array([0.0, 0.0, 7.0])).tolist()
    [[1.0, 1.0, 7.0]]
    """
    more = unknown[x.shape[1] :]
    return x if not len(more) else np.concatenate([x, np.tile(more, (len(x), 1))], axis=1)


def _column(name: str, own: Column | None, like: Column, first: Any, rows: int) -> Column:
    if own is not None and own.shape[1:] == like.shape[1:] and _alike(own, like):
        return own
    if own is not None and not _grows(own, like):
        msg = (
            f"column {name} was kept as {own.dtype} of shape {own.shape[1:]} and is to be "
            f"{like.dtype} of shape {like.shape[1:]}; start anew in an empty folder"
        )
        raise RecoveryError(msg)
    nothing: Any = None if like.dtype == object else 0
    column = np.empty((rows, *like.shape[1:]), dtype=like.dtype)
    column[...] = nothing if first is None else first
    if own is not None:
        column[:, : own.shape[1]] = own
    return column


def _alike(own: Column, like: Column) -> bool:
    """Tell whether two columns hold the same; integers are kept as narrow as they may be."""
    return own.dtype == like.dtype or (own.dtype.kind == like.dtype.kind == "i")


def _grows(own: Column, like: Column) -> bool:
    """Tell whether a column has become wider, and nothing else."""
    wider = own.ndim == like.ndim >= 2 and own.shape[2:] == like.shape[2:]
    return wider and own.shape[1] <= like.shape[1] and own.dtype == like.dtype


def recoded(run: Run, column: str, codes: Sequence[int]) -> Run:
    """Return records with other numbers in a column; those that have none any more are left out.

    Parameters
    ----------
    run
        How many records everybody has, and all of them.
    column
        The column; numbers below 0 stay as they are.
    codes
        By number the new one, -1 for none.

    Examples
    --------
    >>> people, records = recoded(
    ...     (np.array([2, 1]), Table({"place": np.array([0, 1, 1])})), "place", [-1, 7]
    ... )
    >>> people.tolist(), records["place"].tolist()
    ([1, 1], [7, 7])
    """
    counts, records = run
    old = records[column].astype(np.int64)
    table = np.array([*codes, -1], dtype=np.int64)
    new = np.where(old < 0, old, table[np.maximum(old, -1)])
    stays = (new >= 0) | (old < 0)
    kept = records.with_columns({column: new.astype(records[column].dtype)})
    return some_of((counts, kept), np.asarray(stays))


def some_of(run: Run, stays: Column) -> Run:
    """Return the records that a mask names, with how many of them everybody has."""
    counts, records = run
    if stays.all():
        return run
    owner = np.repeat(np.arange(len(counts)), counts)
    left: Ints = np.bincount(owner[stays], minlength=len(counts)).astype(np.int64)
    return left, records.take(stays)


def codes(was: Sequence[object], now: Sequence[object]) -> list[int]:
    """Return of each old name the place of the same new one, -1 where there is none.

    Examples
    --------
    >>> codes(["a", "b"], ["c", "b"])
    [-1, 1]
    """
    places = {name: place for place, name in enumerate(now)}
    return [places.get(name, -1) for name in was]
