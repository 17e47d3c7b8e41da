"""Logged: what a strategy chose, how likely that was, and what came of it, beside another strategy.

In: a frame of decisions. Out: its columns as arrays. It refuses, with an error that says what to
do, a log from which another strategy's value cannot be told: probabilities that are none, outcomes
not known yet, and actions of the strategy to be valued that the log could never choose.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from rtm_flows.errors import InputError
from rtm_flows.measure.examples import demand_column
from rtm_flows.measure.slates import ROUNDING, Slates, names_in, slates_of
from rtm_flows.measure.support import IMPOSSIBLE, NEVER, demand_support

Vector = NDArray[np.float64]
Codes = NDArray[np.intp]


class LogColumns(msgspec.Struct, frozen=True, kw_only=True):
    """The names of a log's columns; by default those of a decision and of its outcome.

    Attributes
    ----------
    action, action_prob
        The action chosen, and the probability with which the logging strategy chose it.
    candidates
        Slates of the logging strategy: `{name, action_prob}` of every candidate. None if they were
        not logged; then an action has support if it was ever chosen.
    strategy
        Slates of the strategy to be valued.
    reward
        What came of it: a number, 0 where nothing did.
    person
        Rows of one person are not independent. None if every row is somebody else's.
    context
        Columns with few values by which the reward model tells rows apart.
    """

    action: str = "name"
    action_prob: str = "action_prob"
    candidates: str | None = "candidates"
    strategy: str = "strategy_candidates"
    reward: str = "response_value"
    person: str | None = "subject_id"
    context: tuple[str, ...] = ()


class Logged(NamedTuple):
    """A log of one row a decision, and the strategy to be valued on it.

    Attributes
    ----------
    names
        Of all actions; an action elsewhere is its place in here.
    action, action_prob, reward
        What was chosen, with which probability, and what came of it.
    person
        Number of the person, from 0 in the order of their ids.
    context
        The columns of the context.
    cell
        Number of the row's context: rows alike in all its columns share one.
    strategy
        What the strategy to be valued would choose.
    """

    names: list[str]
    action: Codes
    action_prob: Vector
    reward: Vector
    person: Codes
    context: pl.DataFrame
    cell: Codes
    strategy: Slates

    def weights(self) -> Vector:
        """Return how much more likely the strategy makes each row's choice than the log did."""
        return self.strategy.chance_of(np.arange(len(self.action)), self.action) / self.action_prob


def logged_of(frame: pl.DataFrame, columns: LogColumns, otherwise: str | None) -> Logged:
    """Return the log and the strategy of a frame, if the one can tell of the other.

    Raises
    ------
    ConfigError
        If a column is not there.
    InputError
        If a probability, reward or id is missing or impossible, there are fewer than two people,
        or the strategy to be valued gives probability to what the log could never choose.
    """
    present = (columns.action, columns.action_prob, columns.strategy, columns.reward)
    asked = [name for name in (columns.candidates, columns.person) if name is not None]
    for name in (*present, *asked, *columns.context):
        demand_column(name, frame.columns)
    names = _names(frame, columns, otherwise)
    known = pl.Enum(names)
    chosen = _whole(frame[columns.action]).cast(pl.String).cast(known)
    log = Logged(
        names=names,
        action=chosen.to_physical().to_numpy().astype(np.intp),
        action_prob=_probabilities(frame[columns.action_prob]),
        reward=_rewards(frame[columns.reward]),
        person=_people(frame, columns.person),
        context=frame.select(columns.context),
        cell=cells(frame.select(columns.context), len(frame)),
        strategy=slates_of(frame[columns.strategy], known, otherwise),
    )
    if columns.candidates is None:
        chosen_ever = np.bincount(log.action, minlength=len(names)) > 0
        demand_support(log.strategy, chosen_ever[log.strategy.action], names, NEVER)
        return log
    slates = slates_of(frame[columns.candidates], known, otherwise)
    _refuse_contradiction(log, slates)
    possible = slates.chance_of(log.strategy.row, log.strategy.action) > 0.0
    demand_support(log.strategy, possible, names, IMPOSSIBLE)
    return log


def cells(context: pl.DataFrame, rows: int) -> Codes:
    """Return a number for each row, the same where all columns are alike.

    Examples
    --------
    >>> cells(pl.DataFrame({"page": ["a", "b", "a"], "place": [1, 1, 1]}), 3).tolist()
    [0, 1, 0]
    """
    found = np.zeros(rows, dtype=np.intp)
    for column in context:
        code = column.cast(pl.String).rank("dense").fill_null(0).to_numpy().astype(np.intp)
        found = np.unique(found * (rows + 1) + code, return_inverse=True)[1]
    return found


def _names(frame: pl.DataFrame, columns: LogColumns, otherwise: str | None) -> list[str]:
    told = [_whole(frame[columns.action]).cast(pl.String), names_in(frame[columns.strategy])]
    if columns.candidates is not None:
        told.append(names_in(frame[columns.candidates]))
    rest = [] if otherwise is None else [otherwise]
    return sorted({name for series in told for name in series.unique().to_list()} | set(rest))


def _whole(column: pl.Series) -> pl.Series:
    if column.null_count():
        msg = (
            f"column {column.name!r}: {column.null_count():,} of {len(column):,} values are null;"
            " leave such rows out, or fill them"
        )
        raise InputError(msg)
    return column


def _probabilities(column: pl.Series) -> Vector:
    values: Vector = _whole(column).cast(pl.Float64).to_numpy()
    wrong = np.flatnonzero(~((values > 0.0) & (values <= 1.0)))
    if len(wrong):
        msg = (
            f"column {column.name!r}: {len(wrong):,} of {len(values):,} probabilities are outside"
            f" (0, 1], the first in row {wrong[0]}: {values[wrong[0]]:g}; what was chosen had a"
            " probability: log that of the strategy at the time of the decision"
        )
        raise InputError(msg)
    return values


def _rewards(column: pl.Series) -> Vector:
    if column.null_count():
        msg = (
            f"column {column.name!r}: the reward of {column.null_count():,} of {len(column):,}"
            " rows is null; leave out decisions whose outcome cannot be known yet, and fill 0"
            " where nothing came of one"
        )
        raise InputError(msg)
    values: Vector = column.cast(pl.Float64).to_numpy()
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        msg = f"column {column.name!r}: the reward of row {wrong[0]} is {values[wrong[0]]}"
        raise InputError(msg)
    return values


def _people(frame: pl.DataFrame, name: str | None) -> Codes:
    if name is None:
        people, found = len(frame), np.arange(len(frame))
    else:
        ids = _whole(frame[name]).cast(pl.String)
        people, found = ids.n_unique(), ids.rank("dense").to_numpy().astype(np.intp) - 1
    if people < 2:
        msg = f"the log has {len(frame):,} rows of {people} people; an interval needs at least two"
        raise InputError(msg)
    return found.astype(np.intp)


def _refuse_contradiction(log: Logged, slates: Slates) -> None:
    told = slates.chance_of(np.arange(len(log.action)), log.action)
    wrong = np.flatnonzero(np.abs(told - log.action_prob) > ROUNDING)
    if len(wrong):
        first = wrong[0]
        msg = (
            f"{len(wrong):,} rows give the chosen action another probability than their candidates"
            f" do, the first is row {first}: {log.action_prob[first]:g}, but"
            f" {log.names[log.action[first]]!r} has {told[first]:g} among the candidates"
        )
        raise InputError(msg)
