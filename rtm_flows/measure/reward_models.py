"""Reward models: what an action would have brought, told from other rows of the log.

In: a log, and the rows to learn from. Out: the expected reward of every action the strategy to be
valued could choose, row by row. They refuse to know with which probability anything was chosen.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.measure.logged import Logged

Vector = NDArray[np.float64]
Codes = NDArray[np.intp]

RewardModel = Callable[[Logged, Codes], Vector]
"""Learns from those rows alone (one may be named several times), and returns the expected reward
of every entry of `log.strategy`, in all rows."""


class MeanReward(msgspec.Struct, frozen=True):
    """The mean reward of an action in a context, drawn to the action's mean, and that to all's.

    Attributes
    ----------
    strength
        How many rows of the wider mean are added to the rows seen, above 0: the fewer were seen,
        the nearer it stays to the wider mean, and without any it is that.
    """

    strength: float = 10.0

    def __post_init__(self) -> None:
        """Refuse a mean of nothing."""
        if not self.strength > 0.0:
            msg = f"strength: required a number of rows above 0, got {self.strength}"
            raise ValueError(msg)

    def __call__(self, log: Logged, rows: Codes) -> Vector:
        """Return the expected reward of every entry of the strategy."""
        actions, reward = log.action[rows], log.reward[rows]
        everywhere = np.bincount(np.zeros_like(rows), reward)[0] / len(rows)
        alone = self._drawn(actions, reward, np.full(len(log.names), everywhere))
        contexts = int(log.cell.max()) + 1
        together = log.cell[rows] * len(log.names) + actions
        drawn = self._drawn(together, reward, np.tile(alone, contexts))
        wanted = log.cell[log.strategy.row] * len(log.names) + log.strategy.action
        told: Vector = drawn[wanted]
        return told

    def _drawn(self, group: Codes, reward: Vector, wider: Vector) -> Vector:
        seen = np.bincount(group, minlength=len(wider))
        brought = np.bincount(group, reward, len(wider)).astype(np.float64)
        return shrunk(brought, seen.astype(np.float64), wider, self.strength)


def shrunk(brought: Vector, seen: Vector, wider: Vector, strength: float) -> Vector:
    """Return means of what was seen, each drawn to a wider one by so many rows' weight.

    Examples
    --------
    >>> shrunk(np.array([6.0, 0.0]), np.array([10.0, 0.0]), np.array([0.2, 0.2]), 10.0).tolist()
    [0.4, 0.2]
    """
    means: Vector = (brought + strength * wider) / (seen + strength)
    return means


def predicted(log: Logged, model: RewardModel, rows: Codes) -> Vector:
    """Return what a model says after learning from those rows, if it is a number for each entry.

    Raises
    ------
    ValueError
        If it is not.
    """
    expected = model(log, rows)
    if expected.shape != log.strategy.row.shape or not np.isfinite(expected).all():
        msg = (
            f"the reward model {model!r}: required {len(log.strategy.row):,} finite numbers, one"
            f" for every entry of the strategy; got an array of shape {expected.shape} with"
            f" {np.count_nonzero(~np.isfinite(expected)):,} that are not finite"
        )
        raise ValueError(msg)
    return expected


def cross_fitted(log: Logged, model: RewardModel, *, folds: int, seed: int) -> Vector:
    """Return the expected reward of every entry, told by a model that never saw its person.

    People are dealt into folds of nearly equal size; a fold is predicted from all others.

    Parameters
    ----------
    folds
        At most as many as there are people.
    seed
        Of the dealing; which person is in which fold does not depend on the order of rows.
    """
    people = int(log.person.max()) + 1
    folds = min(folds, people)
    fold = (np.random.default_rng(seed).permutation(people) % folds)[log.person]
    of_entry = fold[log.strategy.row]
    expected = np.empty(len(of_entry))
    for k in range(folds):
        mine = of_entry == k
        expected[mine] = predicted(log, model, np.flatnonzero(fold != k))[mine]
    return expected
