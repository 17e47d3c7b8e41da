"""A versioned model: one model with its metrics, as it goes from example to example.

In: examples in the order in which they are learned. Out: what the model had become after each
tick that taught it something, and how well it predicted. It refuses to know what is predicted,
and which other models learn beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.logistic import COUNTS, Logistic, usable
from rtm_flows.models.notes import Note
from rtm_flows.models.progressive import Progressive
from rtm_flows.models.score import score_rows
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


def joined(parts: Sequence[Taught]) -> Taught:
    """Return versions in one; of a tick that was cut in two, what it ended with."""
    versions = Taught(*map(np.concatenate, zip(*parts, strict=True)))
    whole = np.append(versions.ticks[1:] != versions.ticks[:-1], True)[: len(versions.ticks)]
    return Taught(versions.ticks[whole], versions.parameters[whole])


class _State(msgspec.Struct):
    rejected: int
    model: bytes
    progressive: bytes


class VersionedModel:
    """Predicts each example, is measured by it, and learns it.

    Parameters
    ----------
    names
        Names of the features, in the order of the vectors.
    spec
        How the model learns, and when it is believed.
    slices
        Names of the slices by which it is judged too.
    period
        Ticks of a period by which it is judged too.

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

    def __init__(
        self, names: Sequence[str], spec: Learning, slices: Sequence[str] = (), period: int = 1
    ) -> None:
        self.names, self.spec = tuple(names), spec
        self._model = Logistic(names, spec.learning_rate)
        self._progressive = Progressive(slices, period)
        self._rejected = 0

    def learn(self, x: Matrix, labels: Bools, ticks: Ints, slices: Bools | None = None) -> Taught:
        """Learn examples in turn; those that are not usable are counted and passed over.

        Parameters
        ----------
        x
            Features as the model sees them, (examples, features).
        labels
            What came true.
        ticks
            Tick of each label; never falls.
        slices
            To which slices each belongs, (examples, slices).
        """
        if slices is None:
            slices = np.zeros((len(x), 0), dtype=np.bool_)
        may = np.flatnonzero(usable(x))
        self._rejected += len(x) - len(may)
        ticks = ticks.take(may)
        told = [Taught(np.zeros(0, dtype=np.int64), np.zeros((0, COUNTS + 2 * len(self.names))))]
        for start in range(0, len(may), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            own = may[part]
            after = self._learn_each(x[own], labels[own], ticks[part], slices[own])
            last = np.append(ticks[part][1:] != ticks[part][:-1], True)
            told.append(Taught(ticks[part][last], after[last]))
        return joined(told)

    def close(self, tick: int) -> list[Note]:
        """Return what there is to tell of the ticks before this one, all of them learned."""
        return self._progressive.close(tick)

    def summary(self) -> dict[str, object]:
        """Return how well the model predicted what it then learned, and how many were unusable."""
        return {**self._progressive.summary(), "rejected": self._rejected}

    def to_bytes(self) -> bytes:
        """Return the whole state; `load` reads it back to the bit."""
        state = _State(self._rejected, self._model.to_bytes(), self._progressive.to_bytes())
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
        self._model = Logistic.from_bytes(state.model, self.names)
        self._progressive.load(state.progressive)

    def _learn_each(self, x: Matrix, labels: Bools, ticks: Ints, slices: Bools) -> Matrix:
        """Predict, measure and learn each example in turn; return the parameters after each."""
        rows = self._model.learn_rows(x, labels.tolist())
        # Each with the parameters before it was learned, exactly as decide scores.
        predicted = score_rows(x, rows, np.arange(len(x)), self.spec)
        self._progressive.add(predicted, labels, ticks, slices)
        return rows[1:]
