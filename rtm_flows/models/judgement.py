"""The judgement: how well what was served came true, and what follows if it no longer fits.

In: served scores with what came true, in order. Out: figures, notes, and the answer to drift. It
refuses to know which model served, and which rows these are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.errors import RecoveryError
from rtm_flows.models.beside import Beside, SavedBeside
from rtm_flows.models.drift_rule import DriftRule
from rtm_flows.models.drift_watch import DriftWatch
from rtm_flows.models.notes import Note
from rtm_flows.models.progressive import Progressive
from rtm_flows.models.sealed import seal, unseal

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Matrix = NDArray[np.float64]

Response = Literal["alert", "reset", "switch"]


class _State(msgspec.Struct):
    beside: SavedBeside
    progressive: bytes
    watch: bytes | None


class Judgement:
    """Figures of what was served, and perhaps a watch for drift.

    Parameters
    ----------
    slices
        Names of the slices by which it is judged too.
    period
        Ticks of a period by which it is judged too; None for none.
    drift
        When the model is held to fit no longer, and what follows; None for never.

    Examples
    --------
    >>> judgement = Judgement([], None, None)
    >>> scores, true, ticks = np.array([0.9]), np.array([True]), np.array([4])
    >>> beside = judgement.ask(np.array([60.0]), np.array([0]), true, np.array([60.0]))
    >>> judgement.add(scores, true, ticks, np.zeros((1, 0), bool), beside)
    >>> judgement.summary()["n"]
    1
    """

    def __init__(self, slices: Sequence[str], period: int | None, drift: DriftRule | None) -> None:
        self._beside = Beside()
        self._progressive = Progressive(slices, period)
        self._watch = None if drift is None else DriftWatch(drift)
        self._alarmed = False

    def ask(self, ago: Floats, after: Ints, labels: Bools, told_ago: Floats) -> Matrix:
        """Return what baselines say of rows when they are asked: see `Beside.ask`."""
        return self._beside.ask(ago, after, labels, told_ago)

    def add(
        self, scores: Floats, labels: Bools, ticks: Ints, slices: Bools, beside: Matrix
    ) -> None:
        """Take in what was served, and what came true of it.

        Parameters
        ----------
        scores, labels
            One each a row.
        ticks
            Tick of each label; never falls.
        slices
            To which slices each belongs, (rows, slices).
        beside
            What `ask` told of each.
        """
        self._progressive.add(scores, labels, ticks, slices, beside)
        if self._watch is not None:
            self._alarmed |= self._watch.add(scores, labels, ticks)

    def answer(self) -> Response | None:
        """Return what is to be done at the end of a tick: None, unless there was an alarm in it."""
        if self._watch is None or not self._alarmed:
            return None
        self._alarmed = False
        return self._watch.rule.response

    def close(self, tick: int) -> list[Note]:
        """Return what there is to tell of the ticks before this one, all of them learned."""
        alarms = [] if self._watch is None else self._watch.notes()
        return [*alarms, *self._progressive.close(tick)]

    def summary(self) -> dict[str, object]:
        """Return the figures of all that was served, and the alarms."""
        drift = {} if self._watch is None else {"drift": self._watch.summary()}
        return {**self._progressive.summary(), **drift}

    def take_over(self, other: Judgement) -> None:
        """Go on as another did, which may have had other slices."""
        self._beside.restore(other._beside.saved())
        self._progressive.take_over(other._progressive)
        if self._watch is not None and other._watch is not None:
            self._watch.load(other._watch.to_bytes())

    def to_bytes(self) -> bytes:
        """Return the whole state at the end of a tick; `load` reads it back to the bit."""
        watch = None if self._watch is None else self._watch.to_bytes()
        return seal("judgement", _State(self._beside.saved(), self._progressive.to_bytes(), watch))

    def load(self, data: bytes) -> None:
        """Restore the whole state.

        Raises
        ------
        RecoveryError
            If the bytes are damaged, or were saved with another rule or for another River.
        """
        state = unseal("judgement", data, _State)
        if (state.watch is None) != (self._watch is None):
            msg = "saved versioned model and this one must both be watched for drift, or neither"
            raise RecoveryError(msg)
        self._beside.restore(state.beside)
        self._progressive.load(state.progressive)
        if self._watch is not None and state.watch is not None:
            self._watch.load(state.watch)
