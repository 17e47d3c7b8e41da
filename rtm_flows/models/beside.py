"""What stands beside a model: the chances that anybody would have given the same rows.

In: rows asked, and the labels that are told meanwhile, in order. Out: a chance of each row by each
baseline, from the labels told before it was asked. It refuses to know the model.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.baselines import rate
from rtm_flows.models.recency import Recency, SavedRecency

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Matrix = NDArray[np.float64]

BASELINES = ("prior", "last_label", "recency")
"""The running rate, what came true last, and the rate of those last seen as long ago."""


class SavedBeside(msgspec.Struct, kw_only=True):
    """The state as plain values."""

    examples: int
    positives: int
    last: bool
    recency: SavedRecency


class Beside:
    """The baselines of one model.

    Examples
    --------
    >>> beside, ago = Beside(), np.full(3, np.nan)
    >>> beside.ask(ago, np.array([0, 0, 2]), np.array([True, False]), ago[:2]).round(3).tolist()
    [[0.05, 0.1, nan], [0.05, 0.1, nan], [0.091, 0.1, nan]]
    """

    def __init__(self) -> None:
        self._examples = self._positives = 0
        self._last = False
        self._recency = Recency()

    def ask(self, ago: Floats, after: Ints, labels: Bools, told_ago: Floats) -> Matrix:
        """Return the chances of rows, (rows, baselines), and take labels in.

        Parameters
        ----------
        ago
            Seconds since somebody was last seen, one a row; NaN where nothing tells, and then
            the chance by recency is NaN.
        after
            How many of the labels are told before each row is asked; never falls.
        labels, told_ago
            What came true of rows asked before or here, and their seconds.
        """
        came = self._positives + np.append(0, np.cumsum(labels, dtype=np.int64))
        prior = rate(self._examples + after, came[after])
        last = np.append(self._last, labels)[after]
        found: Matrix = np.empty((len(ago), len(BASELINES)))
        found[:, 0], found[:, 1], found[:, 2] = prior, np.where(last, 0.9, 0.1), np.nan
        known, told = ~np.isnan(ago), ~np.isnan(told_ago)
        before = np.append(0, np.cumsum(told))[after[known]]
        found[known, 2] = self._recency.ask(
            ago[known], before, labels[told], told_ago[told], prior[known]
        )
        self._examples, self._positives = self._examples + len(labels), int(came[-1])
        self._last = bool(labels[-1]) if len(labels) else self._last
        return found

    def saved(self) -> SavedBeside:
        """Return the whole state as plain values."""
        return SavedBeside(
            examples=self._examples,
            positives=self._positives,
            last=self._last,
            recency=self._recency.saved(),
        )

    def restore(self, saved: SavedBeside) -> None:
        """Take over a saved state.

        Raises
        ------
        RecoveryError
            If the values cannot be those of a count.
        """
        self._recency = Recency.from_saved(saved.recency)
        self._examples, self._positives = saved.examples, saved.positives
        self._last = saved.last
