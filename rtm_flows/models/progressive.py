"""Progressive validation: how good the predictions were, each judged before it was learned.

In: predictions and the labels that came true, in the order of the fold. Out: the metrics of the
summary, by slice too, beside naive baselines, and those of each period. It refuses to know which
model predicted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.errors import RecoveryError
from rtm_flows.models.beside import BASELINES
from rtm_flows.models.notes import Note
from rtm_flows.models.sealed import seal, unseal
from rtm_flows.models.tally import Saved, Tally, micros, runs

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

FIGURES = (
    *("n", "positives", "roc_auc", "roc_auc_95", "average_precision"),
    *("log_loss", "log_loss_95", "brier", "ece"),
)
"""What is told of every series of predictions; by the methods of `Tally`."""

_WAIT = 4096


class Waiting(NamedTuple):
    """Predictions that are not yet counted."""

    predicted: NDArray[np.float64]
    labels: Bools
    ticks: Ints
    slices: Bools
    beside: NDArray[np.float64]


class _Open(NamedTuple):
    """A period that may still get examples."""

    number: int
    model: Tally
    prior: Tally

    @property
    def figures(self) -> dict[str, object]:
        """How good the predictions were."""
        return {**_figures(self.model), "prior_log_loss": self.prior.log_loss()}


class _State(msgspec.Struct, kw_only=True):
    model: Saved
    baselines: list[Saved]
    slices: list[Saved]
    periods: list[tuple[int, Saved, Saved]]


class Progressive:
    """The metrics of one model's predictions, kept up to date.

    Predictions are counted in millionths, so that ranks and calibration are exact integers and
    only losses are sums of floats; those run strictly from the first example to the last, so that
    no figure depends on how the examples were cut into ticks or snapshots.

    Parameters
    ----------
    slices
        Names of the slices: sets of examples that are judged apart too.
    period
        Ticks of a period; None if nobody wants to hear of periods.

    Examples
    --------
    >>> progress = Progressive(period=60)
    >>> labels, ticks = np.array([False, True, False]), np.array([3, 59, 60])
    >>> progress.add(np.array([0.2, 0.7, 0.4]), labels, ticks)
    >>> summary = progress.summary()
    >>> summary["n"], summary["positives"], summary["roc_auc"]
    (3, 1, 1.0)
    >>> [(note.tick, note.fields["n"]) for note in progress.close(60)]
    [(59, 2)]
    """

    def __init__(self, slices: Sequence[str] = (), period: int | None = None) -> None:
        self.slices, self.period = tuple(slices), period
        self._waiting: list[Waiting] = []
        self._count = 0
        self._model = Tally()
        self._baselines = [Tally() for _ in BASELINES]
        self._by_slice = [Tally() for _ in self.slices]
        self._open: list[_Open] = []

    def add(
        self,
        predicted: NDArray[np.float64],
        labels: Bools,
        ticks: Ints,
        slices: Bools | None = None,
        beside: NDArray[np.float64] | None = None,
    ) -> None:
        """Count predictions and their labels.

        Parameters
        ----------
        predicted
            Chances.
        labels
            What came true.
        ticks
            Tick of each label; never falls.
        slices
            To which slices each belongs, (predictions, slices); not needed without slices.
        beside
            Chances of the same by each of `BASELINES`, (predictions, baselines); NaN, or None for
            all, where one says nothing.

        Raises
        ------
        ValueError
            If a prediction is not from 0 to 1.
        """
        if not ((predicted >= 0.0) & (predicted <= 1.0)).all():
            msg = f"predictions must be from 0 to 1; got {predicted.tolist()}"
            raise ValueError(msg)
        if not len(labels):
            return
        if slices is None:
            slices = np.zeros((len(labels), len(self.slices)), dtype=np.bool_)
        if beside is None:
            beside = np.full((len(labels), len(BASELINES)), np.nan)
        self._waiting.append(Waiting(predicted, labels, ticks, slices, beside))
        self._count += len(labels)
        if self._count >= _WAIT:
            self._settle()

    def close(self, tick: int) -> list[Note]:
        """Return a note of each period that ends before a tick and was not told of.

        Every example of a tick before this one must have been added. A period without examples
        has no note.
        """
        if self.period is None:
            return []
        ended = tick // self.period
        if self._waiting and self._waiting[0].ticks[0] // self.period < ended:
            self._settle()
        closed = [one for one in self._open if one.number < ended]
        self._open = self._open[len(closed) :]
        last = self.period - 1
        return [Note(one.number * self.period + last, "period", one.figures) for one in closed]

    def summary(self) -> dict[str, object]:
        """Return all metrics, floats rounded to six decimals; None where one has no meaning.

        What each means is said by the methods of `Tally`.
        """
        self._settle()
        named = zip(BASELINES, self._baselines, strict=True)
        sliced = zip(self.slices, self._by_slice, strict=True)
        return {
            **_figures(self._model),
            "calibration": self._model.calibration(),
            "baselines": {name: _quality(tally) for name, tally in named},
            "slices": {name: _figures(tally) for name, tally in sliced},
        }

    def take_over(self, other: Progressive) -> None:
        """Go on as another did; slices that it did not have begin with nothing."""
        other._settle()
        self._model, self._baselines, self._open = other._model, other._baselines, other._open
        known = dict(zip(other.slices, other._by_slice, strict=True))
        self._by_slice = [known.get(name, Tally()) for name in self.slices]

    def to_bytes(self) -> bytes:
        """Return the whole state; `load` reads it back to the bit."""
        self._settle()
        state = _State(
            model=self._model.saved(),
            baselines=[tally.saved() for tally in self._baselines],
            slices=[tally.saved() for tally in self._by_slice],
            periods=[(one.number, one.model.saved(), one.prior.saved()) for one in self._open],
        )
        return seal("progressive", state)

    def load(self, data: bytes) -> None:
        """Restore the whole state.

        Raises
        ------
        RecoveryError
            If the bytes are damaged, of another format, or of other slices.
        """
        state = unseal("progressive", data, _State)
        if len(state.baselines) != len(BASELINES) or len(state.slices) != len(self.slices):
            msg = (
                f"saved progressive must have {len(BASELINES)} baselines and {len(self.slices)} "
                f"slices; got {len(state.baselines)} and {len(state.slices)}"
            )
            raise RecoveryError(msg)
        self._waiting, self._count = [], 0
        self._model = Tally.from_saved(state.model)
        self._baselines = list(map(Tally.from_saved, state.baselines))
        self._by_slice = list(map(Tally.from_saved, state.slices))
        self._open = [
            _Open(number, Tally.from_saved(model), Tally.from_saved(prior))
            for number, model, prior in state.periods
        ]

    def _settle(self) -> None:
        """Fold the examples that wait into the counts, in their order."""
        if not self._waiting:
            return
        waiting = Waiting(*map(np.concatenate, zip(*self._waiting, strict=True)))
        self._waiting, self._count = [], 0
        predicted, labels = micros(waiting.predicted), waiting.labels
        for chances, tally in zip(waiting.beside.T, self._baselines, strict=True):
            known = ~np.isnan(chances)
            tally.add(micros(chances[known]), labels[known])
        self._model.add(predicted, labels)
        for inside, tally in zip(waiting.slices.T, self._by_slice, strict=True):
            tally.add(predicted[inside], labels[inside])
        if self.period is None:
            return
        numbers = waiting.ticks // self.period
        for first, last in runs(numbers):
            part, latest = slice(first, last), self._period(int(numbers[first]))
            latest.model.add(predicted[part], labels[part])
            prior = waiting.beside[part, 0]
            known = ~np.isnan(prior)
            latest.prior.add(micros(prior[known]), labels[part][known])

    def _period(self, number: int) -> _Open:
        """Return the period of that number, which is the latest."""
        if not self._open or self._open[-1].number != number:
            self._open.append(_Open(number, Tally(), Tally()))
        return self._open[-1]


def _figures(tally: Tally) -> dict[str, object]:
    counts = {"n": tally.n, "positives": tally.n_positives}
    return {**counts, **{name: getattr(tally, name)() for name in FIGURES[len(counts) :]}}


def _quality(tally: Tally) -> dict[str, float | None]:
    return {"roc_auc": tally.roc_auc(), "log_loss": tally.log_loss()}
