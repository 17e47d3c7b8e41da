"""A model of delayed labels: it predicts a row when it comes, and is judged when all is known.

In: parts of rows (seen, came, over) in the order in which they are learned. Out: what the model
had become after each tick that taught it something, and how well it predicted. What a row teaches,
and when, follows the policy of `Intent.labels`. It refuses to know whose rows these are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.errors import RecoveryError
from rtm_flows.models.logistic import COUNTS, Logistic, Steps, usable
from rtm_flows.models.notes import Note
from rtm_flows.models.progressive import Progressive
from rtm_flows.models.score import score_rows
from rtm_flows.models.sealed import seal, unseal
from rtm_flows.models.spec import Intent
from rtm_flows.models.versioned import Bools, Ints, Matrix, Taught
from rtm_flows.people.parts import CAME, OVER, PARTS, SEEN

_AT_ONCE = 1024


class Parts(NamedTuple):
    """What is told of rows, in the order (time, person, sequence)."""

    x: Matrix
    """Features as the model sees them, (parts, features); the same for all parts of a row."""
    labels: Bools
    """What came true; it counts where a row is over."""
    ticks: Ints
    """Tick of each part; never falls."""
    slices: Bools
    """To which slices each belongs, (parts, slices)."""
    ago: NDArray[np.float64]
    """Seconds since somebody was last seen, as `Progressive.add` takes them."""
    persons: Sequence[str]
    sequences: Ints
    """Number of the row among those of its person, times `PARTS`, plus the part."""

    def take(self, which: Ints) -> Parts:
        """Return some parts."""
        persons = [self.persons[at] for at in which.tolist()]
        return Parts(
            self.x[which],
            self.labels[which],
            self.ticks[which],
            self.slices[which],
            self.ago[which],
            persons,
            self.sequences[which],
        )


class _State(msgspec.Struct):
    rejected: int
    corrected: int
    model: bytes
    progressive: bytes
    persons: list[str]
    numbers: list[int]
    predicted: list[float]


class DelayedModel:
    """Predicts each row as it comes, learns it by a policy, and is measured once it is over.

    Parameters
    ----------
    names
        Names of the features, in the order of the vectors.
    spec
        How the model learns, by which policy, and when it is believed.
    slices
        Names of the slices by which it is judged too.
    period
        Ticks of a period by which it is judged too.

    Notes
    -----
    Predictions of rows that are not over are remembered: as many as rows wait.

    Examples
    --------
    >>> model = DelayedModel(["views"], Intent(horizon="PT1H", labels="corrected"))
    >>> parts = Parts(
    ...     x=np.ones((3, 1)), labels=np.array([False, True, True]), ticks=np.array([1, 5, 60]),
    ...     slices=np.zeros((3, 0), dtype=np.bool_), ago=np.full(3, np.nan), persons=["u:ann"] * 3,
    ...     sequences=PARTS * 1 + np.array([SEEN, CAME, OVER]),
    ... )
    >>> model.learn(parts).ticks.tolist()
    [1, 5]
    >>> figures = model.summary()
    >>> figures["n"], figures["positives"], figures["corrected"]
    (1, 1, 1)
    """

    def __init__(
        self, names: Sequence[str], spec: Intent, slices: Sequence[str] = (), period: int = 1
    ) -> None:
        self.names, self.spec = tuple(names), spec
        self._model = Logistic(names, spec.learning_rate)
        self._progressive = Progressive(slices, period)
        self._rejected = self._corrected = 0
        self._predicted: dict[tuple[str, int], float] = {}

    def learn(self, parts: Parts) -> Taught:
        """Learn parts in turn; rows that are not usable are counted when they are over."""
        fine = usable(parts.x)
        over = parts.sequences % PARTS == OVER
        self._rejected += int(np.count_nonzero(over & ~fine))
        may = np.flatnonzero(fine)
        told = [Taught(np.zeros(0, dtype=np.int64), np.zeros((0, COUNTS + 2 * len(self.names))))]
        for start in range(0, len(may), _AT_ONCE):
            told.append(self._learn_some(parts.take(may[start : start + _AT_ONCE])))
        return _joined(told)

    def close(self, tick: int) -> list[Note]:
        """Return what there is to tell of the ticks before this one, all of them learned."""
        return self._progressive.close(tick)

    def summary(self) -> dict[str, object]:
        """Return how well rows were predicted that are over, and what was corrected or unusable."""
        counts = {"rejected": self._rejected, "corrected": self._corrected}
        return {**self._progressive.summary(), **counts}

    def to_bytes(self) -> bytes:
        """Return the whole state; `load` reads it back to the bit."""
        state = _State(
            self._rejected,
            self._corrected,
            self._model.to_bytes(),
            self._progressive.to_bytes(),
            [person for person, _ in self._predicted],
            [number for _, number in self._predicted],
            list(self._predicted.values()),
        )
        return seal("delayed model", state)

    def load(self, data: bytes) -> None:
        """Restore the whole state.

        Raises
        ------
        RecoveryError
            If the bytes are damaged, or were saved with other features or for another River.
        """
        state = unseal("delayed model", data, _State)
        if not len(state.persons) == len(state.numbers) == len(state.predicted):
            msg = "saved predictions are not one a row; restore an older snapshot"
            raise RecoveryError(msg)
        self._rejected, self._corrected = state.rejected, state.corrected
        self._model = Logistic.from_bytes(state.model, self.names)
        self._progressive.load(state.progressive)
        keys = zip(state.persons, state.numbers, strict=True)
        self._predicted = dict(zip(keys, state.predicted, strict=True))

    def _learn_some(self, parts: Parts) -> Taught:
        part = parts.sequences % PARTS
        keys = list(zip(parts.persons, (parts.sequences // PARTS).tolist(), strict=True))
        at, steps = self._steps(part, parts.labels)
        rows = self._model.parameters()[None]
        if len(at):
            rows = self._model.learn_steps(parts.x[at], steps)
        seen, over = np.flatnonzero(part == SEEN), np.flatnonzero(part == OVER)
        # Each with the parameters before its own first step.
        found = score_rows(parts.x[seen], rows, np.searchsorted(at, seen), self.spec)
        for index, chance in zip(seen.tolist(), found.tolist(), strict=True):
            self._predicted[keys[index]] = chance
        told = [self._predicted.pop(keys[index]) for index in over.tolist()]
        self._progressive.add(
            np.array(told),
            parts.labels[over],
            parts.ticks[over],
            parts.slices[over],
            parts.ago[over],
        )
        self._corrected += int(np.count_nonzero(part == CAME))
        ticks = parts.ticks[at]
        last = np.append(ticks[1:] != ticks[:-1], True)[: len(ticks)]
        return Taught(ticks[last], rows[1:][last])

    def _steps(self, part: Ints, labels: Bools) -> tuple[Ints, Steps]:
        """Return the steps that parts give rise to, and the part that each is of."""
        if self.spec.labels == "wait":
            at = np.flatnonzero(part == OVER)
            one = np.ones(len(at))
            return at, Steps(one > 0, labels[at].tolist(), one.tolist())
        if self.spec.labels == "fake_negative_weighted":
            at = np.flatnonzero(part != OVER)
            return at, Steps(part[at] == SEEN, (part[at] == CAME).tolist(), None)
        # Two for a purchase: the non-purchase is taken back, then the purchase is learned.
        at = np.repeat(np.arange(len(part)), np.array([1, 2, 0])[part])
        buys = np.append(False, at[1:] == at[:-1])[: len(at)]
        back = (part[at] == CAME) & ~buys
        return at, Steps(part[at] == SEEN, buys.tolist(), np.where(back, -1.0, 1.0).tolist())


def _joined(parts: Sequence[Taught]) -> Taught:
    """Return versions in one; of a tick that was cut in two, what it ended with."""
    versions = Taught(*map(np.concatenate, zip(*parts, strict=True)))
    whole = np.append(versions.ticks[1:] != versions.ticks[:-1], True)[: len(versions.ticks)]
    return Taught(versions.ticks[whole], versions.parameters[whole])
