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

from rtm_flows.models.contest import Contest
from rtm_flows.models.judgement import Judgement
from rtm_flows.models.logistic import COUNTS, usable
from rtm_flows.models.notes import Note
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
    judgement: bytes


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
        self._judgement = Judgement(slices, period, spec.drift)
        self._rejected = 0

    def learn(
        self,
        x: Matrix,
        labels: Bools,
        ticks: Ints,
        slices: Bools | None = None,
        ago: Floats | None = None,
        moments: Ints | None = None,
    ) -> Taught:
        """Learn examples in turn; those that are not usable are counted and passed over.

        Each is predicted from what was learned before the first of its moment: what comes to be
        known together must not tell of one another.

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
            Seconds since somebody was last seen; NaN, or None for all, where nothing tells.
        moments
            A number that examples share of which the labels came to be known together, side by
            side; None for each on its own. It never falls.
        """
        if slices is None:
            slices = np.zeros((len(x), 0), dtype=np.bool_)
        if ago is None:
            ago = np.full(len(x), np.nan)
        may = np.flatnonzero(usable(x))
        self._rejected += len(x) - len(may)
        ticks = ticks.take(may)
        ends = np.append(ticks[1:] != ticks[:-1], True)[: len(ticks)]
        moments = may if moments is None else moments[may]
        told = [no_versions(len(self.names))]
        for part in runs(ends, moments, tick_by_tick=answers_drift(self.spec)):
            own = may[part]
            first = np.searchsorted(moments[part], moments[part])
            learned = self._contest.learn(x[own], labels[own], ticks[part], ends[part], first)
            beside = self._judgement.ask(ago[own], first, labels[own], ago[own])
            self._judgement.add(learned.scores, labels[own], ticks[part], slices[own], beside)
            if ends[part][-1]:
                self._contest.answer(self._judgement.answer())
            told.append(Taught(ticks[part][ends[part]], learned.versions[ends[part]]))
        return Taught(*map(np.concatenate, zip(*told, strict=True)))

    def close(self, tick: int) -> list[Note]:
        """Return what there is to tell of the ticks before this one, all of them learned."""
        notes = [*self._contest.notes(), *self._judgement.close(tick)]
        return sorted(notes, key=lambda note: note.tick)

    def summary(self) -> dict[str, object]:
        """Return how well it was predicted, how many were unusable, and how challengers do.

        The metrics are of what was served, whoever was champion at the time.
        """
        judged, contest = self._judgement.summary(), self._contest.summary()
        return {**judged, "rejected": self._rejected, **contest}

    def take_over(self, other: VersionedModel, values: Floats) -> None:
        """Go on as another did: see `Contest.take_over`."""
        self._rejected = other._rejected
        self._contest.take_over(other._contest, values)
        self._judgement.take_over(other._judgement)

    def to_bytes(self) -> bytes:
        """Return the whole state; `load` reads it back to the bit."""
        state = _State(self._rejected, self._contest.to_bytes(), self._judgement.to_bytes())
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
        self._judgement.load(state.judgement)


def no_versions(features: int) -> Taught:
    """Return versions of nothing learned, shaped as those of a model of so many features."""
    return Taught(np.zeros(0, dtype=np.int64), np.zeros((0, COUNTS + 2 * features)))


def answers_drift(spec: Learning) -> bool:
    """Tell whether models begin anew where there is drift, which is at the end of a tick."""
    return spec.drift is not None and spec.drift.response != "alert"


def runs(ends: Bools, moments: Ints, *, tick_by_tick: bool) -> list[slice]:
    """Return the runs in which examples are learned: not too many at once, or of one tick each.

    Parameters
    ----------
    ends
        Whether an example is the last of its tick.
    moments
        A number that examples share which must be in one run; it never falls.
    """
    stops = {*range(_AT_ONCE, len(ends), _AT_ONCE)}
    stops = {*np.searchsorted(moments, [moments[stop] for stop in stops]).tolist(), len(ends)} - {0}
    if tick_by_tick:
        stops.update((np.flatnonzero(ends) + 1).tolist())
    edges = [0, *sorted(stops)] if len(ends) else []
    return [slice(*edge) for edge in pairwise(edges)]
