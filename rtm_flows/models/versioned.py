"""A versioned model: what is served under one name, as it goes from example to example.

In: examples in the order in which they are learned. Out: what the model had become after each
tick that taught it something, and how well it predicted. It refuses to know what is predicted,
and which other things are learned beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.contest import Contest
from rtm_flows.models.logistic import COUNTS, usable
from rtm_flows.models.notes import Note
from rtm_flows.models.progressive import Progressive
from rtm_flows.models.sealed import seal, unseal
from rtm_flows.models.spec import Learning

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Matrix = NDArray[np.float64]

_AT_ONCE = 1024


class Taught(NamedTuple):
    """New versions of one model."""

    ticks: Ints
    """Rising; only ticks that taught something."""
    parameters: Matrix
    """`Logistic.parameters` after each of these ticks, (ticks, parameters)."""


class _State(msgspec.Struct):
    rejected: int
    contest: bytes
    progressive: bytes


class VersionedModel:
    """Predicts each example, is measured by it, and learns it; challengers do so in its shadow.

    Parameters
    ----------
    names
        Names of the features, in the order of the vectors.
    spec
        How the model learns, when it is believed, and who challenges it.

    Examples
    --------
    >>> model = VersionedModel(["views"], Learning())
    >>> x, labels = np.array([[1.0], [np.nan], [2.0]]), np.array([True, False, False])
    >>> model.learn(x, labels, ticks=np.array([4, 4, 7])).ticks.tolist()
    [4, 7]
    >>> figures = model.summary()
    >>> figures["n"], figures["rejected"]
    (2, 1)
    """

    def __init__(self, names: Sequence[str], spec: Learning) -> None:
        self.names, self.spec = tuple(names), spec
        self._contest = Contest(names, spec)
        self._progressive = Progressive()
        self._rejected = 0

    def learn(self, x: Matrix, labels: Bools, ticks: Ints) -> Taught:
        """Learn examples in turn; those that are not usable are counted and passed over.

        Parameters
        ----------
        x
            Features as the model sees them, (examples, features).
        labels
            What came true.
        ticks
            Tick of each label; never falls. All examples of a tick come in one call: a promotion
            is made where a tick ends.
        """
        may = np.flatnonzero(usable(x))
        self._rejected += len(x) - len(may)
        ticks = ticks.take(may)
        ends = np.append(ticks[1:] != ticks[:-1], True)[: len(ticks)]
        told = [Taught(np.zeros(0, dtype=np.int64), np.zeros((0, COUNTS + 2 * len(self.names))))]
        for start in range(0, len(may), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            own = may[part]
            after = self._learn_each(x[own], labels.take(own), ticks[part], ends[part])
            told.append(Taught(ticks[part][ends[part]], after[ends[part]]))
        return Taught(*map(np.concatenate, zip(*told, strict=True)))

    def notes(self) -> list[Note]:
        """Return what happened and was not told before, and forget it."""
        return self._contest.notes()

    def summary(self) -> dict[str, object]:
        """Return how well it was predicted, how many were unusable, and how challengers do.

        The metrics are of what was served, whoever was champion at the time.
        """
        rejected = {"rejected": self._rejected}
        return {**self._progressive.summary(), **rejected, **self._contest.summary()}

    def to_bytes(self) -> bytes:
        """Return the whole state; `load` reads it back to the bit."""
        state = _State(self._rejected, self._contest.to_bytes(), self._progressive.to_bytes())
        return seal("versioned model", state)

    def load(self, data: bytes) -> None:
        """Restore the whole state.

        Raises
        ------
        RecoveryError
            If the bytes are damaged, or were saved with other features or for another River.
        """
        state = unseal("versioned model", data, _State)
        self._rejected = state.rejected
        self._contest.load(state.contest)
        self._progressive = Progressive.from_bytes(state.progressive)

    def _learn_each(self, x: Matrix, labels: Bools, ticks: Ints, ends: Bools) -> Matrix:
        """Predict, measure and learn each example in turn; return the parameters after each."""
        learned = self._contest.learn(x, labels, ticks, ends)
        for chance, label in zip(learned.scores.tolist(), labels.tolist(), strict=True):
            self._progressive.update(chance, label)
        return learned.versions
