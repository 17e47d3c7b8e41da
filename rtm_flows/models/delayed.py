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
from rtm_flows.models.contest import Contest
from rtm_flows.models.contestant import Asked
from rtm_flows.models.judgement import Judgement
from rtm_flows.models.logistic import usable
from rtm_flows.models.notes import Note
from rtm_flows.models.sealed import seal, unseal
from rtm_flows.models.spec import Intent
from rtm_flows.models.steps import Steps, plain
from rtm_flows.models.versioned import (
    Bools,
    Floats,
    Ints,
    Matrix,
    Taught,
    answers_drift,
    no_versions,
    runs,
)
from rtm_flows.people.parts import ALL_GONE, CAME, GONE, OVER, PARTS, SEEN


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
    """Seconds since somebody was last seen; NaN where nothing tells."""
    persons: Sequence[str]
    sequences: Ints
    """Number of the row among those of its person, times `PARTS`, plus the part; or `ALL_GONE`."""

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


class _Predicted(NamedTuple):
    """What a row was given when it came."""

    served: float
    mature: bool
    scores: list[float]
    """What each model would have served."""
    beside: list[float]
    """What each baseline said."""


class _State(msgspec.Struct):
    rejected: int
    corrected: int
    contest: bytes
    judgement: bytes
    waiting: list[tuple[str, int, _Predicted]]


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
        self._contest = Contest(names, spec)
        self._judgement = Judgement(slices, period, spec.drift)
        self._rejected = self._corrected = 0
        self._waiting: dict[str, dict[int, _Predicted]] = {}
        """By person, and the number of a row among the person's."""

    def learn(self, parts: Parts) -> Taught:
        """Learn parts in turn; rows that are not usable are counted when they are over.

        All parts of a tick come in one call: a promotion, and what answers drift, is made where a
        tick ends.
        """
        fine = usable(parts.x)
        over = parts.sequences % PARTS == OVER
        self._rejected += int(np.count_nonzero(over & ~fine))
        may = np.flatnonzero(fine)
        ticks = parts.ticks[may]
        ends = np.append(ticks[1:] != ticks[:-1], True)[: len(ticks)]
        changing = bool(self.spec.challengers) or answers_drift(self.spec)
        told = [no_versions(len(self.names))]
        for run in runs(ends, np.arange(len(may)), tick_by_tick=changing):
            told.append(self._learn_some(parts.take(may[run])))
            if ends[run][-1]:
                told.append(self._end_of_tick(ticks[run][-1:]))
        return _joined(told)

    def close(self, tick: int) -> list[Note]:
        """Return what there is to tell of the ticks before this one, all of them learned."""
        notes = [*self._contest.notes(), *self._judgement.close(tick)]
        return sorted(notes, key=lambda note: note.tick)

    def summary(self) -> dict[str, object]:
        """Return how well rows were predicted that are over, and what was corrected or unusable."""
        counts = {"rejected": self._rejected, "corrected": self._corrected}
        return {**self._judgement.summary(), **counts, **self._contest.summary()}

    def take_over(self, other: DelayedModel, values: Floats) -> None:
        """Go on as another did: see `Contest.take_over`.

        A model that comes new is held to have served rows that wait what the champion did.
        """
        self._rejected, self._corrected = other._rejected, other._corrected
        self._contest.take_over(other._contest, values)
        self._judgement.take_over(other._judgement)
        places = [other._contest.names.index(name) if name in other._contest.names else None
                  for name in self._contest.names]  # fmt: skip

        def as_here(one: _Predicted) -> _Predicted:
            scores = [one.served if place is None else one.scores[place] for place in places]
            return one._replace(scores=scores)

        for person, rows in other._waiting.items():
            self._waiting[person] = {number: as_here(one) for number, one in rows.items()}

    def to_bytes(self) -> bytes:
        """Return the whole state; `load` reads it back to the bit."""
        state = _State(
            self._rejected,
            self._corrected,
            self._contest.to_bytes(),
            self._judgement.to_bytes(),
            [
                (person, number, predicted)
                for person, own in self._waiting.items()
                for number, predicted in own.items()
            ],
        )
        return seal("delayed model", state)

    def load(self, data: bytes) -> None:
        """Restore the whole state.

        Raises
        ------
        RecoveryError
            If the bytes are damaged, or were saved with other models, features or River.
        """
        state = unseal("delayed model", data, _State)
        models = 1 + len(self.spec.challengers)
        if any(len(predicted.scores) != models for _, _, predicted in state.waiting):
            msg = f"saved predictions must be of {models} models; restore an older snapshot"
            raise RecoveryError(msg)
        self._rejected, self._corrected = state.rejected, state.corrected
        self._contest.load(state.contest)
        self._judgement.load(state.judgement)
        self._waiting = {}
        for person, number, one in state.waiting:
            self._waiting.setdefault(person, {})[number] = one

    def _learn_some(self, parts: Parts) -> Taught:
        """Learn parts: of no more than one tick, if what is served may change where it ends."""
        numbers, part = np.divmod(parts.sequences, PARTS)
        part[parts.sequences == ALL_GONE] = GONE
        at, steps = self._steps(part, parts.labels)
        seen, champion = np.flatnonzero(part == SEEN), self._contest.champion
        # Each is asked before its own first step.
        asked = Asked(parts.x[seen], np.searchsorted(at, seen))
        taken = self._contest.take(asked, parts.x[at], steps)
        served, over = taken.versions[champion], np.flatnonzero(part == OVER)
        beside = self._judgement.ask(
            parts.ago[seen], np.searchsorted(over, seen), parts.labels[over], parts.ago[over]
        )
        predicted = zip(
            taken.mature.tolist(), taken.scores.T.tolist(), beside.tolist(), strict=True
        )
        found: list[_Predicted] = []
        # In their order: a person who left and came back has rows of the same numbers again.
        for person, number, one in zip(parts.persons, numbers.tolist(), part.tolist(), strict=True):
            if one == SEEN:
                mature, scores, others = next(predicted)
                told = _Predicted(scores[champion], mature, scores, others)
                self._waiting.setdefault(person, {})[number] = told
            elif one == OVER:
                found.append(self._taken(person, number))
            elif one == GONE:
                self._waiting.pop(person, None)
        self._judge(found, parts.take(over))
        self._corrected += int(np.count_nonzero(part == CAME))
        ticks = parts.ticks[at]
        last = np.append(ticks[1:] != ticks[:-1], True)[: len(ticks)]
        return Taught(ticks[last], served[1:][last])

    def _taken(self, person: str, number: int) -> _Predicted:
        """Take out what a row was given when it came."""
        own = self._waiting[person]
        found = own.pop(number)
        if not own:
            del self._waiting[person]
        return found

    def _judge(self, told: Sequence[_Predicted], over: Parts) -> None:
        """Judge rows that are over by what was predicted when they came."""
        if not told:
            return
        served: Floats = np.array([one.served for one in told])
        mature = np.array([one.mature for one in told], dtype=np.bool_)
        scores: Matrix = np.array([one.scores for one in told]).T
        goes_on = np.zeros(len(told), dtype=np.bool_)
        self._contest.judge(scores, mature, over.labels, over.ticks, goes_on)
        beside: Matrix = np.array([one.beside for one in told])
        self._judgement.add(served, over.labels, over.ticks, over.slices, beside)

    def _end_of_tick(self, tick: Ints) -> Taught:
        """Change what is served, if that is called for; return its version if another serves."""
        champion = self._contest.champion
        self._contest.end_tick(int(tick[0]))
        told = no_versions(len(self.names))
        if self._contest.champion != champion:
            told = Taught(tick, self._contest.parameters()[None])
        self._contest.answer(self._judgement.answer())
        return told

    def _steps(self, part: Ints, labels: Bools) -> tuple[Ints, Steps]:
        """Return the steps that parts give rise to, and the part that each is of."""
        if self.spec.labels == "wait":
            at = np.flatnonzero(part == OVER)
            return at, plain(labels[at].tolist())
        if self.spec.labels == "fake_negative_weighted":
            at = np.flatnonzero((part == SEEN) | (part == CAME))
            return at, Steps((part[at] == CAME).tolist(), part[at] == SEEN, [None] * len(at))
        # Two for a purchase: the non-purchase is taken back, then the purchase is learned.
        at = np.repeat(np.arange(len(part)), np.array([1, 2, 0, 0])[part])
        buys = np.append(False, at[1:] == at[:-1])[: len(at)]
        back = (part[at] == CAME) & ~buys
        return at, Steps(buys.tolist(), part[at] == SEEN, np.where(back, -1.0, 1.0).tolist())


def _joined(parts: Sequence[Taught]) -> Taught:
    """Return versions in one; of a tick that was cut in two, what it ended with."""
    versions = Taught(*map(np.concatenate, zip(*parts, strict=True)))
    whole = np.append(versions.ticks[1:] != versions.ticks[:-1], True)[: len(versions.ticks)]
    return Taught(versions.ticks[whole], versions.parameters[whole])
