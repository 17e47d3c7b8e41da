"""A versioned model: what is served under one name, as it goes from example to example.

In: examples in the order in which they are learned. Out: what the model had become after each
tick that taught it something, and how well it predicted. It refuses to know what is predicted,
and which other things are learned beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.errors import RecoveryError
from rtm_flows.models.contest import Contest
from rtm_flows.models.drift_watch import DriftWatch
from rtm_flows.models.logistic import COUNTS, usable
from rtm_flows.models.notes import Note
from rtm_flows.models.progressive import Progressive
from rtm_flows.models.sealed import seal, unseal
from rtm_flows.models.spec import Learning

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Matrix = NDArray[np.float64]
Floats = NDArray[np.float64]

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
    watch: bytes | None


class VersionedModel:
    """Predicts each example, is measured by it, and learns it; challengers do so in its shadow.

    Parameters
    ----------
    names
        Names of the features, in the order of the vectors.
    spec
        How the model learns, when it is believed, and who challenges it.
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
        self,
        names: Sequence[str],
        spec: Learning,
        slices: Sequence[str] = (),
        period: int | None = None,
    ) -> None:
        self.names, self.spec = tuple(names), spec
        self._contest = Contest(names, spec)
        self._progressive = Progressive(slices, period)
        self._watch = None if spec.drift is None else DriftWatch(spec.drift)
        self._alarmed = False
        self._rejected = 0

    def learn(
        self,
        x: Matrix,
        labels: Bools,
        ticks: Ints,
        slices: Bools | None = None,
        ago: Floats | None = None,
    ) -> Taught:
        """Learn examples in turn; those that are not usable are counted and passed over.

        Parameters
        ----------
        x
            Features as the model sees them, (examples, features).
        labels
            What came true.
        ticks
            Tick of each label; never falls. All examples of a tick come in one call: a promotion,
            and what answers drift, is made where a tick ends.
        slices
            To which slices each belongs, (examples, slices).
        ago
            Seconds since somebody was last seen, as `Progressive.add` takes them.
        """
        if slices is None:
            slices = np.zeros((len(x), 0), dtype=np.bool_)
        if ago is None:
            ago = np.full(len(x), np.nan)
        may = np.flatnonzero(usable(x))
        self._rejected += len(x) - len(may)
        ticks = ticks.take(may)
        ends = np.append(ticks[1:] != ticks[:-1], True)[: len(ticks)]
        told = [Taught(np.zeros(0, dtype=np.int64), np.zeros((0, COUNTS + 2 * len(self.names))))]
        for part in self._parts(ends):
            own = may[part]
            after = self._learn_each(
                x[own], labels[own], ticks[part], ends[part], slices[own], ago[own]
            )
            told.append(Taught(ticks[part][ends[part]], after[ends[part]]))
        return Taught(*map(np.concatenate, zip(*told, strict=True)))

    def close(self, tick: int) -> list[Note]:
        """Return what there is to tell of the ticks before this one, all of them learned."""
        alarms = [] if self._watch is None else self._watch.notes()
        notes = [*alarms, *self._contest.notes(), *self._progressive.close(tick)]
        return sorted(notes, key=lambda note: note.tick)

    def summary(self) -> dict[str, object]:
        """Return how well it was predicted, how many were unusable, and how challengers do.

        The metrics are of what was served, whoever was champion at the time.
        """
        drift = {} if self._watch is None else {"drift": self._watch.summary()}
        further = {"rejected": self._rejected, **drift}
        return {**self._progressive.summary(), **further, **self._contest.summary()}

    def to_bytes(self) -> bytes:
        """Return the whole state; `load` reads it back to the bit."""
        watch = None if self._watch is None else self._watch.to_bytes()
        contest, progressive = self._contest.to_bytes(), self._progressive.to_bytes()
        return seal("versioned model", _State(self._rejected, contest, progressive, watch))

    def load(self, data: bytes) -> None:
        """Restore the whole state.

        Raises
        ------
        RecoveryError
            If the bytes are damaged, or were saved with other features or for another River.
        """
        state = unseal("versioned model", data, _State)
        if (state.watch is None) != (self._watch is None):
            msg = "saved versioned model and this one must both be watched for drift, or neither"
            raise RecoveryError(msg)
        self._rejected = state.rejected
        self._contest.load(state.contest)
        self._progressive.load(state.progressive)
        if self._watch is not None and state.watch is not None:
            self._watch.load(state.watch)

    def _parts(self, ends: Bools) -> list[slice]:
        """Return the runs in which examples are learned: of one tick each, if drift is answered."""
        stops = {*range(_AT_ONCE, len(ends), _AT_ONCE), len(ends)}
        if self.spec.drift is not None and self.spec.drift.response != "alert":
            stops.update((np.flatnonzero(ends) + 1).tolist())
        edges = [0, *sorted(stops)] if len(ends) else []
        return [slice(*edge) for edge in pairwise(edges)]

    def _learn_each(
        self, x: Matrix, labels: Bools, ticks: Ints, ends: Bools, slices: Bools, ago: Floats
    ) -> Matrix:
        """Predict, measure and learn each example in turn; return the parameters after each."""
        learned = self._contest.learn(x, labels, ticks, ends)
        self._progressive.add(learned.scores, labels, ticks, slices, ago)
        self._answer(learned.scores, labels, ticks, ended=bool(ends[-1]))
        return learned.versions

    def _answer(self, scores: Floats, labels: Bools, ticks: Ints, *, ended: bool) -> None:
        """Look for drift; where a tick ends in which there was an alarm, do what is asked for."""
        if self._watch is None:
            return
        self._alarmed |= self._watch.add(scores, labels, ticks)
        if not (self._alarmed and ended):
            return
        self._alarmed = False
        if self._watch.rule.response == "reset":
            self._contest.reset()
        elif self._watch.rule.response == "switch":
            self._contest.renew_challengers()
