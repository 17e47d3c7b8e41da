"""Progressive validation: how good the predictions were, each judged before it was learned.

In: predictions and the labels that came true, in the order of the fold. Out: the metrics of
the summary, beside two naive baselines. It refuses to know which model predicted.
"""

from __future__ import annotations

from typing import TypedDict

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.errors import RecoveryError
from rtm_flows.models.baselines import last_label, running_prior
from rtm_flows.models.sealed import seal, unseal
from rtm_flows.models.tally import SCALE, Saved, Tally, micros

Counts = NDArray[np.int64]

ECE_BINS = 15
"""Equal bins of the prediction for the calibration error."""

_WAIT = 4096


class Quality(TypedDict):
    """How well a series of predictions ranks, and how surprised it was."""

    roc_auc: float | None
    log_loss: float | None


class Summary(TypedDict):
    """The metrics of one model, as `summary.json` has them."""

    n: int
    positives: int
    roc_auc: float | None
    log_loss: float | None
    ece: float | None
    baselines: dict[str, Quality]


class _State(msgspec.Struct, kw_only=True):
    last: bool
    model: Saved
    prior: Saved
    last_label: Saved
    ece_sum: list[int]
    ece_positives: list[int]


class Progressive:
    """The metrics of one model's predictions, kept up to date.

    Predictions are counted in millionths, so that ranks and calibration are exact integers and
    only `log_loss` is a sum of floats; that one runs strictly from the first example to the last,
    so that no figure depends on how the examples were cut into ticks or snapshots.

    Two baselines see the same labels: `prior` and `last_label`, as `baselines` has them.

    Examples
    --------
    >>> progress = Progressive()
    >>> for p, y in [(0.2, False), (0.7, True), (0.4, False)]:
    ...     progress.update(p, y)
    >>> summary = progress.summary()
    >>> summary["n"], summary["positives"], summary["roc_auc"]
    (3, 1, 1.0)
    """

    def __init__(self) -> None:
        self._predictions: list[float] = []
        self._labels: list[bool] = []
        self._last = False
        self._model = Tally()
        self._prior = Tally()
        self._last_label = Tally()
        self._ece_sum: Counts = np.zeros(ECE_BINS, dtype=np.int64)
        self._ece_positives: Counts = np.zeros(ECE_BINS, dtype=np.int64)

    def update(self, p: float, y: bool) -> None:
        """Count one prediction and its label.

        Raises
        ------
        ValueError
            If the prediction is not from 0 to 1.
        """
        if not 0.0 <= p <= 1.0:
            msg = f"a prediction must be from 0 to 1; got {p}"
            raise ValueError(msg)
        self._predictions.append(p)
        self._labels.append(y)
        if len(self._labels) >= _WAIT:
            self._settle()

    def summary(self) -> Summary:
        """Return all metrics, floats rounded to six decimals; None where one has no meaning.

        `roc_auc` takes 10,000 equal bins of the prediction and counts ties half; `log_loss` takes
        predictions clipped to [1e-6, 1 - 1e-6]; `ece` is the mean distance between prediction and
        outcome over 15 equal bins.
        """
        self._settle()
        model = self._model
        return {
            "n": model.n,
            "positives": model.n_positives,
            "roc_auc": model.roc_auc(),
            "log_loss": model.log_loss(),
            "ece": self._ece(),
            "baselines": {
                "prior": _quality(self._prior),
                "last_label": _quality(self._last_label),
            },
        }

    def to_bytes(self) -> bytes:
        """Return the whole state; `from_bytes` reads it back to the bit."""
        self._settle()
        state = _State(
            last=self._last,
            model=self._model.saved(),
            prior=self._prior.saved(),
            last_label=self._last_label.saved(),
            ece_sum=self._ece_sum.tolist(),
            ece_positives=self._ece_positives.tolist(),
        )
        return seal("progressive", state)

    @classmethod
    def from_bytes(cls, data: bytes) -> Progressive:
        """Read back what `to_bytes` wrote.

        Raises
        ------
        RecoveryError
            If the bytes are damaged or of another format.
        """
        state = unseal("progressive", data, _State)
        if not len(state.ece_sum) == len(state.ece_positives) == ECE_BINS:
            msg = f"saved progressive must have {ECE_BINS} bins of calibration"
            raise RecoveryError(msg)
        progress = cls()
        progress._last = state.last
        progress._model = Tally.from_saved(state.model)
        progress._prior = Tally.from_saved(state.prior)
        progress._last_label = Tally.from_saved(state.last_label)
        progress._ece_sum[:] = state.ece_sum
        progress._ece_positives[:] = state.ece_positives
        return progress

    def _settle(self) -> None:
        """Fold the examples that wait into the counts, in their order."""
        if not self._labels:
            return
        labels = np.array(self._labels, dtype=np.bool_)
        predicted = micros(np.array(self._predictions, dtype=np.float64))
        rates = running_prior(labels, self._prior.n, self._prior.n_positives)
        self._prior.add(micros(rates), labels)
        self._last_label.add(micros(last_label(labels, self._last)), labels)
        self._model.add(predicted, labels)
        bins = np.minimum(predicted * ECE_BINS // SCALE, ECE_BINS - 1)
        np.add.at(self._ece_sum, bins, predicted)
        np.add.at(self._ece_positives, bins, labels)
        self._last = bool(labels[-1])
        self._predictions.clear()
        self._labels.clear()

    def _ece(self) -> float | None:
        if not self._model.n:
            return None
        distance = int(np.abs(self._ece_sum - SCALE * self._ece_positives).sum())
        return round(distance / (SCALE * self._model.n), 6)


def _quality(tally: Tally) -> Quality:
    return {"roc_auc": tally.roc_auc(), "log_loss": tally.log_loss()}
