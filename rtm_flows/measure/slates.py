"""Slates: what a strategy could choose in each row of a log, and with which probability.

In: a column of lists of `{name, action_prob}`, as `candidates` of a decision. Out: the same as flat
arrays, sorted, with nothing left over. It refuses to know what was chosen and what came of it, and
refuses a column whose probabilities are none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rtm_flows.errors import InputError

Vector = NDArray[np.float64]
Codes = NDArray[np.intp]

ROUNDING = 1e-6
"""Probabilities may be told to six decimals: so much a candidate may be missing or too much."""


class Slates(NamedTuple):
    """The entries of all rows, by row, then by action; an action stands in a row once.

    Attributes
    ----------
    row, action
        Of each entry; actions as places in the names that were given.
    chance
        Probability with which the strategy chooses the action in that row.
    rows, actions
        How many rows and names there are.
    """

    row: Codes
    action: Codes
    chance: Vector
    rows: int
    actions: int

    def chance_of(self, row: Codes, action: Codes) -> Vector:
        """Return the probability of an action in each of some rows, 0 where it does not stand."""
        return self.value_of(self.chance, row, action)

    def value_of(self, values: Vector, row: Codes, action: Codes) -> Vector:
        """Return the value, of one for every entry, of an action in each of some rows, or 0."""
        keys, wanted = self.row * self.actions + self.action, row * self.actions + action
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[place] == wanted, values[place], 0.0)

    def mean(self, values: Vector) -> Vector:
        """Return of each row the mean of a value of every entry, weighted by probability.

        Added from an entry to the next, so a row's mean does not depend on other rows.
        """
        return np.bincount(self.row, self.chance * values, self.rows).astype(np.float64)


def names_in(column: pl.Series) -> pl.Series:
    """Return the actions named in a column of slates, as texts."""
    return _fields(column)["name"].drop_nulls().cast(pl.String)


def slates_of(column: pl.Series, names: pl.Enum, otherwise: str | None) -> Slates:
    """Return a column of slates as arrays.

    Parameters
    ----------
    column
        Lists of structs with the fields `name` and `action_prob`; more fields are ignored.
    names
        Every action there is.
    otherwise
        The action that gets what is left of 1 in a row whose slate does not name it: a decision's
        candidates do not name `no_action`. None: nothing may be left.

    Raises
    ------
    InputError
        If a slate is null, names an action twice, or its probabilities are outside [0, 1] or do
        not sum to 1, give or take 1e-6 a candidate.

    Examples
    --------
    >>> column = pl.Series("candidates", [[{"name": "mail", "action_prob": 0.25}]])
    >>> slates_of(column, pl.Enum(["mail", "no_action"]), "no_action").chance.tolist()
    [0.25, 0.75]
    """
    told = _told(column, names)
    row, chance = told["row"].to_numpy(), told["action_prob"].to_numpy()
    action = told["name"].to_physical().to_numpy().astype(np.intp)
    _refuse_impossible(column.name, row, chance)
    left = 1.0 - np.bincount(row, chance, len(column)).astype(np.float64)
    slack = ROUNDING * (np.bincount(row, minlength=len(column)) + 1).astype(np.float64)
    if otherwise is not None:
        place = names.categories.to_list().index(otherwise)
        open_rows = np.setdiff1d(np.flatnonzero(left > slack), row[action == place])
        row, action = np.append(row, open_rows), np.append(action, np.full(len(open_rows), place))
        chance = np.append(chance, left[open_rows])
        left[open_rows] = 0.0
    _refuse_sums(column.name, left, slack)
    order = np.lexsort((action, row))
    found = Slates(row[order], action[order], chance[order], len(column), len(names.categories))
    _refuse_twice(column.name, found, names)
    return found


def _fields(column: pl.Series) -> pl.DataFrame:
    inner = column.dtype.inner if isinstance(column.dtype, pl.List) else None
    fields = {field.name for field in inner.fields} if isinstance(inner, pl.Struct) else set()
    if not {"name", "action_prob"} <= fields:
        msg = (
            f"column {column.name!r}: required lists of {{name, action_prob}}, as `candidates` of a"
            f" decision; got {column.dtype}"
        )
        raise InputError(msg)
    rows = pl.DataFrame({"row": np.arange(len(column), dtype=np.intp), "slate": column})
    # A slate without candidates is a row of nulls here.
    told = rows.explode("slate").filter(pl.col("slate").is_not_null())
    return told.unnest("slate").select("row", "name", "action_prob")


def _told(column: pl.Series, names: pl.Enum) -> pl.DataFrame:
    """Return the entries as told, after a look at what is missing."""
    told = _fields(column)
    entries = int(column.list.len().sum() or 0)
    missing = column.null_count() + entries - len(told.drop_nulls())
    if missing:
        msg = (
            f"column {column.name!r}: {missing:,} slates, candidates, names or probabilities are"
            " null; give every row the whole slate of the strategy, or leave such rows out"
        )
        raise InputError(msg)
    return told.with_columns(
        pl.col("name").cast(pl.String).cast(names), pl.col("action_prob").cast(pl.Float64)
    )


def _refuse_impossible(name: str, row: Codes, chance: Vector) -> None:
    wrong = np.flatnonzero(~((chance >= 0.0) & (chance <= 1.0)))
    if len(wrong):
        first = wrong[0]
        msg = (
            f"column {name!r}: {len(wrong):,} probabilities are outside [0, 1], the first in row"
            f" {row[first]}: {chance[first]:g}"
        )
        raise InputError(msg)


def _refuse_sums(name: str, left: Vector, slack: Vector) -> None:
    wrong = np.flatnonzero(np.abs(left) > slack)
    if len(wrong):
        first = wrong[0]
        msg = (
            f"column {name!r}: the probabilities of {len(wrong):,} slates do not sum to 1, the"
            f" first in row {first}: {1.0 - left[first]:.6f}; name every candidate, or say which"
            " action is taken otherwise"
        )
        raise InputError(msg)


def _refuse_twice(name: str, found: Slates, names: pl.Enum) -> None:
    again = (np.diff(found.row) == 0) & (np.diff(found.action) == 0)
    if again.any():
        first = int(np.argmax(again))
        action = names.categories[int(found.action[first])]
        msg = f"column {name!r}: row {found.row[first]} names the action {action!r} twice"
        raise InputError(msg)
